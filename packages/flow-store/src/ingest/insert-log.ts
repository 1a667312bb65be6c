import type { ClickHouse } from "../clickhouse-client";
import type { BatchIdentity } from "../domain";
import type { LogBatchInsert } from "../log-domain";
import { logTable, logValues } from "./log-rows";

/**
 * Stores a batch of records once: its rows under a token of what it says it is, then the row of its bucket, which is
 * looked for first.
 */
export async function insertLogBatch(clickhouse: ClickHouse, batch: LogBatchInsert): Promise<void> {
  const { identity, kind, receivedAtMs } = batch;
  if (await isStored(clickhouse, batch)) return;
  if (batch.rows.length > 0) {
    await clickhouse.insert({ table: logTable[kind], ...logValues(batch), token: tokenOf(identity) });
  }
  const { organisationId, clusterId, bucketStart, incarnation, correction, part, parts } = identity;
  const marked = [organisationId, kind, clusterId, bucketStart, incarnation, correction, part, parts];
  await clickhouse.insert({
    table: "log_bucket",
    columns: [
      "organisation_id",
      "kind",
      "cluster_id",
      "bucket",
      "incarnation",
      "correction",
      "part",
      "parts",
      "rows",
      "received_at",
    ],
    rows: [[...marked, batch.rows.length, receivedAtMs]],
  });
}

const tokenOf = ({ clusterId, incarnation, bucketStart, part, correction }: BatchIdentity): string =>
  `${clusterId}/${incarnation}/${bucketStart}/${part}/${correction}`;

async function isStored(clickhouse: ClickHouse, { identity, kind }: LogBatchInsert): Promise<boolean> {
  const rows = await clickhouse.select<{ stored: number }>(
    `SELECT count() AS stored FROM log_bucket
     WHERE organisation_id = {organisation:UUID} AND kind = {kind:String} AND cluster_id = {cluster:UUID}
       AND bucket = {bucket:DateTime('UTC')} AND incarnation = {incarnation:String}
       AND correction = {correction:UInt16} AND part = {part:UInt16}`,
    {
      organisation: identity.organisationId,
      kind,
      cluster: identity.clusterId,
      bucket: identity.bucketStart,
      incarnation: identity.incarnation,
      correction: identity.correction,
      part: identity.part,
    },
  );
  return Number(rows[0]?.stored ?? 0) > 0;
}
