import type { EvidenceProgress, InsertEntry, PartialBucket } from "@isthmus/db";
import { BUCKET_SECONDS } from "@isthmus/protocol";
import { isWithin, union, withRange } from "./ranges";

/** What a batch of flows says it is. */
export type BatchClaim = Pick<InsertEntry, "bucket" | "part" | "parts" | "build" | "kind" | "sentCorrection">;

/**
 * What is to be done with a batch: it is stored already; its rows can go in as they are; or they must be settled against
 * what is stored of its bucket, row by row.
 */
export type Judgement = "stored" | "plain" | "settle";

/** Nothing is known of an incarnation yet. */
export const nothingKnown = (clusterId: string, incarnation: string): EvidenceProgress => ({
  clusterId,
  incarnation,
  stored: [],
  lost: [],
  partial: [],
  additions: [],
});

/** More of either no honest agent has: then the oldest buckets that are begun are taken for stored. */
const MOST_PARTIAL = 500;
const MOST_ADDITIONS = 5_000;

/** An agent that does not say which making of a bucket a part is of. */
export const UNKNOWN_BUILD = "";

/** Judges a batch by what is known of its incarnation. */
export function judge(progress: EvidenceProgress, batch: BatchClaim): Judgement {
  switch (batch.kind) {
    case "restatement":
      return "settle";
    case "addition":
      return progress.additions.includes(additionOf(batch)) ? "stored" : "plain";
    case "part": {
      if (isWithin(progress.stored, batch.bucket)) return "stored";
      const begun = progress.partial.find(({ bucket }) => bucket === batch.bucket);
      if (begun === undefined) return "plain";
      if (!isSameMaking(begun, batch)) return "settle";
      if (begun.stored.includes(batch.part)) return "stored";
      return begun.settles ? "settle" : "plain";
    }
  }
}

/** What is known after a batch was stored; `rows` of it. */
export function afterStored(progress: EvidenceProgress, batch: BatchClaim, rows: number): EvidenceProgress {
  switch (batch.kind) {
    case "addition":
      return { ...progress, additions: [...progress.additions, additionOf(batch)].slice(-MOST_ADDITIONS) };
    case "restatement":
      return rows === 0 ? progress : afterSome(progress, batch.bucket, rows);
    case "part":
      return afterPart(progress, batch, rows);
  }
}

/** What is known after some rows of a bucket were stored, of whatever part: when the bucket comes it must be settled. */
export function afterSome(progress: EvidenceProgress, bucket: number, rows: number): EvidenceProgress {
  if (isWithin(progress.stored, bucket)) return progress;
  const others = progress.partial.filter((each) => each.bucket !== bucket);
  const begun = progress.partial.find((each) => each.bucket === bucket);
  const next: PartialBucket = begun
    ? { ...begun, rows: begun.rows + rows, settles: true }
    : { bucket, build: UNKNOWN_BUILD, parts: 0, stored: [], rows, settles: true };
  return bounded({ ...progress, partial: [...others, next] });
}

function afterPart(progress: EvidenceProgress, batch: BatchClaim, rows: number): EvidenceProgress {
  const others = progress.partial.filter(({ bucket }) => bucket !== batch.bucket);
  const begun = progress.partial.find(({ bucket }) => bucket === batch.bucket);
  const continues = begun !== undefined && isSameMaking(begun, batch);
  const stored = [...new Set([...(continues ? begun.stored : []), batch.part])].toSorted((a, b) => a - b);
  if (stored.length >= batch.parts) {
    const range = [batch.bucket, batch.bucket + BUCKET_SECONDS] as const;
    return { ...progress, stored: withRange(progress.stored, range), partial: others };
  }
  const { bucket, build, parts } = batch;
  const settles = begun !== undefined && (begun.settles || !continues);
  const next: PartialBucket = { bucket, build, parts, stored, rows: (begun?.rows ?? 0) + rows, settles };
  return bounded({ ...progress, partial: [...others, next] });
}

function bounded(progress: EvidenceProgress): EvidenceProgress {
  if (progress.partial.length <= MOST_PARTIAL) return progress;
  const oldest = progress.partial.reduce((least, { bucket }) => Math.min(least, bucket), Number.POSITIVE_INFINITY);
  const stored = withRange(progress.stored, [oldest, oldest + BUCKET_SECONDS]);
  return { ...progress, stored, partial: progress.partial.filter(({ bucket }) => bucket !== oldest) };
}

/** Rows that a bucket holds once a batch is stored; undefined while parts of it are missing. */
export function completes(progress: EvidenceProgress, batch: BatchClaim, rows: number): number | undefined {
  if (batch.kind !== "part" || isWithin(progress.stored, batch.bucket)) return undefined;
  const before = progress.partial.find(({ bucket }) => bucket === batch.bucket)?.rows ?? 0;
  return isWithin(afterStored(progress, batch, rows).stored, batch.bucket) ? before + rows : undefined;
}

/** What is known after a range was said to be lost, or can no longer be stored. */
export const afterLost = (progress: EvidenceProgress, from: number, to: number): EvidenceProgress => ({
  ...progress,
  lost: withRange(progress.lost, [from, to]),
});

/** Up to where everything of an incarnation is stored or known to be lost, in Unix seconds; undefined: nothing is stored. */
export function markOf({ stored, lost }: EvidenceProgress): number | undefined {
  return stored.length === 0 ? undefined : union(stored, lost)[0]?.[1];
}

const additionOf = ({ bucket, sentCorrection, part }: BatchClaim): string => `${bucket}/${sentCorrection}/${part}`;

function isSameMaking(begun: PartialBucket, { build, parts }: BatchClaim): boolean {
  return begun.parts === parts && begun.build === build;
}
