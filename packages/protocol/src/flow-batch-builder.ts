import { create } from "@bufbuild/protobuf";
import { takeSteps, type Steps } from "@isthmus/std";
import { sha256 } from "./crypto";
import {
  flowKeyHash,
  flowKeyText,
  type FlowEnd,
  type FlowPolicyHit,
  type FlowRow,
  type HashedFlowRow,
} from "./flow-row";
import { FlowBatchSchema, type FlowBatch } from "./messages";

/** Length of Goldmane's buckets in seconds. */
export const BUCKET_SECONDS = 15;

/** Rows that one part of a bucket holds at most. */
export const MAX_ROWS_A_PART = 5_000;

/** Which closed bucket is being put into batches. */
export interface BucketIdentity {
  /** Goldmane pod's UID and restart count. */
  readonly incarnation: string;
  /** Unix seconds, a multiple of 15. */
  readonly bucketStart: number;
  /** What an earlier agent found later, additive; 0 from this one. */
  readonly correction?: number;
  /** For a restatement: when the source said so, Unix ms. */
  readonly restatedAtMs?: number;
}

/**
 * Cuts a closed bucket into its batches: rows sorted by key hash, then `maxRows` a part; without rows one empty part,
 * the marker that the bucket was seen. The same rows in any order make the same batches, byte for byte. Each part is
 * made when its steps are taken; a row that carries its hash is not hashed again.
 */
export function* flowBatchParts(
  bucket: BucketIdentity,
  rows: readonly (FlowRow | HashedFlowRow)[],
  maxRows = MAX_ROWS_A_PART,
): Steps<readonly Steps<FlowBatch>[]> {
  const hashed = sortedByKey(rows);
  yield;
  const parts = Math.max(1, Math.ceil(hashed.length / maxRows));
  const build = parts > 1 && bucket.restatedAtMs === undefined ? yield* buildOf(hashed) : "";
  return Array.from({ length: parts }, (_, part) =>
    buildPart({ ...bucket, part, parts, build }, hashed.slice(part * maxRows, (part + 1) * maxRows)),
  );
}

/** All batches of a closed bucket at once, as `flowBatchParts` cuts them. */
export function buildFlowBatches(
  bucket: BucketIdentity,
  rows: readonly (FlowRow | HashedFlowRow)[],
  maxRows = MAX_ROWS_A_PART,
): readonly FlowBatch[] {
  return takeSteps(flowBatchParts(bucket, rows, maxRows)).map((part) => takeSteps(part));
}

/** Tens of thousands of rows mostly come sorted and hashed: to look costs less than to sort them again. */
function sortedByKey(rows: readonly (FlowRow | HashedFlowRow)[]): readonly HashedFlowRow[] {
  const hashed = rows.every(isHashed) ? rows : rows.map(withHash);
  for (let index = 1; index < hashed.length; index += 1) {
    const [before, row] = [hashed[index - 1], hashed[index]];
    if (before !== undefined && row !== undefined && before.keyHash >= row.keyHash) return hashed.toSorted(byKey);
  }
  return hashed;
}

const isHashed = (row: FlowRow | HashedFlowRow): row is HashedFlowRow => "keyHash" in row;

const withHash = (row: FlowRow | HashedFlowRow): HashedFlowRow =>
  isHashed(row) ? row : { ...row, keyHash: flowKeyHash(row) };

