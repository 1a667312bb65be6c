import { randomUUID } from "node:crypto";
import type { BatchIdentity, FlowRow, FlowWriter } from "../domain";
import { flowTableOf } from "./flow-table-of";

/** One part of a bucket; without rows it is the explicit marker of a bucket without flows. */
export interface FlowBatch {
  readonly identity: BatchIdentity;
  readonly rows: readonly FlowRow[];
  readonly receivedAtMs: number;
}

type Writer = Pick<FlowWriter, "insertFlows" | "markBuckets">;

/** Stores a batch as a gateway does with one that it has claimed; the last part of a bucket marks it as whole. */
export async function storeFlows(store: Writer, batch: FlowBatch, id: string = randomUUID()): Promise<void> {
  const { identity, rows, receivedAtMs } = batch;
  const { organisationId, clusterId, incarnation, bucketStart: bucket, part, parts, correction } = identity;
  const entry = { ...identity, receivedAtMs, asOfMs: 0, table: flowTableOf(rows) };
  if (rows.length > 0) await store.insertFlows([entry], { id, deadlineMs: Date.now() + 3_600_000 });
  if (part < parts - 1 || correction > 0) return;
  await store.markBuckets([{ organisationId, clusterId, incarnation, bucket, rows: rows.length, receivedAtMs }]);
}
