import { err, ok, takeSteps, type Result, type Steps } from "@isthmus/std";
import { readFlowMessage, type FlowMessage } from "./flow-message";
import { BatchFault, type FlowBatchError } from "./flow-batch-error";
import { BUCKET_SECONDS } from "./flow-batch-builder";
import { readFlowTables, type FlowTables } from "./flow-tables";
import { MAX_EXPANDED_BYTES, MAX_PORT } from "./flow-limits";
import type { FlowPolicyHit } from "./flow-row";

/** One end of the flows of a batch; what is not a number of goldmane-api is an index into `strings`. */
export interface FlowEndColumns {
  readonly name: Uint32Array;
  readonly namespace: Uint32Array;
  /** EndpointType of goldmane-api. */
  readonly type: Uint32Array;
  readonly workloadKind: Uint32Array;
  readonly workload: Uint32Array;
  /** `k=v,k=v`, sorted. */
  readonly labels: Uint32Array;
}

/** What was counted, as whole numbers within 2^53. */
export interface FlowCountColumns {
  readonly packetsIn: Float64Array;
  readonly packetsOut: Float64Array;
  readonly bytesIn: Float64Array;
  readonly bytesOut: Float64Array;
  readonly connectionsStarted: Float64Array;
  readonly connectionsCompleted: Float64Array;
  readonly connectionsLive: Float64Array;
}

/** A batch of flows as it came: tables of what there are few of, and columns of equal length, whose indices are sound. */
export interface FlowColumns {
  readonly incarnation: string;
  /** Unix seconds, a multiple of 15. */
  readonly bucketStart: number;
  readonly part: number;
  readonly parts: number;
  readonly correction: number;
  /** Unix ms when the source said this; 0: as streamed. */
  readonly restatedAtMs: number;
  /** Which making of the bucket this is a part of; empty: its only part, or the agent does not say. */
  readonly build: string;
  readonly rows: number;
  readonly strings: readonly string[];
  readonly traces: readonly (readonly FlowPolicyHit[])[];
  readonly keyHash: BigUint64Array;
  readonly source: FlowEndColumns;
  readonly dest: FlowEndColumns;
  readonly destPort: Uint32Array;
  readonly destServiceName: Uint32Array;
  readonly destServiceNamespace: Uint32Array;
  readonly destServicePortName: Uint32Array;
  readonly destServicePort: Uint32Array;
  readonly protocol: Uint32Array;
  /** Reporter of goldmane-api. */
  readonly reporter: Uint32Array;
  /** Action of goldmane-api. */
  readonly action: Uint32Array;
  /** Indices into `traces`. */
  readonly enforcedTrace: Uint32Array;
  readonly pendingTrace: Uint32Array;
  readonly counts: FlowCountColumns;
}

/**
 * Reads a FlowBatch from its bytes as columns. Nothing in it is trusted: its identity, the length of every column,
 * every index, hits and counts are checked, and so is how much it comes to when every row is written out.
 */
export function readFlowColumns(bytes: Uint8Array): Result<FlowColumns, FlowBatchError> {
  return takeSteps(readFlowColumnsInSteps(bytes));
}

/** As readFlowColumns, in steps of a millisecond or so: whoever takes them can do something else in between. */
export function* readFlowColumnsInSteps(bytes: Uint8Array): Steps<Result<FlowColumns, FlowBatchError>> {
  try {
    const message = yield* readFlowMessage(bytes);
    checkIdentity(message);
    const tables = readFlowTables(message);
    yield;
    const columns = columnsOf(message);
    yield* checkRows(message, tables);
    return ok({ ...message.identity, ...columns, strings: message.strings, traces: tables.traces });
  } catch (error) {
    if (error instanceof BatchFault) return err(error.failure);
    throw error;
  }
}

/** ClickHouse's DateTime ends with 32 bits, and a bucket with its last second. */
const MAX_BUCKET = 0xffff_ffff - BUCKET_SECONDS;
const MAX_UINT16 = 0xffff;
/** Numbers above are for corrections that gateways make. */
const MAX_ADDITIONS = 999;
const MAX_INCARNATION_LENGTH = 256;
const MAX_BUILD_LENGTH = 64;

function checkIdentity({ identity }: FlowMessage): void {
  const { incarnation, bucketStart, part, parts, correction, restatedAtMs, build } = identity;
  if (!(bucketStart > 0 && bucketStart <= MAX_BUCKET && bucketStart % BUCKET_SECONDS === 0)) {
    throw new BatchFault("bucket-invalid", `bucket ${bucketStart} is not a multiple of ${BUCKET_SECONDS} seconds`);
  }
  if (incarnation === "") throw new BatchFault("bucket-invalid", "the batch names no incarnation");
  // Postgres keeps no text with a zero in it.
  if (incarnation.includes("\0") || build.includes("\0")) throw new BatchFault("bucket-invalid", "a zero in a name");
  if (incarnation.length > MAX_INCARNATION_LENGTH) {
    throw new BatchFault("bucket-invalid", `the incarnation has more than ${MAX_INCARNATION_LENGTH} characters`);
  }
  if (build.length > MAX_BUILD_LENGTH) throw new BatchFault("bucket-invalid", "the build is no hash");
  if (correction > MAX_ADDITIONS) throw new BatchFault("bucket-invalid", `correction ${correction}`);
  if (!Number.isSafeInteger(restatedAtMs) || restatedAtMs < 0 || (restatedAtMs > 0 && correction > 0)) {
    throw new BatchFault(
      "restatement-invalid",
      `restated at ${restatedAtMs} ms as correction ${correction}: a restatement is absolute, a correction additive`,
    );
  }
  if (parts === 0 || parts > MAX_UINT16 || part >= parts) {
    throw new BatchFault("part-invalid", `part ${part} of ${parts}`);
  }
}

