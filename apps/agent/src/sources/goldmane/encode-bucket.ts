import {
  BUCKET_SECONDS,
  DEFAULT_MAX_FRAME_BYTES,
  MAX_ROWS_A_PART,
  flowBatchParts,
  type BucketIdentity,
  type HashedFlowRow,
} from "@isthmus/protocol";
import { invariant, type Steps } from "@isthmus/std";
import { AROUND_BYTES, encodeFlows, type EncodedContent } from "../../spool/entry";
import { encodedGap, type LostRange } from "../../spool/lost-evidence";

const MAX_CONTENT_BYTES = DEFAULT_MAX_FRAME_BYTES - 2 * AROUND_BYTES;
/** Where parts of so few rows do not do, single rows are looked at. */
const FEW_ROWS = 100;

/** A bucket as the spool takes it. */
export interface EncodedBucket {
  /** Its batches, and a gap record where something of it is lost. */
  readonly contents: readonly EncodedContent[];
  /** The bucket, where rows of it are left out since no frame can carry them. */
  readonly lost: readonly LostRange[];
}

/**
 * Makes and encodes a bucket's batches. Each fits into a frame, for which all parts of a bucket are made smaller where
 * they have to be; the same rows are always cut alike.
 */
export function* encodeBucket(
  identity: BucketIdentity,
  rows: readonly HashedFlowRow[],
  maxBytes = MAX_CONTENT_BYTES,
): Steps<EncodedBucket> {
  const whole = yield* encodeFitting(identity, rows, { leastRows: FEW_ROWS, maxBytes });
  if (whole !== undefined) return { contents: whole, lost: [] };
  const sendable = yield* sendableOf(identity, rows, maxBytes);
  const contents = yield* encodeFitting(identity, sendable, { leastRows: 1, maxBytes });
  invariant(contents !== undefined, "a part of one row that can be sent alone fits");
  const { incarnation, bucketStart: from } = identity;
  const lost: LostRange = { incarnation, from, to: from + BUCKET_SECONDS, reason: "unsendable" };
  return sendable.length === rows.length
    ? { contents, lost: [] }
    : { contents: [...contents, encodedGap(lost)], lost: [lost] };
}

interface Fit {
  /** Parts are not made smaller than this. */
  readonly leastRows: number;
  readonly maxBytes: number;
}

/** The batches of the largest parts that all fit; undefined where none do. */
function* encodeFitting(
  identity: BucketIdentity,
  rows: readonly HashedFlowRow[],
  { leastRows, maxBytes }: Fit,
): Steps<readonly EncodedContent[] | undefined> {
  for (let maxRows = MAX_ROWS_A_PART; maxRows >= leastRows; maxRows = Math.floor(maxRows / 2)) {
    const encoded = yield* encodeParts(flowBatchParts(identity, rows, maxRows), maxBytes);
    if (encoded !== undefined) return encoded;
  }
  return undefined;
}

/** Undefined where a part is too large, or says what the wire has no place for. */
function* encodeParts(
  parts: ReturnType<typeof flowBatchParts>,
  maxBytes: number,
): Steps<readonly EncodedContent[] | undefined> {
  const encoded: EncodedContent[] = [];
  try {
    for (const part of yield* parts) {
      const content = yield* encodeFlows(yield* part);
      if (content.length > maxBytes) return undefined;
      encoded.push(content);
    }
  } catch {
    return undefined;
  }
  return encoded;
}

function* sendableOf(
  identity: BucketIdentity,
  rows: readonly HashedFlowRow[],
  maxBytes: number,
): Steps<readonly HashedFlowRow[]> {
  const sendable: HashedFlowRow[] = [];
  for (const row of rows) {
    if ((yield* encodeParts(flowBatchParts(identity, [row]), maxBytes)) !== undefined) sendable.push(row);
  }
  return sendable;
}
