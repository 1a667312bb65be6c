import type {
  ClusterCompleteness,
  CompletenessRequest,
  ExpectedCluster,
  Gap,
  IncompleteMinute,
  PastRetention,
} from "../domain";
import type { AnsweringKind, KeptKind } from "../retention";

/** A bucket of which every part is stored. */
export interface DurableBucket {
  readonly clusterId: string;
  readonly incarnation: string;
  readonly startMs: number;
}

/** A stretch for which an incarnation's evidence is known to be lost. */
export interface GapStretch extends Gap {
  readonly clusterId: string;
  readonly incarnation: string;
}

/** A kind that answers come from, and since when it is there. */
export interface AnsweringEvidence extends KeptKind {
  readonly kind: AnsweringKind;
}

/** What the store holds about a range. */
export interface Evidence {
  /** What the answers come from: marks of buckets outlive it. */
  readonly answering: readonly AnsweringEvidence[];
  readonly buckets: readonly DurableBucket[];
  readonly gaps: readonly GapStretch[];
}

/** Length of Goldmane's buckets. */
export const bucketMs = 15_000;
const minuteMs = 60_000;
/**
 * Reason of the gap that a restore writes, from the last bucket of a backup until the restore. Nobody has said that this
 * evidence is lost: agents may still have some, under whatever incarnation, and then it counts.
 */
export const restoredReason = "restored";
/** Reason of what was stored and is no longer there to answer from. */
const pastRetentionReason = "past-retention";

/**
 * Judges one cluster. A bucket counts when some incarnation's is durable and no gap stands in it; a gap stands for a
 * bucket unless the same incarnation's bucket is durable after all. None counts that is older than what an answer can
 * come from.
 */
export function judgeCompleteness(
  cluster: ExpectedCluster,
  request: CompletenessRequest,
  evidence: Evidence,
): ClusterCompleteness {
  const buckets = evidence.buckets.filter(({ clusterId }) => clusterId === cluster.clusterId);
  const durable = new Set(buckets.map(({ startMs }) => startMs));
  const durableOf = new Set(buckets.map(({ incarnation, startMs }) => `${incarnation}/${startMs}`));
  const reasons = new Map<number, Set<string>>();
  const gaps: Gap[] = [];
  for (const { clusterId, incarnation, fromMs, toMs, reason } of evidence.gaps) {
    if (clusterId !== cluster.clusterId) continue;
    const lost = startsIn(Math.max(fromMs, request.range.fromMs), Math.min(toMs, request.range.toMs)).filter(
      (startMs) => !(reason === restoredReason ? durable.has(startMs) : durableOf.has(`${incarnation}/${startMs}`)),
    );
    for (const startMs of lost) reasons.set(startMs, (reasons.get(startMs) ?? new Set()).add(reason));
    if (lost.length > 0) gaps.push({ fromMs, toMs, reason });
  }
  const expected = expectedStarts(cluster, request);
  const past = evidence.answering.filter(({ sinceMs }) => (expected[0] ?? Infinity) < sinceMs);
  const answeredSinceMs = Math.max(0, ...past.map(({ sinceMs }) => sinceMs));
  const gone = new Set([pastRetentionReason]);
  for (const startMs of expected) if (startMs < answeredSinceMs) reasons.set(startMs, gone);
  const counts = (startMs: number) => durable.has(startMs) && !reasons.has(startMs);
  return {
    clusterId: cluster.clusterId,
    expected: expected.length,
    durable: expected.filter(counts).length,
    incomplete: minutesOf(expected, counts, reasons),
    gaps,
    pastRetention: past.map(({ kind, sinceMs, days }): PastRetention => ({ kind, beforeMs: sinceMs, days })),
    latestMs: endOfNewest(durable),
  };
}

function endOfNewest(starts: ReadonlySet<number>): number | null {
  let newest: number | null = null;
  for (const startMs of starts) newest = Math.max(newest ?? startMs, startMs);
  return newest === null ? null : newest + bucketMs;
}

/** The buckets that ought to be there: closed, settled, in the range, and wholly after the cluster joined. */
function expectedStarts({ joinedAtMs }: ExpectedCluster, request: CompletenessRequest): readonly number[] {
  if (joinedAtMs === null) return [];
  const from = Math.max(request.range.fromMs, joinedAtMs);
  const to = Math.min(request.range.toMs, request.nowMs - request.settleMs);
  return startsIn(from, to).filter((startMs) => startMs + bucketMs <= to);
}

function startsIn(fromMs: number, toMs: number): readonly number[] {
  const first = Math.ceil(fromMs / bucketMs) * bucketMs;
  const count = Math.max(0, Math.ceil((toMs - first) / bucketMs));
  return Array.from({ length: count }, (_, index) => first + index * bucketMs);
}

function minutesOf(
  expected: readonly number[],
  counts: (startMs: number) => boolean,
  reasons: ReadonlyMap<number, ReadonlySet<string>>,
): readonly IncompleteMinute[] {
  const minutes = new Map<number, number[]>();
  for (const startMs of expected) {
    const minute = Math.floor(startMs / minuteMs) * minuteMs;
    const starts = minutes.get(minute);
    if (starts) starts.push(startMs);
    else minutes.set(minute, [startMs]);
  }
  return [...minutes].flatMap(([startMs, starts]) => {
    const durable = starts.filter(counts).length;
    if (durable === starts.length) return [];
    const named = new Set(starts.flatMap((start) => [...(reasons.get(start) ?? [])]));
    return [{ startMs, expected: starts.length, durable, reasons: [...named].toSorted() }];
  });
}
