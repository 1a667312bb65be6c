import { BUCKET_SECONDS } from "@isthmus/protocol";
import type { Cursor } from "../../spool/entry";
import type { LostRange } from "../../spool/lost-evidence";
import { bucketOf } from "./bucket-assembler";
import type { Incarnation } from "./incarnation";

/** What is known when a stream is about to begin. */
export interface ResumeFacts {
  readonly incarnation: Incarnation;
  /** The spool's; undefined where the spool is new or was destroyed. */
  readonly cursor: Cursor | undefined;
  /** Up to where the gateway has everything, by incarnation. */
  readonly marks: readonly Cursor[];
  /** Unix seconds. */
  readonly now: number;
}

/** Where to begin, and what is lost before that. */
export interface ResumePoint {
  /** Unix seconds, a multiple of 15: the first bucket to ask for. */
  readonly from: number;
  readonly lost: readonly LostRange[];
}

/**
 * Goldmane keeps 242 buckets, one of them current and one in the future, and sends no history at all from before them.
 * Ten more leave time to ask, and room for clocks that differ: a bucket taken for empty must have been looked at.
 */
const HISTORY_SECONDS = 230 * BUCKET_SECONDS;

/**
 * Decides from which bucket on to stream: after what the spool or the gateway has of this incarnation, else from the
 * beginning of its memory. Whatever lies between what was received and what can still be had is lost, and named.
 */
export function resumePoint({ incarnation, cursor, marks, now }: ResumeFacts): ResumePoint {
  const known = [...(cursor === undefined ? [] : [cursor]), ...marks];
  const oldest = oldestBucket(incarnation, now);
  const through = newest(known.filter((each) => each.incarnation === incarnation.id));
  if (through !== undefined) {
    if (through.through >= oldest) return { from: through.through, lost: [] };
    const reason = cursor === undefined ? "spool-lost" : "source-history-exceeded";
    return { from: oldest, lost: [{ incarnation: incarnation.id, from: through.through, to: oldest, reason }] };
  }
  const before = newest(known);
  if (before === undefined) return { from: oldest, lost: [] };
  // The bucket in which the new incarnation began is in its memory only in part. Where clocks differ, or the start is
  // not known, what was received must not come again under another name: never from before `before.through`.
  const to = startedWithin(incarnation, oldest) ? oldest + BUCKET_SECONDS : oldest;
  const reason = cursor === undefined ? "spool-lost" : "source-restarted";
  const lost = { incarnation: before.incarnation, from: before.through, to, reason };
  return { from: Math.max(oldest, before.through), lost: before.through < to ? [lost] : [] };
}

function oldestBucket({ startedAt }: Incarnation, now: number): number {
  const remembered = bucketOf(now - HISTORY_SECONDS);
  if (startedAt === undefined) return remembered;
  return Math.max(remembered, bucketOf(startedAt));
}

function startedWithin({ startedAt }: Incarnation, bucket: number): boolean {
  return startedAt !== undefined && startedAt > bucket && startedAt < bucket + BUCKET_SECONDS;
}

function newest(cursors: readonly Cursor[]): Cursor | undefined {
  return cursors.reduce<Cursor | undefined>(
    (best, each) => (best && best.through >= each.through ? best : each),
    undefined,
  );
}
