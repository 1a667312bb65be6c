import { BUCKET_SECONDS, flowKeyText, type FlowRow } from "@isthmus/protocol";

/** A bucket of which no more is expected. */
export interface ClosedBucket {
  /** Unix seconds, a multiple of 15. */
  readonly start: number;
  /** 0: the bucket as streamed; n: the n-th addition to it. */
  readonly correction: number;
  readonly rows: readonly FlowRow[];
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
/** By so much at most is the agent's clock taken to be ahead of Goldmane's: Kubernetes bears no more either. */
const MOST_AHEAD_SECONDS = 300;
/** How many of the newest buckets tell how far: enough to even out delays, few enough to follow a clock that is set. */
const SAMPLES = 8;
/** How many buckets that time closed are remembered, so that rows that come for them after all are not lost. */
const REMEMBERED = 20;

/** The start of the bucket that a time lies in. */
export const bucketOf = (seconds: number): number => Math.floor(seconds / BUCKET_SECONDS) * BUCKET_SECONDS;

/**
 * Puts streamed flows into buckets and closes each bucket once: when a flow of a later one comes, or when its time has
 * passed. Buckets without flows are closed as such, so that the sequence of buckets has no holes.
 *
 * INVARIANT: time closes a bucket only when it has passed by Goldmane's clock. What is closed is gone by after a crash:
 * flows that came for it later would be lost, and nobody could name them.
 */
export class BucketAssembler {
  #next: number | undefined;
  #open = new Map<number, Map<string, FlowRow>>();
  #late = new Map<number, Map<string, FlowRow>>();
  /** Buckets that time closed, with the number of their next correction. */
  readonly #closedByTime = new Map<number, number>();
  #ignored = 0;
  #lastAddedAt = 0;
  /** How far our clock is ahead of Goldmane's, at most, by each of the newest buckets that came. */
  #ahead: readonly number[] = [];
  #newest = Number.NEGATIVE_INFINITY;

  /** `from` is the first bucket expected; where it is unknown, the first flow decides. */
  constructor(from: number | undefined) {
    this.#next = from;
  }

  /** Flows that came again for buckets that were closed: what a resumed stream repeats. */
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
  add(start: number, row: FlowRow, nowSeconds: number): readonly ClosedBucket[] {
    this.#next ??= start;
    this.#lastAddedAt = nowSeconds;
    if (start > this.#newest) {
      this.#newest = start;
      // It was sent no sooner than this by Goldmane's clock; one of its history was sent later, which tells less.
      this.#ahead = [...this.#ahead, nowSeconds - start - SENT_AFTER_SECONDS].slice(-SAMPLES);
    }
    if (start < this.#next) {
      this.#takeLate(start, row);
      return [];
    }
    const closed = this.#closeBefore(start);
    put(this.#open, start, row);
    return closed;
  }

  /** The buckets whose time has passed, and what came late for others; `nowSeconds` is Unix time, fractions count. */
  due(nowSeconds: number): readonly ClosedBucket[] {
    this.#next ??= bucketOf(nowSeconds - this.aheadSeconds) - BUCKET_SECONDS;
    const silent = nowSeconds - this.#lastAddedAt >= SILENCE_SECONDS;
    const goldmaneNow = nowSeconds - this.aheadSeconds;
    const empty = bucketOf(goldmaneNow - EMPTY_AFTER_SECONDS) + BUCKET_SECONDS;
    const before = Math.max(empty, silent ? this.#sentBefore(nowSeconds) : 0);
    const from = this.#next;
    const closed = this.#closeBefore(before);
    for (let start = from; start < before; start += BUCKET_SECONDS) this.#closedByTime.set(start, 1);
    for (const start of this.#closedByTime.keys()) {
      if (this.#closedByTime.size <= REMEMBERED) break;
      this.#closedByTime.delete(start);
    }
    return closed.length === 0 && silent ? this.#corrections() : closed;
  }

  /** The end of the newest bucket whose flows have come. */
  #sentBefore(nowSeconds: number): number {
    const sent = [...this.#open.keys()].filter((start) => nowSeconds >= start + SENT_AFTER_SECONDS);
    return sent.length === 0 ? 0 : Math.max(...sent) + BUCKET_SECONDS;
  }

  #takeLate(start: number, row: FlowRow): void {
    if (this.#closedByTime.has(start)) put(this.#late, start, row);
    else this.#ignored += 1;
  }

  #closeBefore(before: number): readonly ClosedBucket[] {
    const closed: ClosedBucket[] = [];
    for (let start = this.#next ?? before; start < before; start += BUCKET_SECONDS) {
      closed.push({ start, correction: 0, rows: [...(this.#open.get(start)?.values() ?? [])] });
      this.#open.delete(start);
      this.#next = start + BUCKET_SECONDS;
    }
    return closed.length === 0 ? closed : [...this.#corrections(), ...closed];
  }

  #corrections(): readonly ClosedBucket[] {
    const late = this.#late;
    this.#late = new Map();
    return [...late].map(([start, rows]) => {
      const correction = this.#closedByTime.get(start) ?? 1;
      this.#closedByTime.set(start, correction + 1);
      return { start, correction, rows: [...rows.values()] };
    });
  }
}

function put(buckets: Map<number, Map<string, FlowRow>>, start: number, row: FlowRow): void {
  const rows = buckets.get(start) ?? new Map<string, FlowRow>();
  buckets.set(start, rows);
  const key = flowKeyText(row);
  const known = rows.get(key);
  rows.set(key, known === undefined ? row : sum(known, row));
}

function sum(a: FlowRow, b: FlowRow): FlowRow {
  return {
    ...b,
    packetsIn: a.packetsIn + b.packetsIn,
    packetsOut: a.packetsOut + b.packetsOut,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
    connectionsStarted: a.connectionsStarted + b.connectionsStarted,
    connectionsCompleted: a.connectionsCompleted + b.connectionsCompleted,
    connectionsLive: Math.max(a.connectionsLive, b.connectionsLive),
  };
}
