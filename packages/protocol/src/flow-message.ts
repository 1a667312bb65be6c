import { isUtf8 } from "node:buffer";
import type { Steps } from "@isthmus/std";
import { BatchFault } from "./flow-batch-error";
import { MAX_HITS, MAX_ROWS_A_BATCH, MAX_STRINGS, MAX_TRACES, MAX_TRACE_LENGTH } from "./flow-limits";
import { fixed64Column, uint32Column, uint64Column } from "./wire/number-column";
import { WIRE, WireError, WireReader } from "./wire/wire-reader";

/** Columns of FlowBatch of type uint32 by their numbers in link.proto; numbers and indices alike. */
const NUMBERS = {
  sourceName: 10,
  sourceNamespace: 11,
  sourceType: 12,
  sourceWorkloadKind: 13,
  sourceWorkload: 14,
  sourceLabels: 15,
  destName: 16,
  destNamespace: 17,
  destType: 18,
  destWorkloadKind: 19,
  destWorkload: 20,
  destLabels: 21,
  destPort: 22,
  destServiceName: 23,
  destServiceNamespace: 24,
  destServicePortName: 25,
  destServicePort: 26,
  protocol: 27,
  reporter: 28,
  action: 29,
  enforcedTrace: 30,
  pendingTrace: 31,
} as const;

/** Columns of type uint64. */
const COUNTS = {
  packetsIn: 32,
  packetsOut: 33,
  bytesIn: 34,
  bytesOut: 35,
  connectionsStarted: 36,
  connectionsCompleted: 37,
  connectionsLive: 38,
} as const;

type Named<Fields, A> = { readonly [Name in keyof Fields]: A };

/** A PolicyHitRow as it came. */
export interface HitMessage {
  readonly kind: number;
  readonly tier: number;
  readonly namespace: number;
  readonly name: number;
  readonly action: number;
  readonly policyIndex: number;
  readonly ruleIndex: number;
  readonly trigger: number;
}

/** A FlowBatch as it came: nothing is checked but that it is one, and that no table or column is beyond its bound. */
export interface FlowMessage {
  readonly identity: {
    readonly incarnation: string;
    readonly bucketStart: number;
    readonly part: number;
    readonly parts: number;
    readonly correction: number;
    readonly restatedAtMs: number;
    readonly build: string;
  };
  readonly strings: readonly string[];
  readonly hits: readonly HitMessage[];
  readonly traces: readonly Uint32Array[];
  readonly keyHash: BigUint64Array;
  readonly numbers: Named<typeof NUMBERS, Uint32Array>;
  readonly counts: Named<typeof COUNTS, Float64Array>;
}

/** A step reads one column, or so many entries of tables. */
const ENTRIES_A_STEP = 500;

/** Reads the fields of a FlowBatch, in steps of a millisecond or so; throws BatchFault. */
export function* readFlowMessage(bytes: Uint8Array): Steps<FlowMessage> {
  try {
    // A Buffer is a kind of its own to the compiler of the loops below: they are to see one kind alone.
    return yield* readFields(new WireReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)));
  } catch (error) {
    if (error instanceof WireError) throw new BatchFault("batch-malformed", `not a batch of flows: ${error.message}`);
    if (error instanceof RangeError) throw new BatchFault("batch-too-large", error.message);
    throw error;
  }
}

function* readFields(reader: WireReader): Steps<FlowMessage> {
  const identity = { incarnation: "", bucketStart: 0, part: 0, parts: 0, correction: 0, restatedAtMs: 0, build: "" };
  const strings: string[] = [];
  const hits: HitMessage[] = [];
  const traces: Uint32Array[] = [];
  const keyHash = fixed64Column(MAX_ROWS_A_BATCH);
  const numbers = columnsBy(NUMBERS, () => uint32Column(MAX_ROWS_A_BATCH));
  const counts = columnsBy(COUNTS, () => uint64Column(MAX_ROWS_A_BATCH));
  const fields: Readonly<Record<number, () => void>> = {
    1: () => (identity.incarnation = text(reader)),
    2: () => (identity.bucketStart = int64(reader)),
    3: () => (identity.part = uint32(reader)),
    4: () => (identity.parts = uint32(reader)),
    5: () => (identity.correction = uint32(reader)),
    6: () => append(strings, text(reader), MAX_STRINGS),
    7: () => append(hits, hit(message(reader)), MAX_HITS),
    8: () => append(traces, trace(message(reader)), MAX_TRACES),
    9: () => keyHash.read(reader),
    39: () => (identity.restatedAtMs = int64(reader)),
    40: () => (identity.build = text(reader)),
  };
  for (let entries = 1; reader.next(); entries += 1) {
    const column = numbers.byField.get(reader.field) ?? counts.byField.get(reader.field);
    const field = fields[reader.field];
    if (column !== undefined) column.read(reader);
    else if (field === undefined) reader.skip();
    else field();
    if (column !== undefined || entries % ENTRIES_A_STEP === 0) yield;
  }
  return {
    identity,
    strings,
    hits,
    traces,
    keyHash: keyHash.values(),
    numbers: numbers.values((column) => column.values()),
    counts: counts.values((column) => column.values()),
  };
}

function columnsBy<Fields extends Readonly<Record<string, number>>, C>(fields: Fields, make: () => C) {
  const entries = Object.entries(fields).map(([name, field]) => ({ name, field, column: make() }));
  return {
    byField: new Map(entries.map(({ field, column }) => [field, column])),
    values: <A>(of: (column: C) => A) =>
      Object.fromEntries(entries.map(({ name, column }) => [name, of(column)])) as Named<Fields, A>,
  };
}

function append<T>(table: T[], entry: T, limit: number): void {
  if (table.push(entry) > limit) throw new RangeError(`a table has more than ${limit} entries`);
}

function message(reader: WireReader): WireReader {
  if (reader.kind !== WIRE.bytes) throw new WireError(`field ${reader.field} is not of bytes`);
  return reader.span();
}

function text(reader: WireReader): string {
  const bytes = message(reader).rest();
  if (!isUtf8(bytes)) throw new WireError(`field ${reader.field} is not UTF-8`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

function uint32(reader: WireReader): number {
  if (reader.kind !== WIRE.varint) throw new WireError(`field ${reader.field} is not a number`);
  return reader.uint32();
}

/** A time: one that is negative comes out as more than 2^53, and is no time of ours either way. */
function int64(reader: WireReader): number {
  if (reader.kind !== WIRE.varint) throw new WireError(`field ${reader.field} is not a number`);
  return reader.uint64();
}

function hit(reader: WireReader): HitMessage {
  const row = { kind: 0, tier: 0, namespace: 0, name: 0, action: 0, policyIndex: 0, ruleIndex: 0, trigger: 0 };
  const fields: Readonly<Record<number, () => void>> = {
    1: () => (row.kind = uint32(reader)),
    2: () => (row.tier = uint32(reader)),
    3: () => (row.namespace = uint32(reader)),
    4: () => (row.name = uint32(reader)),
    5: () => (row.action = uint32(reader)),
    6: () => (row.policyIndex = uint32(reader) | 0),
    7: () => (row.ruleIndex = uint32(reader) | 0),
    8: () => (row.trigger = uint32(reader)),
  };
  while (reader.next()) {
    const field = fields[reader.field];
    if (field === undefined) reader.skip();
    else field();
  }
  return row;
}

function trace(reader: WireReader): Uint32Array {
  const hits = uint32Column(MAX_TRACE_LENGTH);
  while (reader.next()) {
    if (reader.field === 1) hits.read(reader);
    else reader.skip();
  }
  return hits.values();
}
