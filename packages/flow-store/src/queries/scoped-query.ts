import { invariant } from "@isthmus/std";
import type { ClickHouse, Parameter } from "../clickhouse-client";
import type { PolicyOfHits, Scope, TimeRange } from "../domain";
import { noCluster } from "../ingest/rows";
import type { TableName } from "../schema/tables";
import { hiddenCluster, hidingIn, requireHideable, showInSql, tellingColumns, tellingSums } from "./hiding";
import { compilePlaces, touchedClusters } from "./places";

/** A condition with the values of its placeholders. */
export interface Condition {
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
}

/**
 * A question to one table; its organisation and scope are added by scopedQuery. What its conditions and sums read is
 * hidden where it is asked; what stands in its columns is hidden once the rows are here, before anybody has them.
 */
export interface Question {
  readonly table: TableName;
  /** Columns as they are stored, names of tellingSums, or `hits`: one row a hit, of `is_pending` and `hit`. */
  readonly columns?: readonly string[];
  /** Sums and other expressions, separated by commas. */
  readonly select?: string;
  readonly where: readonly Condition[];
  readonly groupBy?: string;
  readonly having?: string;
  /** Values of placeholders that stand outside of conditions. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly orderBy?: string;
  readonly limit?: number;
  /**
   * Clusters, where the question is known to be about rows that these alone reported: then only their places are asked
   * about. Conditions and sums take ends elsewhere for hidden.
   */
  readonly within?: readonly string[];
  /** Only hits of one policy, where the columns have them. Those that do not tell their policy are none of it. */
  readonly hitsOf?: PolicyOfHits;
}

/** A statement ready to run. */
export interface Statement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/**
 * The one place where a query is made (I7): it is confined to the organisation and to what reporters at permitted
 * places saw, and no condition or sum can ask about what tells of other places.
 */
export function scopedQuery(scope: Scope, question: Question): Statement {
  const { columns = [], select } = question;
  const source = sourceOf(partOf(scope, question), question);
  const ofPolicy = question.hitsOf && hitsOfPolicy(question.hitsOf);
  const conditions = question.where.map(({ sql }) => source.shown(sql));
  if (ofPolicy) conditions.push(ofPolicy.sql);
  // Rows have dozens of columns: they are read only where something of a granule is seen and asked for.
  const isOfRows = columns.length > 0 && question.groupBy === undefined;
  const all = (texts: readonly string[]) => texts.map((sql) => `(${sql})`).join("\n  AND ");
  const clauses = [
    `SELECT ${[...columns.map(columnSql), ...(select === undefined ? [] : [source.shown(select)])].join(", ")}`,
    `FROM ${question.table}`,
    columns.includes("hits") && `ARRAY JOIN ${hitsOfFlows}`,
    // First, so that what a question asks is asked of the rows that are seen, however the engine would order it.
    `PREWHERE ${all(isOfRows ? [...source.conditions, ...conditions] : source.conditions)}`,
    !isOfRows && conditions.length > 0 && `WHERE ${all(conditions)}`,
    question.groupBy && `GROUP BY ${question.groupBy}`,
    question.having && `HAVING ${source.shown(question.having)}`,
    question.orderBy && `ORDER BY ${source.shown(question.orderBy)}`,
    question.limit !== undefined && `LIMIT ${question.limit}`,
  ];
  const definitions = source.with();
  return {
    sql: [definitions.length > 0 && `WITH ${definitions.join(", ")}`, ...clauses].filter(Boolean).join("\n"),
    parameters: Object.assign(
      { organisation: scope.organisationId, ...source.parameters },
      ...question.where.map(({ parameters }) => parameters),
      ofPolicy?.parameters,
      question.parameters,
    ) as Statement["parameters"],
  };
}

