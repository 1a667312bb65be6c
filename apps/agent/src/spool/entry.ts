import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { EvidenceBatchSchema, type EvidenceBatch } from "@isthmus/protocol";

/** Up to where a Goldmane incarnation's evidence has been put into the spool. */
export interface Cursor {
  readonly incarnation: string;
  /** Unix seconds: the end of the last bucket that is in. */
  readonly through: number;
}

/** What a record of the spool says. */
export type Entry =
  /** First of every segment: what must be known when all before it is gone. */
  | { readonly kind: "header"; readonly nextSequence: number; readonly cursor?: Cursor }
  | { readonly kind: "batch"; readonly madeAtMs: number; readonly batch: EvidenceBatch }
  /** Ends a group of batches, which counts only as a whole. */
  | { readonly kind: "commit"; readonly cursor?: Cursor }
  /** Everything up to this sequence is durable at the gateway, or was dropped and is named by a gap. */
  | { readonly kind: "done"; readonly sequence: number };

const TAG_JSON = 1;
const TAG_BATCH = 2;
const BATCH_PREFIX_BYTES = 9;

/** Writes an entry as a record's payload. */
export function encodeEntry(entry: Entry): Buffer {
  if (entry.kind !== "batch") return Buffer.concat([Buffer.from([TAG_JSON]), Buffer.from(JSON.stringify(entry))]);
  const prefix = Buffer.alloc(BATCH_PREFIX_BYTES);
  prefix.writeUInt8(TAG_BATCH, 0);
  prefix.writeDoubleLE(entry.madeAtMs, 1);
  return Buffer.concat([prefix, toBinary(EvidenceBatchSchema, entry.batch)]);
}

/** Reads a record's payload; undefined for one that this version does not know. */
export function decodeEntry(payload: Buffer): Entry | undefined {
  try {
    if (payload[0] === TAG_BATCH) {
      const batch = fromBinary(EvidenceBatchSchema, payload.subarray(BATCH_PREFIX_BYTES));
      return { kind: "batch", madeAtMs: payload.readDoubleLE(1), batch };
    }
    if (payload[0] !== TAG_JSON) return undefined;
    // INVARIANT: the checksum held, so that this is what encodeEntry wrote.
    return JSON.parse(payload.subarray(1).toString("utf8")) as Entry;
  } catch {
    return undefined;
  }
}
