import type { Welcome } from "@isthmus/protocol";
import { endedOrAborted } from "../ended-or-aborted";
import type { Cursor } from "../spool/entry";

/** What of a welcome says up to where a gateway has everything. */
export type WelcomedMarks = Pick<Welcome, "evidenceMarks" | "evidenceMarksUnknown">;

/** Up to where a gateway has everything, by incarnation: unknown until one has told, which is not to say that it has nothing. */
export class GatewayMarks {
  #marks: readonly Cursor[] | undefined;
  #waiting = 0;
  #isUnknown = false;
  readonly #told: Promise<void>;
  #tell: () => void = () => undefined;

  constructor() {
    this.#told = new Promise((resolve) => (this.#tell = resolve));
  }

  /** True where somebody waits for marks that the gateway of this session could not read: another session may tell. */
  get wantsAnotherSession(): boolean {
    return this.#isUnknown && this.#waiting > 0 && this.#marks === undefined;
  }

  /** A session has opened. */
  welcomed({ evidenceMarks, evidenceMarksUnknown }: WelcomedMarks): void {
    this.#isUnknown = evidenceMarksUnknown;
    // What a gateway had before it has still.
    if (evidenceMarksUnknown) return;
    this.#marks = evidenceMarks.map(({ incarnation, durableThrough }) => ({
      incarnation,
      through: Number(durableThrough),
    }));
    this.#tell();
  }

  /** The newest marks that were told; waits for the first where they are `needed`, and until the signal aborts. */
  async get(needed: boolean, signal: AbortSignal): Promise<readonly Cursor[]> {
    this.#waiting += 1;
    if (needed) await endedOrAborted(this.#told, signal);
    this.#waiting -= 1;
    return this.#marks ?? [];
  }
}