function columnsOf({ numbers, counts, keyHash }: FlowMessage) {
  const rows = keyHash.length;
  for (const [name, { length }] of Object.entries({ ...numbers, ...counts })) {
    if (length !== rows) {
      throw new BatchFault("columns-uneven", `column ${name} has ${length} rows, key_hash ${rows}`);
    }
  }
  return {
    rows,
    keyHash,
    source: {
      name: numbers.sourceName,
      namespace: numbers.sourceNamespace,
      type: numbers.sourceType,
      workloadKind: numbers.sourceWorkloadKind,
      workload: numbers.sourceWorkload,
      labels: numbers.sourceLabels,
    },
    dest: {
      name: numbers.destName,
      namespace: numbers.destNamespace,
      type: numbers.destType,
      workloadKind: numbers.destWorkloadKind,
      workload: numbers.destWorkload,
      labels: numbers.destLabels,
    },
    destPort: numbers.destPort,
    destServiceName: numbers.destServiceName,
    destServiceNamespace: numbers.destServiceNamespace,
    destServicePortName: numbers.destServicePortName,
    destServicePort: numbers.destServicePort,
    protocol: numbers.protocol,
    reporter: numbers.reporter,
    action: numbers.action,
    enforcedTrace: numbers.enforcedTrace,
    pendingTrace: numbers.pendingTrace,
    counts,
  };
}

const OF_STRINGS = [
  "sourceName",
  "sourceNamespace",
  "sourceWorkloadKind",
  "sourceWorkload",
  "sourceLabels",
  "destName",
  "destNamespace",
  "destWorkloadKind",
  "destWorkload",
  "destLabels",
  "destServiceName",
  "destServiceNamespace",
  "destServicePortName",
  "protocol",
] as const;
const OF_TRACES = ["enforcedTrace", "pendingTrace"] as const;

function* checkRows(
  { numbers, counts }: FlowMessage,
  { stringWeights, traceWeights, weight }: FlowTables,
): Steps<void> {
  const strings = OF_STRINGS.map((name) => checkIndices(name, numbers[name], stringWeights));
  const traces = OF_TRACES.map((name) => checkIndices(name, numbers[name], traceWeights));
  yield;
  if (weight + expandedBytes(strings, stringWeights) + expandedBytes(traces, traceWeights) > MAX_EXPANDED_BYTES) {
    throw new BatchFault("batch-too-large", `its rows come to more than ${MAX_EXPANDED_BYTES} bytes`);
  }
  yield;
  const { destPort, destServicePort } = numbers;
  checkAtMost(MAX_PORT, { destPort, destServicePort }, "port-invalid");
  checkAtMost(Number.MAX_SAFE_INTEGER, { ...counts }, "count-too-large");
}

/** Each index of a column must be one of the table's. */
function checkIndices(name: string, column: Uint32Array, table: Float64Array): Uint32Array {
  const largest = largestOf(column);
  if (largest >= table.length && column.length > 0) {
    throw new BatchFault("index-out-of-range", `${name} says ${largest}, which is not there`);
  }
  return column;
}

/** What columns come to in bytes. */
function expandedBytes(columns: readonly Uint32Array[], weights: Float64Array): number {
  let total = 0;
  for (const column of columns) {
    for (let row = 0; row < column.length; row += 1) total += weights[column[row] ?? 0] ?? 0;
  }
  return total;
}

function checkAtMost(
  limit: number,
  columns: Readonly<Record<string, Uint32Array | Float64Array>>,
  code: FlowBatchError["code"],
): void {
  for (const [name, column] of Object.entries(columns)) {
    const largest = column instanceof Uint32Array ? largestOf(column) : largestCount(column);
    if (largest > limit) throw new BatchFault(code, `${name} says ${largest}, more than ${limit}`);
  }
}

// Twice the same, so that each loop sees one kind of array.

function largestOf(column: Uint32Array): number {
  let largest = 0;
  for (let row = 0; row < column.length; row += 1) largest = Math.max(largest, column[row] ?? 0);
  return largest;
}

function largestCount(column: Float64Array): number {
  let largest = 0;
  for (let row = 0; row < column.length; row += 1) largest = Math.max(largest, column[row] ?? 0);
  return largest;
}
