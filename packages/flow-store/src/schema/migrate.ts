import { connectClickHouse } from "../clickhouse-client";
import type { FlowStoreConnection, FlowStoreSchemaOptions } from "../domain";
import { additions, deduplication, enginesFor, keptByKey, tables, timeColumn, type TableDefinition } from "./tables";
import { views, type ViewDefinition } from "./views";

/** Days for which hour rollups are kept beyond the flows they come from. */
const hourRollupFactor = 12;

/** The statements that make the tables and views, add what older ones lack and set retention; each may be run again. */
export function schemaStatements(database: string, options: FlowStoreSchemaOptions): readonly string[] {
  const onCluster = options.deployment === "embedded" ? "" : ` ON CLUSTER ${quoted(options.deployment.cluster)}`;
  const place = { prefix: `${quoted(database)}.`, onCluster };
  return [
    `CREATE DATABASE IF NOT EXISTS ${quoted(database)}${onCluster}`,
    ...tables.map((table) => createTable(table, place, options)),
    ...Object.entries(additions).map(
      ([table, parts]) => `ALTER TABLE ${place.prefix}${table}${onCluster} ${parts.join(", ")}`,
    ),
    ...views.map((view) => createView(view, place)),
    ...views.map((view) => `ALTER TABLE ${place.prefix}${view.name}${onCluster} MODIFY QUERY ${selectOf(view, place)}`),
    ...tables.map(
      (table) =>
        `ALTER TABLE ${place.prefix}${table.name}${onCluster} MODIFY TTL ${ttlOf(table, options.retentionDays)}`,
    ),
  ];
}

/** Makes the database, its tables and views where they are missing and sets their retention; may be run again. */
export async function migrateFlowStore(
  connection: FlowStoreConnection,
  options: FlowStoreSchemaOptions,
): Promise<void> {
  const clickhouse = connectClickHouse(connection, { database: false });
  try {
    for (const statement of schemaStatements(connection.database, options)) await clickhouse.command(statement);
  } finally {
    await clickhouse.close();
  }
}

interface Place {
  readonly prefix: string;
  readonly onCluster: string;
}

function createTable(table: TableDefinition, place: Place, options: FlowStoreSchemaOptions): string {
  const window = keptByKey.has(table.name) ? [] : [deduplication(options.deployment)];
  return `CREATE TABLE IF NOT EXISTS ${place.prefix}${table.name}${place.onCluster} (${table.columns}
)
ENGINE = ${enginesFor(options.deployment)(table.engine)}
PARTITION BY ${table.partitionBy}
ORDER BY (${table.orderBy})
TTL ${ttlOf(table, options.retentionDays)}
SETTINGS ${[...window, "ttl_only_drop_parts = 1"].join(", ")}`;
}

function createView(view: ViewDefinition, { prefix, onCluster }: Place): string {
  const select = selectOf(view, { prefix, onCluster });
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${prefix}${view.name}${onCluster} TO ${prefix}${view.target} AS${select}`;
}

function selectOf({ select }: ViewDefinition, { prefix }: Place): string {
  return select.replace("FROM flow\n", `FROM ${prefix}flow AS flow\n`);
}

function ttlOf(table: TableDefinition, retentionDays: number): string {
  const days = table.name === "edge_hour" ? retentionDays * hourRollupFactor : retentionDays;
  if (!Number.isInteger(days) || days < 1) throw new RangeError(`retention is ${retentionDays} days: give 1 or more`);
  return `${timeColumn[table.name]} + INTERVAL ${days} DAY`;
}

function quoted(name: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(name)) throw new RangeError(`not a name of a database or cluster: ${name}`);
  return `\`${name}\``;
}
