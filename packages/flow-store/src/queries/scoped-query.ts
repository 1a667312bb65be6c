import type { ClickHouse, Parameter } from "../clickhouse-client";
import type { Scope, TimeRange } from "../domain";
import { noCluster } from "../ingest/rows";
import type { TableName } from "../schema/tables";

/** A condition with the values of its placeholders. */
export interface Condition {
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
}

/** A question to one table; its organisation and scope are added by scopedQuery. */
export interface Question {
  readonly table: TableName;
  readonly select: string;
  readonly where: readonly Condition[];
  readonly groupBy?: string;
  readonly having?: string;
  readonly orderBy?: string;
  readonly limit?: number;
}

/** A statement ready to run. */
export interface Statement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** Stands for a cluster that the asker may not see. */
export const hiddenCluster = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/** The kind of an end that the asker may not see. */
export const hiddenKind = "outside-scope";

/**
 * The one place where a query is made (I7): it is confined to the organisation and to what reporters in permitted
 * clusters saw, and ends in other clusters are hidden before any condition can ask about them.
 */
export function scopedQuery(scope: Scope, question: Question): Statement {
  const all = scope.places === "all";
  const conditions: readonly Condition[] = [
    { sql: "organisation_id = {organisation:UUID}", parameters: { organisation: scope.organisationId } },
    ...(scope.places === "all"
      ? []
      : [{ sql: "has({permitted:Array(UUID)}, cluster_id)", parameters: { permitted: wholeClusters(scope.places) } }]),
    ...question.where,
  ];
  const source = all ? question.table : `(SELECT * REPLACE (${hiding(question.table)}) FROM ${question.table})`;
  const clauses = [
    `SELECT ${question.select}`,
    `FROM ${all || hiding(question.table) === "" ? question.table : source} AS t`,
    `WHERE ${conditions.map(({ sql }) => `(${sql})`).join("\n  AND ")}`,
    question.groupBy && `GROUP BY ${question.groupBy}`,
    question.having && `HAVING ${question.having}`,
    question.orderBy && `ORDER BY ${question.orderBy}`,
    question.limit !== undefined && `LIMIT ${question.limit}`,
  ];
  return {
    sql: clauses.filter(Boolean).join("\n"),
    parameters: Object.assign({}, ...conditions.map(({ parameters }) => parameters)) as Statement["parameters"],
  };
}

// A cluster of which only some namespaces may be seen counts as not permitted until rows are told apart by namespace.
function wholeClusters(places: ReadonlyMap<string, "all" | ReadonlySet<string>>): readonly string[] {
  return [...places].flatMap(([clusterId, namespaces]) => (namespaces === "all" ? [clusterId] : []));
}

/** Makes a query and runs it. */
export async function ask<T>(clickhouse: ClickHouse, scope: Scope, question: Question): Promise<readonly T[]> {
  const { sql, parameters } = scopedQuery(scope, question);
  return await clickhouse.select<T>(sql, parameters);
}

const masks: Partial<Readonly<Record<TableName, Readonly<Record<string, string>>>>> = {
  flow: {
    namespace: "''",
    workload_kind: `'${hiddenKind}'`,
    workload: "''",
    name: "''",
    type: "'unknown'",
    labels: "[]",
    resolution: "'unresolved'",
  },
  edge_minute: { namespace: "''", kind: `'${hiddenKind}'`, name: "''" },
  edge_hour: { namespace: "''", kind: `'${hiddenKind}'`, name: "''" },
};

function hiding(table: TableName): string {
  const mask = masks[table];
  if (!mask) return "";
  return ["source", "dest"]
    .flatMap((side) => {
      const visible = `(has({permitted:Array(UUID)}, ${side}_cluster_id) OR ${side}_cluster_id = toUUID('${noCluster}'))`;
      const columns = { ...mask, cluster_id: `toUUID('${hiddenCluster}')` };
      return Object.entries(columns).map(
        ([column, hidden]) => `if(${visible}, ${side}_${column}, ${hidden}) AS ${side}_${column}`,
      );
    })
    .join(", ");
}

/** Buckets that begin in a range. */
export function within(column: "bucket" | "step", range: TimeRange, stepSeconds = 1): Condition {
  const from = Math.floor(range.fromMs / 1_000 / stepSeconds) * stepSeconds;
  const to = Math.ceil(range.toMs / 1_000);
  return {
    sql: `${column} >= toDateTime({from:UInt32}, 'UTC') AND ${column} < toDateTime({to:UInt32}, 'UTC')`,
    parameters: { from: clamp(from), to: clamp(to) },
  };
}

function clamp(seconds: number): number {
  return Math.min(Math.max(0, Math.trunc(seconds)), 4_294_967_295);
}

/** The cluster id of a column, null where it stands for none or for a hidden one. */
export function clusterIdOf(column: string): string | null {
  return column === noCluster || column === hiddenCluster ? null : column;
}
