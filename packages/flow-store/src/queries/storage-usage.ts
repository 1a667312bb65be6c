import type { ClickHouse, SelectOptions } from "../clickhouse-client";
import type { EvidenceKind } from "../retention";
import { localName } from "../schema/schema-place";
import type { TableName } from "../schema/tables";
import type { StorageUsageRequest, StorageUse } from "../usage-domain";
import { questionLimits } from "./scoped-query";

/** The tables whose rows are counted, and as what. Marks of buckets and gaps are some bytes a bucket, and left out. */
const counted: readonly (readonly [TableName, EvidenceKind, "bucket" | "step"])[] = [
  ["flow", "flows", "bucket"],
  ["dns_log", "dns", "bucket"],
  ["l7_log", "l7", "bucket"],
  ["audit_log", "audit", "bucket"],
  ["edge_minute", "minute", "step"],
  ["policy_minute", "minute", "step"],
  ["edge_hour", "hour", "step"],
  ["edge_day", "day", "step"],
];

interface UseRow {
  readonly cluster_id: string;
  readonly day_s: number | string;
  readonly partition: string;
  readonly row_count: number | string;
}
interface PartRow {
  readonly table: string;
  readonly partition: string;
  readonly part_rows: number | string;
  readonly part_bytes: number | string;
}

const dayMs = 86_400_000;

/** What an organisation stores per cluster, day and kind. The organisation comes first in every sort key. */
export async function storageUsage(
  clickhouse: ClickHouse,
  request: StorageUsageRequest,
): Promise<readonly StorageUse[]> {
  const { organisationId: organisation, days, nowMs, signal } = request;
  const today = Math.floor(nowMs / dayMs);
  const from = (today - Math.min(Math.max(1, Math.trunc(days)), 400) + 1) * 86_400;
  const options: SelectOptions = { signal, settings: questionLimits };
  const bytesOf = await bytesPerRow(clickhouse, options);
  const uses: StorageUse[] = [];
  for (const [table, kind, column] of counted) {
    const rows = await clickhouse.select<UseRow>(
      `SELECT cluster_id, toUnixTimestamp(toStartOfDay(${column})) AS day_s, _partition_id AS partition, count() AS row_count
       FROM ${table} WHERE organisation_id = {organisation:UUID} AND ${column} >= toDateTime({from:UInt32}, 'UTC')
       GROUP BY cluster_id, day_s, partition ORDER BY day_s, cluster_id`,
      { organisation, from },
      options,
    );
    for (const row of rows) {
      const count = Number(row.row_count);
      uses.push({
        clusterId: row.cluster_id,
        dayMs: Number(row.day_s) * 1_000,
        kind,
        rows: count,
        bytes: count * bytesOf(table, row.partition),
      });
    }
  }
  return summed(uses);
}

type BytesPerRow = (table: TableName, partition: string) => number;

async function bytesPerRow(clickhouse: ClickHouse, options: SelectOptions): Promise<BytesPerRow> {
  const { cluster } = clickhouse;
  // One replica of each shard: what is stored once more for safety is not counted twice.
  const parts = cluster === undefined ? "system.parts" : "cluster({cluster:String}, system.parts)";
  const rows = await clickhouse.select<PartRow>(
    `SELECT table, partition_id AS partition, sum(rows) AS part_rows, sum(bytes_on_disk) AS part_bytes
     FROM ${parts} WHERE active AND database = {database:String} GROUP BY table, partition`,
    { database: clickhouse.database, ...(cluster === undefined ? {} : { cluster }) },
    options,
  );
  const known = new Map(
    rows.map((row) => [`${row.table}/${row.partition}`, Number(row.part_bytes) / Math.max(1, Number(row.part_rows))]),
  );
  return (table, partition) => known.get(`${localName({ cluster }, table)}/${partition}`) ?? 0;
}

/** One entry a cluster, day and kind: minutes are of two tables. */
function summed(uses: readonly StorageUse[]): readonly StorageUse[] {
  const found = new Map<string, StorageUse>();
  for (const use of uses) {
    const key = `${use.clusterId}/${use.dayMs}/${use.kind}`;
    const other = found.get(key);
    found.set(key, other ? { ...use, rows: use.rows + other.rows, bytes: use.bytes + other.bytes } : use);
  }
  return [...found.values()].map((use) => ({ ...use, bytes: Math.round(use.bytes) }));
}
