import type { FlowWriter } from "@isthmus/flow-store";
import type { Clock } from "@isthmus/std";

/** How long a measured difference is believed, in ms. */
const BELIEVED_MS = 60_000;

/** What time it is for ClickHouse, without asking it each time. */
export class StoreClock {
  readonly #flows: Pick<FlowWriter, "now">;
  readonly #clock: Clock;
  #aheadMs = 0;
  #measuredAtMs = Number.NEGATIVE_INFINITY;

  constructor(flows: Pick<FlowWriter, "now">, clock: Clock) {
    this.#flows = flows;
    this.#clock = clock;
  }

  /** Unix ms; a deadline made from it is good to as much as either clock was set since it was measured. */
  async now(): Promise<number> {
    if (this.#clock.now() - this.#measuredAtMs > BELIEVED_MS) {
      this.#aheadMs = (await this.#flows.now()) - this.#clock.now();
      this.#measuredAtMs = this.#clock.now();
    }
    return this.#clock.now() + this.#aheadMs;
  }

  /** A deadline was missed: one of the clocks may have been set. */
  doubt(): void {
    this.#measuredAtMs = Number.NEGATIVE_INFINITY;
  }
}
