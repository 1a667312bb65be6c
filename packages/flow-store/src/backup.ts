import { connectClickHouse } from "./clickhouse-client";
import type { FlowStoreConnection } from "./domain";
import { logTable } from "./ingest/log-rows";
import { restoredReason } from "./queries/completeness";

/** Backups of terabytes take hours. */
const patience = { database: false, requestTimeoutMs: 24 * 3_600_000 } as const;

const literal = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/**
 * Writes the whole database into an archive, a path where the server may write. In the embedded engine nothing else is
 * written meanwhile, so that no bucket is marked as stored whose flows are not in it; evidence waits in its spools.
 */
export async function backUpFlowStore(connection: FlowStoreConnection, archive: string): Promise<void> {
  const clickhouse = connectClickHouse(connection, patience);
  try {
    await clickhouse.command(`BACKUP DATABASE ${connection.database} TO File(${literal(archive)})`);
  } finally {
    await clickhouse.close();
  }
}

/** What is to be restored, and until when evidence is missing since. */
export interface FlowStoreRestore {
  readonly archive: string;
  readonly nowMs: number;
}

/**
 * Reads an archive back into a server without the database. Flows whose bucket has no mark stay without: the ledger that
 * is begun from what is here compares what comes of them again with their rows. A batch of a log whose rows were stored
 * and whose bucket's row was not yet gets that row, since its token is forgotten and it could be stored a second time.
 * For each cluster the time from its last bucket until now is named as a gap.
 */
export async function restoreFlowStore(
  connection: FlowStoreConnection,
  { archive, nowMs }: FlowStoreRestore,
): Promise<void> {
  const clickhouse = connectClickHouse(connection, patience);
  const { database } = connection;
  const now = Math.floor(nowMs / 15_000) * 15;
  const key = "organisation_id, cluster_id, bucket, incarnation, correction, part";
  try {
    await clickhouse.command(`RESTORE DATABASE ${database} FROM File(${literal(archive)})`);
    for (const [kind, table] of Object.entries(logTable)) {
      await clickhouse.command(`INSERT INTO ${database}.log_bucket (kind, ${key}, parts, rows, received_at)
        SELECT ${literal(kind)} AS of_kind, ${key}, any(parts) AS all_parts, count() AS stored, max(received_at) AS received
        FROM ${database}.${table} WHERE (${key}) NOT IN
          (SELECT ${key} FROM ${database}.log_bucket WHERE kind = ${literal(kind)}) GROUP BY ${key}`);
    }
    await clickhouse.command(`INSERT INTO ${database}.evidence_gap
        (organisation_id, cluster_id, incarnation, gap_from, gap_to, reason, received_at)
      SELECT organisation_id, cluster_id, argMax(incarnation, bucket) AS newest, max(bucket) + 15 AS since,
        toDateTime(${now}, 'UTC') AS until, ${literal(restoredReason)} AS why, now64(3) AS received
      FROM ${database}.evidence_bucket GROUP BY organisation_id, cluster_id HAVING since < until`);
  } finally {
    await clickhouse.close();
  }
}
