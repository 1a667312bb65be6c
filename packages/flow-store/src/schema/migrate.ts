import { createHash } from "node:crypto";
import { connectClickHouse, type ClickHouse } from "../clickhouse-client";
import type { FlowStoreConnection, FlowStoreSchemaOptions } from "../domain";
import { maxRetentionDays } from "../retention";
import { completeFrom } from "./day-rollup";
import { distributedTable, localName, placeFor, quoted, type SchemaPlace } from "./schema-place";
import { additions, aging, deduplication, enginesFor, keptByKey, tables, type TableDefinition } from "./tables";
import { views, type ViewDefinition } from "./views";

/** How the statements are made. */
export interface SchemaStatementOptions extends FlowStoreSchemaOptions {
  /** From when the day rollup holds everything, in Unix seconds; 0 where it is as old as the flows. */
  readonly dayRollupFrom: number;
  /** The comments of the views that are there, by name. */
  readonly viewComments?: ReadonlyMap<string, string>;
}

/** The statements that make the tables and views and add what older ones lack; each may be run again. */
export function schemaStatements(database: string, options: SchemaStatementOptions): readonly string[] {
  const place = placeFor(database, options.deployment);
  const { onCluster } = place;
  const name = (table: string) => `${place.prefix}${localName(place, table)}`;
  const comments = options.viewComments ?? new Map<string, string>();
  const outdated = views.filter(
    (view) => (comments.get(view.name) ?? queryComment(view, place)) !== queryComment(view, place),
  );
  return [
    `CREATE DATABASE IF NOT EXISTS ${quoted(database)}${onCluster}`,
    ...tables.map((table) => createTable(table, place, options)),
    ...Object.entries(additions).map(([table, parts]) => `ALTER TABLE ${name(table)}${onCluster} ${parts.join(", ")}`),
    ...views.map((view) => createView(view, place)),
    ...outdated.flatMap((view) => changeView(view, place)),
    ...tables.map((table) => `ALTER TABLE ${name(table.name)}${onCluster} MODIFY TTL ${ttlOf(table)}`),
    ...(place.cluster === undefined ? [] : tables.flatMap((table) => distributedTable(place, table.name))),
  ];
}

/** Makes the database, its tables and views where they are missing; may be run again, and by several at once. */
export async function migrateFlowStore(
  connection: FlowStoreConnection,
  options: FlowStoreSchemaOptions,
): Promise<void> {
  const clickhouse = connectClickHouse(connection, { database: false });
  try {
    const dayRollupFrom = await dayRollupFromOf(clickhouse, connection.database);
    const viewComments = await viewCommentsOf(clickhouse, placeFor(connection.database, options.deployment));
    for (const statement of schemaStatements(connection.database, { ...options, dayRollupFrom, viewComments })) {
      await clickhouse.command(statement);
    }
  } finally {
    await clickhouse.close();
  }
}

/** A store that has flows already gets days from the first whole one on; what was before stays in the hours. */
async function dayRollupFromOf(clickhouse: ClickHouse, database: string): Promise<number> {
  const [row] = await clickhouse.select<{ readonly older: number; readonly now_s: number }>(
    `SELECT toUInt32(count()) AS older, toUnixTimestamp(now()) AS now_s FROM system.tables
     WHERE database = {database:String} AND name IN ('flow', 'flow_local')`,
    { database },
  );
  return row === undefined || Number(row.older) === 0 ? 0 : completeFrom(Number(row.now_s));
}

/** Empty of a view that is not the same on every server. */
async function viewCommentsOf(
  clickhouse: ClickHouse,
  { database, cluster }: SchemaPlace,
): Promise<ReadonlyMap<string, string>> {
  const everywhere = cluster === undefined ? "system.tables" : `clusterAllReplicas(${quoted(cluster)}, system.tables)`;
  const rows = await clickhouse.select<{ readonly name: string; readonly comments: readonly string[] }>(
    `SELECT name, groupUniqArray(comment) AS comments FROM ${everywhere}
     WHERE database = {database:String} AND name IN {names:Array(String)} GROUP BY name`,
    { database, names: views.map(({ name }) => name) },
  );
  return new Map(rows.map(({ name, comments }) => [name, comments.length === 1 ? (comments[0] ?? "") : ""]));
}

function createTable(table: TableDefinition, place: SchemaPlace, options: SchemaStatementOptions): string {
  const window = keptByKey.has(table.name) ? [] : [deduplication(options.deployment)];
  // Written once, by whoever makes the table: IF NOT EXISTS keeps it.
  const comment = table.name === "edge_day" ? `\nCOMMENT 'complete from ${options.dayRollupFrom}'` : "";
  return `CREATE TABLE IF NOT EXISTS ${place.prefix}${localName(place, table.name)}${place.onCluster} (${table.columns}
)
ENGINE = ${enginesFor(options.deployment)(table.engine)}
PARTITION BY ${table.partitionBy}
ORDER BY (${table.orderBy})
TTL ${ttlOf(table)}
SETTINGS ${[...window, "ttl_only_drop_parts = 1"].join(", ")}${comment}`;
}

function createView(view: ViewDefinition, place: SchemaPlace): string {
  const target = `${place.prefix}${localName(place, view.target)}`;
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${place.prefix}${view.name}${place.onCluster} TO ${target} AS${selectOf(view, place)}
COMMENT '${queryComment(view, place)}'`;
}

/**
 * Gives a view its query, and says in its comment which one it has. Where it has it already it must be left alone: the
 * tokens of what a view inserts change when it is altered, also to the same query, and an insert that is repeated after
 * that is counted twice in its rollup.
 */
function changeView(view: ViewDefinition, place: SchemaPlace): readonly string[] {
  const alter = `ALTER TABLE ${place.prefix}${view.name}${place.onCluster}`;
  return [`${alter} MODIFY QUERY ${selectOf(view, place)}`, `${alter} MODIFY COMMENT '${queryComment(view, place)}'`];
}

/** Which query a view has: the hash of its text. */
function queryComment(view: ViewDefinition, place: SchemaPlace): string {
  return `query ${createHash("sha256").update(selectOf(view, place)).digest("hex").slice(0, 16)}`;
}

function selectOf({ select }: ViewDefinition, place: SchemaPlace): string {
  return select.replace("FROM flow\n", `FROM ${place.prefix}${localName(place, "flow")} AS flow\n`);
}

/** Nothing outlives the longest setting that there is; each organisation's own is kept by applyRetention. */
function ttlOf({ name }: TableDefinition): string {
  return `${aging[name].column} + INTERVAL ${maxRetentionDays} DAY`;
}
