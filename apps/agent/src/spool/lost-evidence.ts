import { create } from "@bufbuild/protobuf";
import {
  BUCKET_SECONDS,
  EvidenceBatchSchema,
  GapRecordSchema,
  type EvidenceBatch,
  type GapReason,
} from "@isthmus/protocol";
import { encodeContent, type EncodedContent, type EvidenceContent } from "./entry";

/** Buckets of one incarnation that are lost: from inclusive, to exclusive, Unix seconds. */
export interface LostRange {
  readonly incarnation: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** What is lost with a batch: its bucket, or what a gap record named already. */
export function lostWith(content: EvidenceBatch["content"], reason: GapReason): readonly LostRange[] {
  switch (content.case) {
    case "flows": {
      const from = Number(content.value.bucketStart);
      return [{ incarnation: content.value.incarnation, from, to: from + BUCKET_SECONDS, reason }];
    }
    case "gap": {
      const { incarnation, from, to } = content.value;
      return [{ incarnation, from: Number(from), to: Number(to), reason: content.value.reason }];
    }
    case undefined:
      return [];
  }
}

/** The fewest ranges that name the same buckets; ranges of different reasons or incarnations stay apart. */
export function mergeLost(ranges: readonly LostRange[]): readonly LostRange[] {
  const merged: LostRange[] = [];
  for (const range of ranges.toSorted(byPlace)) {
    const last = merged.at(-1);
    if (last !== undefined && sameKind(last, range) && range.from <= last.to) {
      merged[merged.length - 1] = { ...last, to: Math.max(last.to, range.to) };
    } else merged.push(range);
  }
  return merged;
}

/** Single buckets that are lost, by their starts. */
export function lostBuckets(incarnation: string, starts: readonly number[], reason: GapReason): readonly LostRange[] {
  return mergeLost(starts.map((from) => ({ incarnation, from, to: from + BUCKET_SECONDS, reason })));
}

/** The gap record that names a range. */
export function encodedGap(range: LostRange): EncodedContent {
  return encodeContent(gapContent(range));
}

/** The batch that takes the place of another of this sequence, whose range is lost; one without a range says nothing. */
export function gapBatch(sequence: number, range: LostRange | undefined): EvidenceBatch {
  const content = range === undefined ? {} : { content: gapContent(range) };
  return create(EvidenceBatchSchema, { sequence: BigInt(sequence), ...content });
}

function gapContent({ incarnation, from, to, reason }: LostRange): EvidenceContent {
  return { case: "gap", value: create(GapRecordSchema, { incarnation, from: BigInt(from), to: BigInt(to), reason }) };
}

const sameKind = (a: LostRange, b: LostRange): boolean => a.incarnation === b.incarnation && a.reason === b.reason;

function byPlace(a: LostRange, b: LostRange): number {
  return compare(a.incarnation, b.incarnation) || compare(a.reason, b.reason) || a.from - b.from;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
