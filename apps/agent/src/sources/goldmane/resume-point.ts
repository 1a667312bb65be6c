import { BUCKET_SECONDS } from "@isthmus/protocol";
import type { Cursor } from "../../spool/entry";
import { lostBuckets, type LostRange } from "../../spool/lost-evidence";
import { bucketOf } from "./bucket-assembler";
import { UNSEEN_INCARNATION, type Incarnation } from "./incarnation";
import { RECONCILE_AFTER_SECONDS, Reconciliation } from "./reconciliation";

/** What is known when a stream is about to begin. */
export interface ResumeFacts {
  readonly incarnation: Incarnation;
  /** The spool's; undefined where the spool is new or was destroyed. */
  readonly cursor: Cursor | undefined;
  /** Up to where the gateway has everything, by incarnation. */
  readonly marks: readonly Cursor[];
  /** Unix seconds. */
  readonly now: number;
  /** What Goldmane's clock says; undefined where it was not asked, or did not tell. */
  readonly goldmaneNow?: number | undefined;
}

/** Where to begin, and what is lost before that. */
export interface ResumePoint {
  /** `through` is the first bucket to ask for, in Unix seconds, a multiple of 15. */
  readonly cursor: Cursor;
  readonly lost: readonly LostRange[];
  /** Buckets of a former incarnation that were never compared with all that it had. */
  readonly unreconciled: number;
  /** Whether any of it is not in the sink yet. */
  readonly changes: boolean;
}

/**
 * Goldmane keeps 242 buckets, one of them current and one in the future, and sends no history at all from before them.
 * Ten more leave time to ask, and room for clocks that differ: a bucket taken for empty must have been looked at.
 */
export const HISTORY_SECONDS = 230 * BUCKET_SECONDS;

/** So far back a replica that takes over restates what the other streamed: it may have compared no more recent bucket. */
const TAKEN_OVER_SECONDS = RECONCILE_AFTER_SECONDS + 120;

/**
 * Decides from which bucket on to stream, after what was received; but after nothing that lies in a time which has not
 * come by Goldmane's clock: that would be waited for.
 */
export function resumePoint(given: ResumeFacts): ResumePoint {
  const { goldmaneNow, cursor } = given;
  const saidThrough = cursor?.saidThrough ?? Number.NEGATIVE_INFINITY;
  // A gateway keeps the mark that it had before a clock was set back.
  const isOld = (mark: Cursor): boolean => mark.incarnation === cursor?.incarnation && mark.through <= saidThrough;
  const facts = { ...given, marks: given.marks.filter((mark) => !isOld(mark)) };
  const point = pointAfterReceived(facts);
  return goldmaneNow !== undefined && liesAhead(point, goldmaneNow)
    ? pointAfterSetBack(facts, point, goldmaneNow)
    : point;
}

/** Clocks need not agree to the second. */
const AHEAD_SECONDS = 60;

/** True where even what is to be compared lies in a time that has not come: before that lists bring what was not streamed. */
export function liesAhead({ cursor }: { readonly cursor: Cursor | undefined }, now: number): boolean {
  return (cursor?.reconciledThrough ?? cursor?.through ?? now) > now + AHEAD_SECONDS;
}

/**
 * A clock was ahead and was set back. All that Goldmane remembers is streamed; what was received under its name of times
 * to come is said again as a whole when they come. How far there was evidence before its memory begins nobody knows: the
 * last bucket before it names the reason.
 */
function pointAfterSetBack(facts: ResumeFacts, point: ResumePoint, goldmaneNow: number): ResumePoint {
  const { incarnation, cursor, marks } = facts;
  const { id, startedAt } = incarnation;
  const oldest = oldestBucket({ ...facts, now: goldmaneNow });
  const isKnown = [...(cursor === undefined ? [] : [cursor]), ...marks].some((each) => each.incarnation === id);
  // What was received of another one is not said again under this one's name, whenever this one began.
  const from = isKnown || startedAt !== undefined ? oldest : bucketOf(goldmaneNow);
  const to = startedWithin(incarnation, oldest) ? oldest + BUCKET_SECONDS : from;
  return {
    ...point,
    cursor: {
      ...point.cursor,
      through: from,
      reconciledThrough: from,
      ...(isKnown ? { saidThrough: Math.max(point.cursor.through, point.cursor.saidThrough ?? 0) } : {}),
    },
    lost: [...point.lost, { incarnation: id, from: oldest - BUCKET_SECONDS, to, reason: "clock-set-back" }],
    changes: true,
  };
}

/**
 * From which bucket on to stream: after what the spool or the gateway has of this incarnation, else from the
 * beginning of its memory. Whatever lies between what was received and what can still be had is lost, and named; so is
 * what a former incarnation had and never told of buckets that are known to be incomplete.
 */
function pointAfterReceived(facts: ResumeFacts): ResumePoint {
  const { incarnation, cursor } = facts;
  const { from, lost } = streamPoint(facts);
  // A Goldmane that cannot be seen may have been restarted: what it lists now may be less than what it streamed.
  const isSeen = incarnation.id !== UNSEEN_INCARNATION.id;
  if (isSeen && cursor?.incarnation === incarnation.id) {
    const isAlone = cursor.through === from;
    const left = new Reconciliation(cursor).leftBefore(oldestBucket(facts));
    const reconciledThrough = Math.max(left.marks.reconciledThrough, isAlone ? 0 : from - TAKEN_OVER_SECONDS);
    const forgotten = lostBuckets(incarnation.id, left.incomplete, "source-history-exceeded");
    return {
      cursor: { incarnation: incarnation.id, through: from, ...left.marks, reconciledThrough },
      lost: [...forgotten, ...lost],
      unreconciled: left.windows,
      changes: forgotten.length + lost.length + left.windows > 0 || !isAlone,
    };
  }
  const former = cursor === undefined ? undefined : new Reconciliation(cursor).leftBefore(cursor.through);
  const incomplete = lostBuckets(cursor?.incarnation ?? "", former?.incomplete ?? [], "source-restarted");
  const isTakenOver = isSeen && facts.marks.some((mark) => mark.incarnation === incarnation.id);
  // What a former incarnation had is not said again under this one's name.
  const others = [...facts.marks, ...(cursor === undefined ? [] : [cursor])].filter(
    (known) => known.incarnation !== incarnation.id,
  );
  const formerly = Math.max(0, ...others.map(({ through }) => through));
  const since = Math.max(oldestBucket(facts), from - TAKEN_OVER_SECONDS, formerly);
  const reconciledThrough = isTakenOver ? Math.min(since, from) : from;
  return {
    cursor: { incarnation: incarnation.id, through: from, reconciledThrough },
    lost: [...incomplete, ...lost],
    unreconciled: former?.windows ?? 0,
    changes: true,
  };
}

function streamPoint(facts: ResumeFacts): { readonly from: number; readonly lost: readonly LostRange[] } {
  const { incarnation, cursor, marks } = facts;
  const known = [...(cursor === undefined ? [] : [cursor]), ...marks];
  const oldest = oldestBucket(facts);
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

function oldestBucket({ incarnation: { startedAt }, now }: Pick<ResumeFacts, "incarnation" | "now">): number {
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
