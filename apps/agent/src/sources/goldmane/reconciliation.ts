import { BUCKET_SECONDS } from "@isthmus/protocol";
import type { Cursor } from "../../spool/entry";
import type { BucketDigest } from "./bucket-digest";

/** Later than nearly all that comes late, and far within Goldmane's hour. */
export const RECONCILE_AFTER_SECONDS = 300;
/** A bucket for which flows have come after it was closed is looked at once they have stopped coming. */
const INCOMPLETE_AFTER_SECONDS = 5;
/** A bucket that could not be listed is tried again after so long, and after twice as long each time. */
const AGAIN_AFTER_SECONDS = 10;
const MOST_AGAIN_SECONDS = 160;
/** Some five minutes of tries: what keeps Goldmane from listing at all is mostly over by then. */
const MOST_TRIES = 6;
/** Buckets whose digests are kept: those of twice the delay. One without is restated as a whole. */
const MAX_DIGESTS = (2 * RECONCILE_AFTER_SECONDS) / BUCKET_SECONDS;

/** A bucket that is to be compared with what Goldmane has. */
export interface DueBucket {
  readonly start: number;
  /** As it was put in; undefined where nobody remembers. */
  readonly digest: BucketDigest | undefined;
  /** Flows came for it after it was closed, so Goldmane has sent it; else its time is told by Goldmane's clock. */
  readonly incomplete: boolean;
  /** When flows last came for it after it was closed, Unix seconds; undefined where none did. */
  readonly lateAt: number | undefined;
}

interface Tries {
  readonly count: number;
  /** Unix seconds. */
  readonly againAt: number;
}

/** What a cursor says of reconciling. */
export type ReconciledMarks = Required<Pick<Cursor, "reconciledThrough" | "incomplete">> & Pick<Cursor, "saidThrough">;

/** Buckets that can no longer be compared. */
export interface LeftBuckets {
  /** How many never were. */
  readonly windows: number;
  /** Which are known to lack something. */
  readonly incomplete: readonly number[];
  readonly marks: ReconciledMarks;
}

/**
 * Which closed buckets of one incarnation are still to be compared with what Goldmane has: all of them once and in order,
 * behind a watermark, and sooner those for which flows came late. The cursor carries both, so that none is forgotten. One
 * that cannot be compared is tried again some times, while the others go on; a new process compares those again that
 * came before their turn.
 */
export class Reconciliation {
  #through: number;
  #reconciledThrough: number;
  /** What a gateway has of buckets before this may be of another time that was called the same: it is restated whole. */
  readonly #saidThrough: number;
  /** With the time when flows last came for them. */
  readonly #incomplete: Map<number, number>;
  readonly #digests = new Map<number, BucketDigest>();
  readonly #tries = new Map<number, Tries>();
  /** Compared, while one before them could not be. */
  readonly #ahead = new Set<number>();

  constructor(cursor: Pick<Cursor, "through"> & Partial<ReconciledMarks>) {
    this.#through = cursor.through;
    this.#reconciledThrough = Math.min(cursor.reconciledThrough ?? cursor.through, cursor.through);
    this.#saidThrough = cursor.saidThrough ?? Number.NEGATIVE_INFINITY;
    this.#incomplete = new Map((cursor.incomplete ?? []).map((start) => [start, Number.NEGATIVE_INFINITY]));
  }

  /** The end of the newest bucket that is in. */
  get through(): number {
    return this.#through;
  }

  /** What goes into the cursor. */
  get marks(): ReconciledMarks {
    return this.#marksWith(this.#reconciledThrough, this.#incomplete.keys());
  }

