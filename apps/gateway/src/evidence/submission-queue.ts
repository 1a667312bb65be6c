import type { Evidence, Submission } from "./evidence";

/** How much is taken at once. */
export interface TakeLimits {
  readonly maxRows: number;
  readonly maxBatches: number;
}

/**
 * Evidence of one organisation that waits for its turn. What of a cluster is taken leaves the rest of that cluster
 * waiting until it is done with, so that its batches are judged in order; clusters that rest keep no others waiting.
 */
export class SubmissionQueue {
  #waiting: Submission[] = [];
  readonly #busy = new Set<string>();
  readonly #restUntilMs = new Map<string, number>();

  /** Whether anything waits, of whatever cluster. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(submission: Submission): void {
    this.#waiting.push(submission);
  }

  /** Fails one that waits, since its session has ended. */
  leave(submission: Submission): void {
    const place = this.#waiting.indexOf(submission);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    submission.failed(new Error("the session ended"));
  }

  /** Rows that could be taken now. */
  rowsAt(nowMs: number): number {
    return this.#waiting.reduce((sum, each) => sum + (this.#isFree(each, nowMs) ? rowsOf(each.evidence) : 0), 0);
  }

  /**
   * Takes the next that can go, in order, all of one day: a block is one part of one partition, there as a whole or not.
   * What sessions have left behind that ended is failed.
   */
  take({ maxRows, maxBatches }: TakeLimits, nowMs: number): readonly Submission[] {
    const taken: Submission[] = [];
    const left: Submission[] = [];
    const kept = new Set<string>();
    let rows = 0;
    let day: number | undefined;
    for (const submission of this.#waiting) {
      const { evidence, owner, signal } = submission;
      if (signal.aborted) {
        submission.failed(new Error("the session ended"));
        continue;
      }
      const isFull = taken.length >= maxBatches || (taken.length > 0 && rows + rowsOf(evidence) > maxRows);
      const own = dayOf(evidence);
      const isOtherDay = day !== undefined && own !== undefined && own !== day;
      if (isFull || isOtherDay || kept.has(owner.clusterId) || !this.#isFree(submission, nowMs)) {
        kept.add(owner.clusterId);
        left.push(submission);
        continue;
      }
      day ??= own;
      rows += rowsOf(evidence);
      taken.push(submission);
    }
    this.#waiting = left;
    for (const { owner } of taken) {
      this.#busy.add(owner.clusterId);
      this.#restUntilMs.delete(owner.clusterId);
    }
    return taken;
  }

  /** What was taken is done with, but for what has to come again; clusters in `resting` are left alone until then. */
  release(
    taken: readonly Submission[],
    {
      again,
      resting,
      untilMs,
    }: { readonly again: readonly Submission[]; readonly resting: readonly string[]; readonly untilMs: number },
  ): void {
    for (const { owner } of taken) this.#busy.delete(owner.clusterId);
    for (const clusterId of resting) this.#restUntilMs.set(clusterId, untilMs);
    this.#waiting.unshift(...again);
  }

  /** When the first of those that rest may go on, in ms; undefined where none rests. */
  get restsUntilMs(): number | undefined {
    const waiting = new Set(this.#waiting.map(({ owner }) => owner.clusterId));
    const times = [...this.#restUntilMs].filter(([clusterId]) => waiting.has(clusterId)).map(([, until]) => until);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Fails everything that waits. */
  fail(error: Error): void {
    for (const { failed } of this.#waiting.splice(0)) failed(error);
  }

  #isFree({ owner }: Submission, nowMs: number): boolean {
    return !this.#busy.has(owner.clusterId) && (this.#restUntilMs.get(owner.clusterId) ?? nowMs) <= nowMs;
  }
}

const rowsOf = (evidence: Evidence): number => (evidence.kind === "flows" ? evidence.rows : 0);

const dayOf = (evidence: Evidence): number | undefined =>
  evidence.kind === "flows" && evidence.rows > 0 ? Math.floor(evidence.claim.bucket / 86_400) : undefined;
