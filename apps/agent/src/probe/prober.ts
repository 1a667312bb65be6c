import { create } from "@bufbuild/protobuf";
import { MAX_PROBE_ORDERS, PROBE_PORT, ProbeResultSchema, type ProbeOrder, type ProbeResult } from "@isthmus/protocol";
import type { ProbeFinding } from "./probe";
import type { ProbeTarget } from "./dial";
import { isDialable } from "./dialable";

/** What a prober works with. */
export interface ProberParts {
  readonly probe: (target: ProbeTarget) => Promise<ProbeFinding>;
  readonly report: (result: ProbeResult) => void;
  readonly now: () => number;
  /** Aborts when this replica is the active one no longer: nothing that waits is dialled then, and nothing reported. */
  readonly signal: AbortSignal;
}

/** Dials at once; more would be a burst that a probe must not be. */
const AT_ONCE = 8;

/**
 * Carries out a gateway's orders: each target by one dial at a time, on the one port that probes have, and never an
 * address that cannot be another cluster's pod's.
 */
export class Prober {
  readonly #parts: ProberParts;
  readonly #waiting = new Map<string, ProbeOrder>();
  readonly #underWay = new Set<string>();

  constructor(parts: ProberParts) {
    this.#parts = parts;
  }

  /** Takes orders in; one that is waiting or under way is not taken twice. */
  order(orders: readonly ProbeOrder[]): void {
    for (const order of orders) {
      if (this.#waiting.size >= MAX_PROBE_ORDERS) break;
      if (order.id === "" || !isDialable(order.address) || this.#underWay.has(order.id)) continue;
      this.#waiting.set(order.id, order);
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#parts.signal.aborted) return this.#waiting.clear();
    for (const [id, order] of this.#waiting) {
      if (this.#underWay.size >= AT_ONCE) return;
      this.#waiting.delete(id);
      this.#underWay.add(id);
      void this.#run(order).finally(() => {
        this.#underWay.delete(id);
        this.#pump();
      });
    }
  }

  async #run({ id, address }: ProbeOrder): Promise<void> {
    const finding = await this.#parts.probe({ address, port: PROBE_PORT });
    if (this.#parts.signal.aborted) return;
    this.#parts.report(create(ProbeResultSchema, { id, address, ...finding, atMs: BigInt(this.#parts.now()) }));
  }
}