/** Hits that begin with a policy or were triggered by it, as texts of encodeHit; whoever reads them looks at which. */
function hitsOfPolicy({ kind, tier, namespace, names }: PolicyOfHits): Condition {
  const parameters: Record<string, string> = {};
  const met = names.flatMap((name, index) => {
    const text = [kind, tier, namespace, name].join("\t");
    parameters[`hitStart${index}`] = `${text}\t`;
    parameters[`hitEnd${index}`] = `\t${text}`;
    return [`startsWith(hit, {hitStart${index}:String})`, `endsWith(hit, {hitEnd${index}:String})`];
  });
  return { sql: met.join(" OR ") || "0", parameters };
}

/** The part of a scope that a question can be about. */
function partOf(scope: Scope, { within: clusterIds, hitsOf }: Question): Scope {
  const { places } = scope;
  if (places === "all") return scope;
  const kept = clusterIds && new Set(clusterIds);
  const part = new Map<string, "all" | ReadonlySet<string>>();
  for (const [id, names] of places) {
    if (kept !== undefined && !kept.has(id)) continue;
    // INVARIANT: where some namespaces are permitted, a policy of a namespace is told of hits in that namespace alone.
    if (names === "all" || !hitsOf?.namespace) part.set(id, names);
    else if (names.has(hitsOf.namespace)) part.set(id, new Set([hitsOf.namespace]));
  }
  return { ...scope, places: part };
}

/**
 * What a question may take of ClickHouse: time in seconds, memory in bytes, and what it reads. A question that takes
 * more ends with the code "too-much", and is to be asked of a shorter range.
 */
export const questionLimits: Readonly<Record<string, string>> = {
  max_execution_time: "30",
  max_memory_usage: "700000000",
  max_rows_to_read: "2000000000",
  max_bytes_to_read: "100000000000",
  max_result_rows: "2100000",
};

/** Makes a query, runs it, and hides in its rows what may not be seen. */
export async function ask<T>(clickhouse: ClickHouse, scope: Scope, question: Question): Promise<readonly T[]> {
  const { sql, parameters } = scopedQuery(scope, question);
  const rows = await clickhouse.select<T & Readonly<Record<string, unknown>>>(sql, parameters, {
    signal: scope.signal,
    settings: questionLimits,
  });
  const { places } = scope;
  if (places === "all" || !question.columns || tellingColumns(question.table).size === 0) return rows;
  const hide = hidingIn(places);
  return rows.map((row) => hide<T>(row));
}

const hitsOfFlows = `arrayConcat(arrayMap(each -> (false, toString(each)), enforced),
  arrayMap(each -> (true, toString(each)), pending)) AS entry`;

function columnSql(column: string): string {
  if (column === "hits") return "entry.1 AS is_pending, entry.2 AS hit";
  const sum = tellingSums[column];
  invariant(sum !== undefined || /^\w+$/.test(column), "a column is the name of one");
  return sum === undefined ? column : `${sum} AS ${column}`;
}

interface Source {
  readonly conditions: readonly string[];
  readonly shown: (text: string) => string;
  readonly with: () => readonly string[];
  readonly parameters: Statement["parameters"];
}

/** A table's rows as the asker may see them. */
function sourceOf({ places }: Scope, { table, columns = [] }: Question): Source {
  const conditions = ["organisation_id = {organisation:UUID}"];
  const plain = { shown: (text: string) => text, with: () => [] };
  if (places === "all") return { ...plain, conditions, parameters: {} };
  // What is said of a cluster itself, as its gaps, tells of none of its namespaces.
  if (table.startsWith("evidence_")) {
    const permitted = touchedClusters(places);
    return {
      ...plain,
      conditions: [...conditions, "cluster_id IN {permitted:Array(UUID)}"],
      parameters: { permitted },
    };
  }
  requireHideable(table, columns, places);
  const compiled = compilePlaces(places);
  const shown = showInSql(table, compiled);
  return {
    conditions: [...conditions, compiled.reporterSeen],
    shown: shown.sql,
    with: () => [...compiled.with, ...shown.with()],
    parameters: compiled.parameters,
  };
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