  /** What goes into the cursor once this bucket has been compared. */
  marksAfter({ start, lateAt }: DueBucket): ReconciledMarks {
    const left = [...this.#incomplete].filter(([each, at]) => each !== start || at !== lateAt).map(([each]) => each);
    return this.#marksWith(this.#watermarkAfter(start), left);
  }

  /** A bucket was put in, all before it too. */
  closed(start: number, digest: BucketDigest): void {
    this.#through = start + BUCKET_SECONDS;
    if (start >= this.#saidThrough) this.#digests.set(start, digest);
    for (const oldest of this.#digests.keys()) {
      if (this.#digests.size <= MAX_DIGESTS) break;
      this.#digests.delete(oldest);
    }
  }

  /** Flows came for a closed bucket; true where that is news. */
  late(start: number, nowSeconds: number): boolean {
    const isNews = !this.#incomplete.has(start);
    this.#incomplete.set(start, nowSeconds);
    return isNews;
  }

  /** The bucket to compare next; undefined while there is none. */
  next(nowSeconds: number): DueBucket | undefined {
    for (const [start, lateAt] of this.#incomplete) {
      // Noted before a clock was set back, the time says nothing.
      const isQuiet = nowSeconds - lateAt >= INCOMPLETE_AFTER_SECONDS || nowSeconds < lateAt;
      if (isQuiet && this.#mayTry(start, nowSeconds)) return this.#due(start, true);
    }
    for (let start = this.#reconciledThrough; start < this.#through; start += BUCKET_SECONDS) {
      if (!this.#ahead.has(start) && this.#mayTry(start, nowSeconds)) return this.#due(start, false);
    }
    return undefined;
  }

  /** The bucket was compared: it says now what Goldmane said, by `digest`. */
  compared({ start, incomplete, lateAt }: DueBucket, digest: BucketDigest): void {
    // What came while it was compared may not have been listed: it is compared once more.
    if (this.#incomplete.get(start) === lateAt) this.#incomplete.delete(start);
    this.#tries.delete(start);
    const through = this.#watermarkAfter(start);
    // One that was compared early is so again in its turn.
    if (through === this.#reconciledThrough && incomplete) this.#digests.set(start, digest);
    else this.#digests.delete(start);
    if (through === this.#reconciledThrough && !incomplete) this.#ahead.add(start);
    this.#moveTo(through);
  }

  /** The bucket could not be compared; true where that was the last try. */
  failed({ start }: DueBucket, nowSeconds: number): boolean {
    const count = 1 + (this.#tries.get(start)?.count ?? 0);
    const wait = Math.min(MOST_AGAIN_SECONDS, AGAIN_AFTER_SECONDS * 2 ** (count - 1));
    this.#tries.set(start, { count, againAt: nowSeconds + wait });
    return count >= MOST_TRIES;
  }

  /** What is left undone where buckets before `oldest` are no longer to be had, and the marks once that is settled. */
  leftBefore(oldest: number): LeftBuckets {
    const gone = Math.min(oldest, this.#through);
    const until = Math.max(this.#reconciledThrough, gone);
    const starts = [...this.#incomplete.keys()];
    const compared = [...this.#ahead].filter((start) => start < until);
    return {
      windows: (until - this.#reconciledThrough) / BUCKET_SECONDS - compared.length,
      incomplete: starts.filter((start) => start < gone),
      marks: this.#marksWith(
        until,
        starts.filter((start) => start >= gone),
      ),
    };
  }

  /** That is settled. */
  leave({ incomplete, marks }: LeftBuckets): void {
    for (const start of incomplete) this.#incomplete.delete(start);
    this.#moveTo(marks.reconciledThrough);
  }

  #mayTry(start: number, nowSeconds: number): boolean {
    const againAt = this.#tries.get(start)?.againAt ?? nowSeconds;
    // A clock that was set back holds nothing up.
    return nowSeconds >= againAt || againAt - nowSeconds > MOST_AGAIN_SECONDS;
  }

  #moveTo(through: number): void {
    this.#reconciledThrough = through;
    for (const start of this.#ahead) if (start < through) this.#ahead.delete(start);
    for (const start of this.#tries.keys())
      if (start < through && !this.#incomplete.has(start)) this.#tries.delete(start);
  }

  #due(start: number, incomplete: boolean): DueBucket {
    return { start, digest: this.#digests.get(start), incomplete, lateAt: this.#incomplete.get(start) };
  }

  #watermarkAfter(start: number): number {
    if (start !== this.#reconciledThrough) return this.#reconciledThrough;
    let through = start + BUCKET_SECONDS;
    while (this.#ahead.has(through)) through += BUCKET_SECONDS;
    return through;
  }

  #marksWith(reconciledThrough: number, incomplete: Iterable<number>): ReconciledMarks {
    const said = this.#saidThrough > this.#through ? { saidThrough: this.#saidThrough } : {};
    return { reconciledThrough, incomplete: [...incomplete].toSorted((a, b) => a - b), ...said };
  }
}
