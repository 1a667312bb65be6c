import type { ClickHouse, Parameter } from "../clickhouse-client";
import type { Scope, TimeRange } from "../domain";
import { noCluster } from "../ingest/rows";
import { columnsOf, type TableName } from "../schema/tables";
import { hasEnds, hiddenCluster, maskByCluster, maskByPlace, type Mask } from "./hiding";
import { compilePlaces, narrowedPlaces, touchedClusters, wholeClusters, type PlacesSql } from "./places";

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
  readonly arrayJoin?: string;
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

/**
 * The one place where a query is made (I7): it is confined to the organisation and to what reporters at permitted
 * places saw, and whatever tells of other places is hidden before any condition can ask about it.
 */
export function scopedQuery(scope: Scope, question: Question): Statement {
  const source = sourceOf(scope, question);
  const clauses = [
    `SELECT ${question.select}`,
    `FROM ${source.sql} AS t`,
    question.arrayJoin && `ARRAY JOIN ${question.arrayJoin}`,
    `WHERE ${question.where.map(({ sql }) => `(${sql})`).join("\n  AND ") || "1"}`,
    question.groupBy && `GROUP BY ${question.groupBy}`,
    question.having && `HAVING ${question.having}`,
    question.orderBy && `ORDER BY ${question.orderBy}`,
    question.limit !== undefined && `LIMIT ${question.limit}`,
  ];
  return {
    sql: clauses.filter(Boolean).join("\n"),
    parameters: Object.assign(
      { ...source.parameters },
      ...question.where.map(({ parameters }) => parameters),
    ) as Statement["parameters"],
  };
}

/** Makes a query and runs it. */
export async function ask<T>(clickhouse: ClickHouse, scope: Scope, question: Question): Promise<readonly T[]> {
  const { sql, parameters } = scopedQuery(scope, question);
  return await clickhouse.select<T>(sql, parameters);
}

/** A table as the asker may see it. */
function sourceOf({ organisationId, places }: Scope, question: Question): Statement {
  const { table } = question;
  const parameters = { organisation: organisationId };
  const rows = `FROM ${table} WHERE organisation_id = {organisation:UUID}`;
  if (places === "all") return { sql: `(SELECT * ${rows})`, parameters };
  if (hasEnds(table) && narrowedPlaces(places).size > 0) {
    const compiled = compilePlaces(places);
    return { sql: seenByPlace(question, rows, compiled), parameters: { ...parameters, ...compiled.parameters } };
  }
  // What is counted per cluster tells of all its namespaces; what is said of a cluster itself, as its gaps, of none.
  const permitted = table.startsWith("evidence_") ? touchedClusters(places) : wholeClusters(places);
  const list = "{permitted:Array(UUID)}";
  const mask = maskByCluster(table, list);
  const sql = masked(
    question,
    mask,
    (asked) => `SELECT ${["*", ...asked].join(", ")} ${rows} AND cluster_id IN ${list}`,
  );
  return { sql, parameters: { ...parameters, permitted } };
}

function seenByPlace(question: Question, rows: string, places: PlacesSql): string {
  const reporter = [
    `${places.setOf("cluster_id")} AS reporter_set`,
    "if(reporter = 'source', source_namespace, dest_namespace) AS reporter_namespace",
    `${places.numberOf("source_namespace")} AS source_number`,
    `${places.numberOf("dest_namespace")} AS dest_number`,
  ];
  const seen = places.holds("reporter_set", "if(reporter = 'source', source_number, dest_number)");
  return masked(question, maskByPlace(question.table, places), (asked) => {
    return `WITH ${places.with} SELECT ${["*", ...reporter, ...asked].join(", ")} ${rows} AND ${seen}`;
  });
}

/**
 * Gives a question the columns that it names and no others. What may be seen is asked inside and columns are replaced
 * outside, so that no replaced column can be taken for what it was.
 */
function masked(question: Question, { asked, shown }: Mask, inside: (asked: readonly string[]) => string): string {
  const named = columnsNamedIn(question);
  const needs = new Set(named.flatMap((column) => shown[column]?.needs ?? []));
  const columns = named.map((column) => (shown[column] ? `${shown[column].sql} AS ${column}` : column));
  const answers = Object.entries(asked).flatMap(([name, sql]) => (needs.has(name) ? [`(${sql}) AS ${name}`] : []));
  return `(SELECT ${columns.join(", ")} FROM (${inside(answers)}))`;
}

function columnsNamedIn({ table, select, where, arrayJoin, groupBy, having, orderBy }: Question): readonly string[] {
  const text = [select, ...where.map(({ sql }) => sql), arrayJoin, groupBy, having, orderBy].join(" ");
  const words = new Set(text.match(/\w+/g));
  return columnsOf(table).filter((column) => words.has(column));
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
