import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { EvidenceBatchSchema, FlowBatchSchema, type EvidenceBatch, type FlowBatch } from "@isthmus/protocol";
import type { Steps } from "@isthmus/std";

/** Up to where an incarnation's evidence has been put into the spool. */
export interface Cursor {
  readonly incarnation: string;
  /** Unix seconds: the end of the last bucket that is in. */
  readonly through: number;
  /** Up to where what is in was compared with all that the source had; left out where nobody compares. */
  readonly reconciledThrough?: number;
  /** Starts of buckets that are in, and of which more came that is not. */
  readonly incomplete?: readonly number[];
  /** Later than `through`: up to where buckets were put in before a clock was set back. */
  readonly saidThrough?: number;
}

/** What a batch says, before it has a place. */
export type EvidenceContent = EvidenceBatch["content"];

/** A content as the bytes of an EvidenceBatch that says nothing else. */
export type EncodedContent = Uint8Array;

/** What a record of the spool says. */
export type Entry =
  /** First of every segment: what must be known when all before it is gone. */
  | { readonly kind: "header"; readonly nextSequence: number; readonly cursor?: Cursor }
  | { readonly kind: "batch"; readonly madeAtMs: number; readonly batch: EvidenceBatch }
  /** Ends a group of batches, which counts only as a whole. */
  | { readonly kind: "commit"; readonly cursor?: Cursor }
  /** Everything up to this sequence is durable at the gateway, or was dropped and is named by a gap. */
  | { readonly kind: "done"; readonly sequence: number };

/** More than a frame says around a batch, or a batch around its content: fields, lengths, a sequence, a lease term. */
export const AROUND_BYTES = 64;

const TAG_JSON = 1;
const TAG_BATCH = 2;
const BATCH_PREFIX_BYTES = 9;
const SEQUENCE = EvidenceBatchSchema.field.sequence.number;
const LEASE_TERM = EvidenceBatchSchema.field.leaseTerm.number;

/** Encodes a content once, for its place in the spool and for the way to a gateway. */
export function encodeContent(content: EvidenceContent): EncodedContent {
  return toBinary(EvidenceBatchSchema, create(EvidenceBatchSchema, { content }));
}

const FLOWS = EvidenceBatchSchema.field.flows.number;
const FLOW_COLUMNS = FlowBatchSchema.fields.toSorted((a, b) => a.number - b.number);

/** As `encodeContent`, byte for byte, a column at a time: a message's fields side by side are the message. */
export function* encodeFlows(batch: FlowBatch): Steps<EncodedContent> {
  const columns = reflect(FlowBatchSchema, batch, false);
  const encoded: Uint8Array[] = [];
  for (const column of FLOW_COLUMNS) {
    if (!columns.isSet(column)) continue;
    const alone = create(FlowBatchSchema);
    reflect(FlowBatchSchema, alone, false).set(column, columns.get(column));
    encoded.push(toBinary(FlowBatchSchema, alone));
    yield;
  }
  return new BinaryWriter().tag(FLOWS, WireType.LengthDelimited).bytes(Buffer.concat(encoded)).finish();
}

/** Writes a batch as a record's payload: its fields side by side are the message. */
export function encodeBatch(sequence: number, madeAtMs: number, content: EncodedContent): Buffer {
  const prefix = Buffer.alloc(BATCH_PREFIX_BYTES);
  prefix.writeUInt8(TAG_BATCH, 0);
  prefix.writeDoubleLE(madeAtMs, 1);
  const place = new BinaryWriter().tag(SEQUENCE, WireType.Varint).uint64(sequence).finish();
  return Buffer.concat([prefix, place, content]);
}

/** Writes another entry as a record's payload. */
export function encodeEntry(entry: Exclude<Entry, { kind: "batch" }>): Buffer {
  return Buffer.concat([Buffer.from([TAG_JSON]), Buffer.from(JSON.stringify(entry))]);
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

/**
 * A batch's payload as a message to send, its content left as it lies: to decode thousands of rows only to encode them
 * again would hold everything up.
 */
export function batchToSend(payload: Buffer): EvidenceBatch {
  const batch = create(EvidenceBatchSchema);
  const reader = new BinaryReader(payload.subarray(BATCH_PREFIX_BYTES));
  const content: { no: number; wireType: WireType; data: Uint8Array }[] = [];
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag();
    if (no === SEQUENCE) batch.sequence = BigInt(reader.uint64());
    else {
      const data = reader.skip(wireType, no);
      if (no !== LEASE_TERM) content.push({ no, wireType, data });
    }
  }
  batch.$unknown = content;
  return batch;
}
