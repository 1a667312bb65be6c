import { err, ok, type Result } from "@isthmus/std";
import { BUCKET_SECONDS, MAX_ROWS_A_PART } from "./flow-batch-builder";
import { checkExpansion } from "./flow-batch-size";
import type { FlowPolicyHit, FlowRow } from "./flow-row";
import type { FlowBatch } from "./messages";

/** Why a batch of flows is not one. */
export interface FlowBatchError {
  readonly code:
    | "bucket-invalid"
    | "part-invalid"
    | "columns-uneven"
    | "index-out-of-range"
    | "hits-circular"
    | "count-too-large"
    | "batch-too-large";
  readonly message: string;
}

/** A row of a batch with the hash that it was sorted by. */
export interface HashedFlowRow extends FlowRow {
  readonly keyHash: bigint;
}

class ReadError extends Error {
  readonly failure: FlowBatchError;
  constructor(code: FlowBatchError["code"], message: string) {
    super(message);
    this.failure = { code, message };
  }
}

/** Unix seconds of the last bucket that a DateTime of ClickHouse holds. */
const LAST_BUCKET = 4_294_967_280n;
/** A part's and a correction's number are kept in 16 bits. */
const MOST_PARTS = 65_535;
const MAX_PORT = 65_535;
const MAX_INCARNATION = 200;

/**
 * Reads the rows of a batch; every column, index and trace is checked, so nothing in it is trusted. A few bytes stand for
 * long rows, since columns hold places in tables: how much they stand for is counted before any row is made.
 */
export function readFlowBatch(batch: FlowBatch): Result<readonly HashedFlowRow[], FlowBatchError> {
  try {
    checkIdentity(batch);
    checkColumns(batch);
    checkSize(batch);
    const hits = readHits(batch);
    const traces = batch.traces.map((trace) => trace.hits.map((index) => at(hits, index, "hits")));
    return ok(batch.keyHash.map((_, index) => readRow(batch, traces, index)));
  } catch (error) {
    if (error instanceof ReadError) return err(error.failure);
    throw error;
  }
}

function checkIdentity(batch: FlowBatch): void {
  if (batch.bucketStart <= 0n || batch.bucketStart % BigInt(BUCKET_SECONDS) !== 0n || batch.bucketStart > LAST_BUCKET) {
    throw new ReadError("bucket-invalid", `bucket ${batch.bucketStart} is not a multiple of ${BUCKET_SECONDS} seconds`);
  }
  if (batch.incarnation === "") throw new ReadError("bucket-invalid", "the batch names no incarnation");
  if (batch.incarnation.length > MAX_INCARNATION)
    throw new ReadError("bucket-invalid", `an incarnation of ${batch.incarnation.length} characters`);
  if (batch.parts === 0 || batch.part >= batch.parts || batch.parts > MOST_PARTS)
    throw new ReadError("part-invalid", `part ${batch.part} of ${batch.parts}`);
  if (batch.correction > MOST_PARTS) throw new ReadError("part-invalid", `correction ${batch.correction}`);
}

function checkSize(batch: FlowBatch): void {
  if (batch.keyHash.length > MAX_ROWS_A_PART)
    throw new ReadError("batch-too-large", `${batch.keyHash.length} rows of at most ${MAX_ROWS_A_PART}`);
  const tooLarge = checkExpansion(batch);
  if (tooLarge !== undefined) throw new ReadError("batch-too-large", tooLarge);
}

function checkColumns(batch: FlowBatch): void {
  // `$unknown` lists fields that a newer agent sent and this version does not know: no column, and no fault.
  const { strings: _strings, hits: _hits, traces: _traces, $unknown: _unknown, ...rest } = batch;
  for (const [name, column] of Object.entries(rest)) {
    if (Array.isArray(column) && column.length !== batch.keyHash.length) {
      throw new ReadError(
        "columns-uneven",
        `column ${name} has ${column.length} rows, key_hash ${batch.keyHash.length}`,
      );
    }
  }
}

function at<T>(table: readonly T[], index: number | undefined, name: string): T {
  const value = index === undefined ? undefined : table[index];
  if (value === undefined) throw new ReadError("index-out-of-range", `${name} has no entry ${index}`);
  return value;
}

function count(column: readonly bigint[], index: number): number {
  const value = Number(at(column, index, "counts"));
  if (!Number.isSafeInteger(value)) throw new ReadError("count-too-large", `a count of ${value} is over 2^53`);
  return value;
}

function port(column: readonly number[], index: number): number {
  const value = at(column, index, "columns");
  if (value > MAX_PORT) throw new ReadError("count-too-large", `port ${value} is over ${MAX_PORT}`);
  return value;
}

function readHits(batch: FlowBatch): readonly FlowPolicyHit[] {
  const done: FlowPolicyHit[] = [];
  batch.hits.forEach((row, index) => {
    // INVARIANT: the builder writes a trigger before what it triggers, so a forward index can only be a circle.
    if (row.trigger > index)
      throw new ReadError("hits-circular", `hit ${index} is triggered by hit ${row.trigger - 1}`);
    const hit = {
      kind: row.kind,
      tier: at(batch.strings, row.tier, "strings"),
      namespace: at(batch.strings, row.namespace, "strings"),
      name: at(batch.strings, row.name, "strings"),
      action: row.action,
      policyIndex: row.policyIndex,
      ruleIndex: row.ruleIndex,
    };
    done.push(row.trigger === 0 ? hit : { ...hit, trigger: at(done, row.trigger - 1, "hits") });
  });
  return done;
}

function readRow(batch: FlowBatch, traces: readonly (readonly FlowPolicyHit[])[], i: number): HashedFlowRow {
  const text = (column: readonly number[]): string => at(batch.strings, column[i], "strings");
  const number = (column: readonly number[]): number => at(column, i, "columns");
  return {
    keyHash: at(batch.keyHash, i, "key_hash"),
    source: {
      name: text(batch.sourceName),
      namespace: text(batch.sourceNamespace),
      type: number(batch.sourceType),
      workloadKind: text(batch.sourceWorkloadKind),
      workload: text(batch.sourceWorkload),
      labels: text(batch.sourceLabels),
    },
    dest: {
      name: text(batch.destName),
      namespace: text(batch.destNamespace),
      type: number(batch.destType),
      workloadKind: text(batch.destWorkloadKind),
      workload: text(batch.destWorkload),
      labels: text(batch.destLabels),
    },
    destPort: port(batch.destPort, i),
    destServiceName: text(batch.destServiceName),
    destServiceNamespace: text(batch.destServiceNamespace),
    destServicePortName: text(batch.destServicePortName),
    destServicePort: port(batch.destServicePort, i),
    protocol: text(batch.protocol),
    reporter: number(batch.reporter),
    action: number(batch.action),
    enforced: at(traces, batch.enforcedTrace[i], "traces"),
    pending: at(traces, batch.pendingTrace[i], "traces"),
    packetsIn: count(batch.packetsIn, i),
    packetsOut: count(batch.packetsOut, i),
    bytesIn: count(batch.bytesIn, i),
    bytesOut: count(batch.bytesOut, i),
    connectionsStarted: count(batch.connectionsStarted, i),
    connectionsCompleted: count(batch.connectionsCompleted, i),
    connectionsLive: count(batch.connectionsLive, i),
  };
}
