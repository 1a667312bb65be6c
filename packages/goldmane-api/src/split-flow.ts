import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { FlowKeySchema, FlowSchema, type FlowKey } from "./gen/goldmane/goldmane_pb";
import { emptyKeyPlaceholders } from "./placeholders";

/** A flow's numbers, with its key and labels as the bytes that they came as, one byte a character. */
export interface SplitFlow {
  /** For `decodeFlowKey`. Equal texts are equal keys; a key may come as more than one text. */
  readonly key: string;
  /** For `decodeLabels`. */
  readonly sourceLabels: string;
  readonly destLabels: string;
  /** Unix seconds. */
  readonly startTime: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly connectionsStarted: number;
  readonly connectionsCompleted: number;
  readonly connectionsLive: number;
}

const KEY = FlowSchema.field.Key.number;
const SOURCE_LABELS = FlowSchema.field.sourceLabels.number;
const DEST_LABELS = FlowSchema.field.destLabels.number;
const { startTime, packetsIn, packetsOut, bytesIn, bytesOut } = FlowSchema.field;
const { numConnectionsStarted, numConnectionsCompleted, numConnectionsLive } = FlowSchema.field;
const LAST_FIELD = numConnectionsLive.number;
/** Start and end of what was found of a field, by its number; rows are 64-bit numbers or places. */
const numbers = new Float64Array(LAST_FIELD + 1);
const starts = new Int32Array(LAST_FIELD + 1);
const ends = new Int32Array(LAST_FIELD + 1);

/**
 * Splits a flow without decoding its key and labels; undefined for one without a key. Throws a RangeError on bytes that
 * are no message. Written by hand since tens of thousands come every 15 seconds.
 */
export function splitFlow(message: Uint8Array): SplitFlow | undefined {
  // INVARIANT: the arrays above are of one call only, which nothing interrupts.
  numbers.fill(0);
  starts.fill(-1);
  scan(message);
  if (starts[KEY] === -1) return undefined;
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  return {
    key: textOf(bytes, KEY),
    sourceLabels: textOf(bytes, SOURCE_LABELS),
    destLabels: textOf(bytes, DEST_LABELS),
    startTime: numberOf(startTime),
    packetsIn: numberOf(packetsIn),
    packetsOut: numberOf(packetsOut),
    bytesIn: numberOf(bytesIn),
    bytesOut: numberOf(bytesOut),
    connectionsStarted: numberOf(numConnectionsStarted),
    connectionsCompleted: numberOf(numConnectionsCompleted),
    connectionsLive: numberOf(numConnectionsLive),
  };
}

/** The key that a `SplitFlow` names, without Felix's placeholders. */
export function decodeFlowKey(key: string): FlowKey {
  return emptyKeyPlaceholders(fromBinary(FlowKeySchema, Buffer.from(key, "latin1")));
}

/** Labels (`k=v`) of one end of a `SplitFlow`, as they came. */
export function decodeLabels(labels: string, end: "source" | "dest"): readonly string[] {
  const wanted = end === "source" ? SOURCE_LABELS : DEST_LABELS;
  const reader = new BinaryReader(Buffer.from(labels, "latin1"));
  const found: string[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === WireType.LengthDelimited) found.push(reader.string());
    else reader.skip(wireType, field);
  }
  return found;
}

const numberOf = ({ number }: { readonly number: number }): number => numbers[number] ?? 0;
const textOf = (bytes: Buffer, field: number): string =>
  starts[field] === -1 ? "" : bytes.toString("latin1", starts[field], ends[field]);

let at = 0;

function scan(message: Uint8Array): void {
  at = 0;
  while (at < message.length) {
    const from = at;
    const tag = varint(message);
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case WireType.Varint: {
        const value = varint(message);
        if (field <= LAST_FIELD) numbers[field] = value;
        break;
      }
      case WireType.LengthDelimited: {
        const length = varint(message);
        // A key is its contents; labels are a run of fields, which `decodeLabels` reads as such.
        const start = field === KEY ? at : from;
        at += length;
        if (field > LAST_FIELD) break;
        if (starts[field] === -1 || field === KEY) starts[field] = start;
        ends[field] = at;
        break;
      }
      case WireType.Bit64:
        at += 8;
        break;
      case WireType.Bit32:
        at += 4;
        break;
      default:
        throw new RangeError(`wire type ${tag % 8} in a flow`);
    }
  }
  if (at > message.length) throw new RangeError("a flow ends within a field");
}

/** Reads a number at `at`; counts and times are not negative, and below 2^53. */
function varint(bytes: Uint8Array): number {
  let value = 0;
  let unit = 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError("a flow ends within a number");
    at += 1;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return value;
    unit *= 128;
  }
}