function byKey(a: HashedFlowRow, b: HashedFlowRow): number {
  if (a.keyHash !== b.keyHash) return a.keyHash < b.keyHash ? -1 : 1;
  const [left, right] = [flowKeyText(a), flowKeyText(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A key's hash and seven counts, big endian. */
const BUILD_ROW_BYTES = 8 * 8;
/** Rows of which one step takes the counts. */
const ROWS_COUNTED_A_STEP = 1_000;
/** Rows of which one step makes all columns. */
const ROWS_MADE_A_STEP = 100;

/** A hash of what a bucket holds: two replicas that saw it alike make the same parts of it, others do not. */
function* buildOf(rows: readonly HashedFlowRow[]): Steps<string> {
  const bytes = new Uint8Array(rows.length * BUILD_ROW_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, row] of rows.entries()) {
    const at = index * BUILD_ROW_BYTES;
    view.setBigUint64(at, row.keyHash);
    view.setFloat64(at + 8, row.packetsIn);
    view.setFloat64(at + 16, row.packetsOut);
    view.setFloat64(at + 24, row.bytesIn);
    view.setFloat64(at + 32, row.bytesOut);
    view.setFloat64(at + 40, row.connectionsStarted);
    view.setFloat64(at + 48, row.connectionsCompleted);
    view.setFloat64(at + 56, row.connectionsLive);
    if (index % ROWS_COUNTED_A_STEP === 0) yield;
  }
  return Buffer.from(sha256(bytes)).toString("hex", 0, 16);
}

function* buildPart(
  identity: BucketIdentity & { readonly part: number; readonly parts: number; readonly build: string },
  rows: readonly HashedFlowRow[],
): Steps<FlowBatch> {
  const batch = create(FlowBatchSchema, {
    incarnation: identity.incarnation,
    bucketStart: BigInt(identity.bucketStart),
    part: identity.part,
    parts: identity.parts,
    correction: identity.correction ?? 0,
    restatedAtMs: BigInt(identity.restatedAtMs ?? 0),
    build: identity.build,
  });
  const tables = new Tables(batch);
  for (const [index, row] of rows.entries()) {
    batch.keyHash.push(row.keyHash);
    pushSource(batch, tables, row.source);
    pushDest(batch, tables, row.dest);
    pushRest(batch, tables, row);
    pushCounts(batch, row);
    if (index % ROWS_MADE_A_STEP === 0) yield;
  }
  return batch;
}

/** The string, hit and trace tables of a batch under construction. */
class Tables {
  readonly #batch: FlowBatch;
  readonly #strings = new Map<string, number>();
  readonly #hits = new Map<string, number>();
  readonly #traces = new Map<string, number>();

  constructor(batch: FlowBatch) {
    this.#batch = batch;
    this.string("");
    this.trace([]);
  }

  string(value: string): number {
    return intern(this.#strings, value, () => this.#batch.strings.push(value));
  }

  trace(hits: readonly FlowPolicyHit[]): number {
    const indices = hits.map((hit) => this.#hit(hit));
    return intern(this.#traces, indices.join(), () =>
      this.#batch.traces.push({ $typeName: "isthmus.link.v1.TraceRow", hits: indices }),
    );
  }

  #hit(hit: FlowPolicyHit): number {
    const trigger = hit.trigger === undefined ? 0 : 1 + this.#hit(hit.trigger);
    const row = {
      $typeName: "isthmus.link.v1.PolicyHitRow" as const,
      kind: hit.kind,
      tier: this.string(hit.tier),
      namespace: this.string(hit.namespace),
      name: this.string(hit.name),
      action: hit.action,
      policyIndex: hit.policyIndex,
      ruleIndex: hit.ruleIndex,
      trigger,
    };
    return intern(this.#hits, Object.values(row).join(), () => this.#batch.hits.push(row));
  }
}

function intern(table: Map<string, number>, key: string, append: () => number): number {
  const known = table.get(key);
  if (known !== undefined) return known;
  const index = append() - 1;
  table.set(key, index);
  return index;
}

function pushSource(batch: FlowBatch, tables: Tables, end: FlowEnd): void {
  batch.sourceName.push(tables.string(end.name));
  batch.sourceNamespace.push(tables.string(end.namespace));
  batch.sourceType.push(end.type);
  batch.sourceWorkloadKind.push(tables.string(end.workloadKind));
  batch.sourceWorkload.push(tables.string(end.workload));
  batch.sourceLabels.push(tables.string(end.labels));
}

function pushDest(batch: FlowBatch, tables: Tables, end: FlowEnd): void {
  batch.destName.push(tables.string(end.name));
  batch.destNamespace.push(tables.string(end.namespace));
  batch.destType.push(end.type);
  batch.destWorkloadKind.push(tables.string(end.workloadKind));
  batch.destWorkload.push(tables.string(end.workload));
  batch.destLabels.push(tables.string(end.labels));
}

function pushRest(batch: FlowBatch, tables: Tables, row: FlowRow): void {
  batch.destPort.push(row.destPort);
  batch.destServiceName.push(tables.string(row.destServiceName));
  batch.destServiceNamespace.push(tables.string(row.destServiceNamespace));
  batch.destServicePortName.push(tables.string(row.destServicePortName));
  batch.destServicePort.push(row.destServicePort);
  batch.protocol.push(tables.string(row.protocol));
  batch.reporter.push(row.reporter);
  batch.action.push(row.action);
  batch.enforcedTrace.push(tables.trace(row.enforced));
  batch.pendingTrace.push(tables.trace(row.pending));
}

function pushCounts(batch: FlowBatch, row: FlowRow): void {
  batch.packetsIn.push(BigInt(row.packetsIn));
  batch.packetsOut.push(BigInt(row.packetsOut));
  batch.bytesIn.push(BigInt(row.bytesIn));
  batch.bytesOut.push(BigInt(row.bytesOut));
  batch.connectionsStarted.push(BigInt(row.connectionsStarted));
  batch.connectionsCompleted.push(BigInt(row.connectionsCompleted));
  batch.connectionsLive.push(BigInt(row.connectionsLive));
}
