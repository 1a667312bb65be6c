import { BUCKET_SECONDS, type HashedFlowRow } from "@isthmus/protocol";
import { BucketRows } from "./bucket-rows";

/** A bucket of which no more is expected. */
export interface ClosedBucket {
  /** Unix seconds, a multiple of 15. */
  readonly start: number;
  /** Nothing is added to them any more. */
  readonly rows: BucketRows;
}

/**
 * Goldmane sends a bucket when it is two buckets behind now, at the latest 45 s after its start. A bucket of which
 * nothing has come by then, another bucket's time later and 5 s for clocks that differ, was without flows.
 */
const EMPTY_AFTER_SECONDS = 4 * BUCKET_SECONDS + 5;
/**
 * It sends a bucket's flows in one go, 30 s after the bucket's start at the earliest: once they have begun to come and
 * then stopped, there are no more. To wait for the next bucket's instead would show every flow 15 s later.
 */
const SENT_AFTER_SECONDS = 2 * BUCKET_SECONDS;
const SILENCE_SECONDS = 1.5;
/** Silence counts where it was looked for so often: a process that was held up has not yet read what came meanwhile. */
const LOOKS = 2;
/** By so much at most is the agent's clock taken to be ahead of Goldmane's: Kubernetes bears no more either. */
const MOST_AHEAD_SECONDS = 300;
/** How many of the newest buckets tell how far: enough to even out delays, few enough to follow a clock that is set. */
const SAMPLES = 8;
/** The start of the bucket that a time lies in. */
export const bucketOf = (seconds: number): number => Math.floor(seconds / BUCKET_SECONDS) * BUCKET_SECONDS;

/**
 * Puts streamed flows into buckets and closes each bucket once: when a flow of a later one comes, or when its time has
 * passed. Buckets without flows are closed as such, so that the sequence of buckets has no holes.
 *
 * INVARIANT: time closes a bucket only when it has passed by Goldmane's clock, as far as that is known. What comes for
 * one that is closed is left out here: the bucket is named as incomplete, and read again as a whole.
 */
export class BucketAssembler {
  #next: number | undefined;
  readonly #from: number | undefined;
  #open = new Map<number, BucketRows>();
  #late = new Set<number>();
  #ignored = 0;
  #lastAddedAt = 0;
  /** How often it was looked since a flow came. */
  #looks = 0;
  /** How far our clock is ahead of Goldmane's, at most, by each of the newest buckets that came. */
  #ahead: readonly number[] = [];
  #newest = Number.NEGATIVE_INFINITY;

  /** `from` is the first bucket expected; where it is unknown, the first flow decides. */
  constructor(from: number | undefined) {
    this.#next = from;
    this.#from = from;
  }

  /** Flows of buckets from before the first expected one: what a resumed stream repeats. */
  get ignored(): number {
    return this.#ignored;
  }

  /** How far our clock is ahead of Goldmane's at most, in seconds; as far as can be while nothing tells. */
  get aheadSeconds(): number {
    return Math.max(0, Math.min(MOST_AHEAD_SECONDS, ...this.#ahead));
  }

  /** Takes in how far our clock was found to be ahead of Goldmane's: what was thought before counts no more. */
  measured(aheadSeconds: number): void {
    this.#ahead = [aheadSeconds];
  }

  /** Takes a flow in, and answers with the buckets that it closes; `nowSeconds` is Unix time, fractions count. */
  add(start: number, row: HashedFlowRow, nowSeconds: number): readonly ClosedBucket[] {
    this.#next ??= start;
    this.#lastAddedAt = nowSeconds;
    this.#looks = 0;
    if (start > this.#newest) {
      this.#newest = start;
      // It was sent no sooner than this by Goldmane's clock; one of its history was sent later, which tells less.
      this.#ahead = [...this.#ahead, nowSeconds - start - SENT_AFTER_SECONDS].slice(-SAMPLES);
    }
    if (start < this.#next) {
      if (start < (this.#from ?? start)) this.#ignored += 1;
      else this.#late.add(start);
      return [];
    }
    const closed = this.#closeBefore(start);
    const rows = this.#open.get(start) ?? new BucketRows();
    this.#open.set(start, rows);
    rows.add(row);
    return closed;
  }

  /** Takes out which closed buckets flows have come for since this was last asked. */
  takeLate(): readonly number[] {
    const late = [...this.#late];
    this.#late.clear();
    return late;
  }

  /** The buckets whose time has passed; `nowSeconds` is Unix time, fractions count. */
  due(nowSeconds: number): readonly ClosedBucket[] {
    this.#next ??= bucketOf(nowSeconds - this.aheadSeconds) - BUCKET_SECONDS;
    this.#looks += 1;
    // While flows come, a long history for example, they close buckets themselves.
    if (this.#looks < LOOKS || nowSeconds - this.#lastAddedAt < SILENCE_SECONDS) return [];
    const goldmaneNow = nowSeconds - this.aheadSeconds;
    const empty = bucketOf(goldmaneNow - EMPTY_AFTER_SECONDS) + BUCKET_SECONDS;
    return this.#closeBefore(Math.max(empty, this.#sentBefore(nowSeconds)));
  }

  /** The end of the newest bucket whose flows have come. */
  #sentBefore(nowSeconds: number): number {
    const sent = [...this.#open.keys()].filter((start) => nowSeconds >= start + SENT_AFTER_SECONDS);
    return sent.length === 0 ? 0 : Math.max(...sent) + BUCKET_SECONDS;
  }

  #closeBefore(before: number): readonly ClosedBucket[] {
    const closed: ClosedBucket[] = [];
    for (let start = this.#next ?? before; start < before; start += BUCKET_SECONDS) {
      closed.push({ start, rows: this.#open.get(start) ?? new BucketRows() });
      this.#open.delete(start);
      this.#next = start + BUCKET_SECONDS;
    }
    return closed;
  }
}
