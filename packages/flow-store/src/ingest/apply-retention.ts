import type { ClickHouse } from "../clickhouse-client";
import { keptSince, type Retention } from "../retention";
import { localName, onClusterOf } from "../schema/schema-place";
import { aging, tables, type TableName } from "../schema/tables";
import { requireOrganisationId } from "./delete-organisation";

/** What an organisation keeps, and the moment by which ages are judged. */
export interface RetentionSweep {
  readonly organisationId: string;
  readonly retention: Retention;
  readonly nowMs: number;
}

/** A table's partition from which an organisation's rows go. */
export interface SweptPartition {
  readonly table: TableName;
  readonly partition: string;
  readonly rows: number;
}

/**
 * Deletes what of an organisation is past its retention, in every table and rollup by its own setting; gives what it
 * began to delete. ClickHouse rewrites the parts behind it, one after the other; a partition that it is still at is
 * left alone. Only rows are ever deleted and no partition is dropped: another organisation's late evidence may just be
 * arriving there.
 */
export async function applyRetention(
  clickhouse: ClickHouse,
  sweep: RetentionSweep,
): Promise<readonly SweptPartition[]> {
  requireOrganisationId(sweep.organisationId);
  const begun: SweptPartition[] = [];
  for (const { name } of tables) {
    const expired = expiredRows(name, sweep);
    const found = await clickhouse.select<{ readonly partition: string; readonly row_count: number | string }>(
      `SELECT _partition_id AS partition, count() AS row_count FROM ${name} WHERE ${expired} GROUP BY partition`,
      {},
    );
    if (found.length === 0) continue;
    const busy = await busyPartitions(clickhouse, name, sweep.organisationId);
    const table = localName(clickhouse, name);
    for (const { partition, row_count } of found) {
      if (busy.has(partition) || !/^\w+$/.test(partition)) continue;
      // A mutation is stored as text, and takes no parameters.
      await clickhouse.command(
        `ALTER TABLE ${table}${onClusterOf(clickhouse)} DELETE IN PARTITION ID '${partition}' WHERE ${expired}`,
      );
      begun.push({ table: name, partition, rows: Number(row_count) });
    }
  }
  return begun;
}

/** Which rows of a table go. What lies in the future is aged by its arrival, so that a wrong clock keeps nothing for ever. */
function expiredRows(table: TableName, { organisationId, retention, nowMs }: RetentionSweep): string {
  const { column, arrived, kinds } = aging[table];
  const days = Math.max(...kinds.map((kind) => retention[kind]));
  const since = `toDateTime(${Math.max(0, keptSince(days, nowMs) / 1_000)}, 'UTC')`;
  const now = `toDateTime(${Math.floor(nowMs / 1_000)}, 'UTC')`;
  const byArrival = arrived === undefined ? "" : ` OR ${column} > ${now} AND ${arrived} < ${since}`;
  return `organisation_id = '${organisationId}' AND (${column} < ${since}${byArrival})`;
}

async function busyPartitions(
  clickhouse: ClickHouse,
  table: TableName,
  organisationId: string,
): Promise<ReadonlySet<string>> {
  const rows = await clickhouse.select<{ readonly command: string }>(
    `SELECT command FROM system.mutations WHERE database = {database:String} AND table = {table:String}
       AND NOT is_done AND position(command, {organisation:String}) > 0`,
    { database: clickhouse.database, table: localName(clickhouse, table), organisation: organisationId },
  );
  return new Set(rows.flatMap(({ command }) => /IN PARTITION ID '(\w+)'/.exec(command)?.[1] ?? []));
}
