import type { ClickHouse } from "../clickhouse-client";
import type { BatchIdentity, FlowBatchInsert, GapInsert } from "../domain";
import { flowColumns, flowValues } from "./rows";

/** The identity of a batch as text: what it says, and nothing of who carried it. */
export function batchToken({ clusterId, incarnation, bucketStart, part, correction }: BatchIdentity): string {
  return `${clusterId}/${incarnation}/${bucketStart}/${part}/${correction}`;
}

/**
 * Stores a batch exactly once. The rows go first, under the batch's token, which drops a repeated insert in the table
 * and in every rollup; the bucket's row goes last, so that it is there only when everything else is, and a batch
 * whose row is there is complete, however long ago that was.
 */
export async function insertFlowBatch(clickhouse: ClickHouse, batch: FlowBatchInsert): Promise<void> {
  const { identity, rows, receivedAtMs } = batch;
  if (await isStored(clickhouse, identity)) return;
  if (rows.length > 0) {
    const values = rows.map((row) => flowValues(batch, row));
    await clickhouse.insert({ table: "flow", columns: flowColumns, rows: values, token: batchToken(identity) });
  }
  const { organisationId, clusterId, incarnation, bucketStart, part, parts, correction } = identity;
  await clickhouse.insert({
    table: "evidence_bucket",
    columns: [
      "organisation_id",
      "cluster_id",
      "bucket",
      "incarnation",
      "correction",
      "part",
      "parts",
      "rows",
      "received_at",
    ],
    // Without a token: its key alone says what it is, and a second row of the same key is the same row.
    rows: [[organisationId, clusterId, bucketStart, incarnation, correction, part, parts, rows.length, receivedAtMs]],
  });
}

async function isStored(clickhouse: ClickHouse, identity: BatchIdentity): Promise<boolean> {
  const rows = await clickhouse.select<{ stored: number }>(
    `SELECT count() AS stored FROM evidence_bucket
     WHERE organisation_id = {organisation:UUID} AND cluster_id = {cluster:UUID} AND bucket = {bucket:DateTime('UTC')}
       AND incarnation = {incarnation:String} AND correction = {correction:UInt16} AND part = {part:UInt16}`,
    {
      organisation: identity.organisationId,
      cluster: identity.clusterId,
      bucket: identity.bucketStart,
      incarnation: identity.incarnation,
      correction: identity.correction,
      part: identity.part,
    },
  );
  return Number(rows[0]?.stored ?? 0) > 0;
}

/** Stores a gap record; a second one of the same key is the same gap. */
export async function insertGap(clickhouse: ClickHouse, gap: GapInsert): Promise<void> {
  const { organisationId, clusterId, incarnation, from, to, reason, receivedAtMs } = gap;
  await clickhouse.insert({
    table: "evidence_gap",
    columns: ["organisation_id", "cluster_id", "incarnation", "gap_from", "gap_to", "reason", "received_at"],
    rows: [[organisationId, clusterId, incarnation, from, to, reason, receivedAtMs]],
  });
}
