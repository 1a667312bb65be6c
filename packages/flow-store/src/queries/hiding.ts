import { invariant } from "@isthmus/std";
import type { Places } from "../domain";
import { noCluster } from "../ingest/rows";
import { columnsOf, type TableName } from "../schema/tables";
import { isTold, ownPolicy, toldHit } from "../schema/told-names";
import { narrowedPlaces, type LimitedPlaces, type PlacesSql } from "./places";

/** Stands for a cluster that the asker may not see. */
export const hiddenCluster = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/** The kind of an end that the asker may not see. */
export const hiddenKind = "outside-scope";

type Row = Readonly<Record<string, unknown>>;

/** What stands in the columns of an end that is hidden, in any table. */
const hiddenEnd: Row = {
  cluster_id: hiddenCluster,
  namespace: "",
  workload_kind: hiddenKind,
  kind: hiddenKind,
  workload: "",
  name: "",
  type: "unknown",
  labels: [],
  address: "",
  resolution: "unresolved",
  text: "  ",
};
const hiddenService: Row = {
  service_namespace: "",
  service_name: "",
  service_port_name: "",
  service_port: 0,
  service_text: " ",
};
const sides = ["source", "dest"] as const;
const end = (side: (typeof sides)[number]): Row =>
  Object.fromEntries(Object.entries(hiddenEnd).map(([column, hidden]) => [`${side}_${column}`, hidden]));
// Made once: rows are many.
const clusterColumns = { source: "source_cluster_id", dest: "dest_cluster_id" };
const namespaceColumns = { source: "source_namespace", dest: "dest_namespace" };
const ends = { source: end("source"), dest: end("dest") };

const parts = { ...ends, service: hiddenService } as const;
/** What is hidden as a whole: an end, or the service. */
export type HiddenPart = keyof typeof parts;
/** Names of policies, of which those that may be told everywhere are in a column of their own. */
const toldColumns: Readonly<Record<string, string>> = {
  policy_names: "told_policy_names",
  policy_text: "told_policy_text",
};

/**
 * A condition over the columns of one part that is false of a hidden one, whatever these hold. Written like this, it is
 * hidden by one condition beside it and reads columns as they are stored, by their dictionaries; others are hidden all
 * the same, in an expression each, which has to be worked out for every row.
 */
export const ifSeen = (part: HiddenPart, condition: string): string => `/*${part}*/(${condition})/*seen*/`;

/** A condition over names of policies, written like this so that each of the two columns is asked as it is stored. */
export const ifTold = (condition: string): string => `/*policies*/(${condition})/*seen*/`;
const wordOrCondition = /\/\*(source|dest|service|policies)\*\/([\s\S]*?)\/\*seen\*\/|\{\w+:[^}]*\}|\w+/g;

/** What sums over columns that tell are called where rows are asked for; hidingIn knows them by these names. */
export const tellingSums: Readonly<Record<string, string>> = {
  service_list: "groupUniqArrayArray(services)",
  deciding_map: "sumMap(deciding)",
};

/** The columns of a table that may tell of another place than the one that reported the row. */
export function tellingColumns(table: TableName): ReadonlySet<string> {
  const names = [...Object.keys(ends.source), ...Object.keys(ends.dest), ...Object.keys(hiddenService)];
  const policies = ["deciding_namespace", "deciding_name", "enforced", "pending", "deciding", "hit"];
  const derived = ["source_place", "dest_place", "service_place", ...Object.entries(toldColumns).flat()];
  const telling = new Set([...names, ...policies, ...derived, "services"]);
  return new Set(columnsOf(table).filter((column) => telling.has(column)));
}

/** A text of SQL in which columns say only what may be seen, with the definitions that it needs. */
export interface ShownSql {
  readonly sql: (text: string) => string;
  /** To be asked for after the texts were made. */
  readonly with: () => readonly string[];
}

/**
 * Replaces columns that tell by what may be seen of them. It is the stored column that stands in each expression, and
 * no alias is a column's name, so that none is ever taken for the other.
 */
export function showInSql(table: TableName, places: PlacesSql): ShownSql {
  const telling = tellingColumns(table);
  const needed = new Set<string>();
  const shown = (column: string) => {
    const { needs, sql } = shownColumn(column, places);
    needed.add(needs);
    return sql;
  };
  // Placeholders are values, whatever they are called.
  const shownIn = (sql: string, standsFor: (column: string) => string | undefined): string =>
    sql.replace(wordOrCondition, (word: string, part: HiddenPart | "policies" | undefined, condition: string) => {
      if (part === "policies") return anyTold(condition);
      if (part === undefined) return standsFor(word) ?? (telling.has(word) ? shown(word) : word);
      needed.add(`${part}_seen`);
      return `if(${part}_seen, ${shownIn(condition, (column) => (column in parts[part] ? column : undefined))}, 0)`;
    });
  const anyTold = (condition: string): string => {
    const { wholeSeen } = places;
    const ofTold = shownIn(condition, (column) => toldColumns[column]);
    const ofAll = shownIn(condition, (column) => (column in toldColumns ? column : undefined));
    if (wholeSeen === "0") return ofTold;
    return wholeSeen === "1" ? ofAll : `if(${wholeSeen}, ${ofAll}, ${ofTold})`;
  };
  const definitions: Readonly<Record<string, string>> = {
    source_seen: places.placeSeen("source_place"),
    dest_seen: places.placeSeen("dest_place"),
    service_seen: places.placeSeen("service_place"),
    deciding_seen: `${places.wholeSeen} OR ${ownPolicy("deciding", "if(reporter = 'source', source_namespace, dest_namespace)")}`,
  };
  return {
    sql: (sql) => shownIn(sql, () => undefined),
    with: () => Object.entries(definitions).flatMap(([name, sql]) => (needed.has(name) ? [`(${sql}) AS ${name}`] : [])),
  };
}

function shownColumn(column: string, { wholeSeen }: PlacesSql): { readonly needs: string; readonly sql: string } {
  const side = sides.find((each) => column in ends[each]);
  if (side) return shownIf(`${side}_seen`, column, ends[side][column]);
  if (column in hiddenService) return shownIf("service_seen", column, hiddenService[column]);
  if (column === "deciding_namespace" || column === "deciding_name") return shownIf("deciding_seen", column, "");
  const told = toldColumns[column];
  invariant(told !== undefined, `a condition or a sum over ${column} would tell of other places`);
  return { needs: "", sql: wholeSeen === "0" ? told : `if(${wholeSeen}, ${column}, ${told})` };
}

function shownIf(needs: string, column: string, hidden: unknown) {
  const literal = column.endsWith("_cluster_id") ? `toUUID('${hiddenCluster}')` : JSON.stringify(hidden);
  return { needs, sql: `if(${needs}, ${column}, ${literal.replaceAll('"', "'")})` };
}

const ofPolicies: ReadonlySet<string> = new Set([
  "enforced",
  "pending",
  "hit",
  "hits",
  "deciding_kind",
  "deciding_namespace",
  "deciding_name",
  "deciding_map",
]);
const policyParts = ["deciding_kind", "deciding_namespace", "deciding_name"];
const reportingColumns = ["reporter", ...Object.values(namespaceColumns)];

/** The columns by which a row's column is hidden; undefined where it is hidden in no row. */
function decidingColumns(column: string, columns: ReadonlySet<string>): readonly string[] | undefined {
  const side = sides.find((each) => column in ends[each]);
  if (side) return ["cluster_id", clusterColumns[side], namespaceColumns[side]];
  if (column in hiddenService) return ["cluster_id", "service_namespace"];
  if (column === "service_list") return ["cluster_id"];
  if (!ofPolicies.has(column)) return undefined;
  const parts = policyParts.includes(column) ? policyParts : [];
  return ["cluster_id", ...parts, ...(columns.has("reporter_place") ? [] : reportingColumns)];
}

/**
 * Asserts that rows of these columns can be hidden by hidingIn: that what tells comes with the columns that decide
 * whether it is seen. What is hidden in no row, as `policy_names`, can be told in none.
 */
export function requireHideable(table: TableName, asked: readonly string[], places: LimitedPlaces): void {
  const columns = new Set(asked);
  const telling = tellingColumns(table);
  const anyNarrowed = narrowedPlaces(places).size > 0;
  for (const column of columns) {
    if (!telling.has(column) && !(column in tellingSums) && column !== "hits") continue;
    // Policies are hidden only where some namespaces of a cluster are permitted.
    if (!anyNarrowed && ofPolicies.has(column)) continue;
    const deciding = decidingColumns(column, columns);
    invariant(deciding !== undefined, `rows with ${column} would tell of other places`);
    const missing = deciding.filter((each) => !columns.has(each));
    invariant(missing.length === 0, `rows with ${column} need ${missing.join(", ")}, which say whether it is seen`);
  }
}

/**
 * Hides in rows what may not be seen of them; they have to have the columns that say so. A row of which nothing is
 * hidden is given as it is.
 */
export function hidingIn(places: LimitedPlaces): <T>(row: T & Row) => T {
  const permits = permitting(places);
  const told = remembered(toldHit);
  return (row) => {
    if ("hit" in row && "reporter_place" in row) return hitToldIn(row, { places, told });
    const hidden = hiddenIn(row, permits);
    if (places.get(textIn(row, "cluster_id")) !== "all") Object.assign(hidden, toldPolicies(row, told));
    const columns = Object.entries(hidden).filter(([column]) => column in row);
    return columns.length === 0 ? row : { ...row, ...Object.fromEntries(columns) };
  };
}

/** Counts of hits tell of policies alone, and are many. */
function hitToldIn<T>(row: T & Row, { places, told }: { readonly places: LimitedPlaces; readonly told: ToldHit }): T {
  if (places.get(textIn(row, "cluster_id")) === "all") return row;
  const hit = told(textIn(row, "hit"), reportingNamespace(row));
  return hit === row["hit"] ? row : { ...row, hit };
}

function hiddenIn(row: Row, permits: Permits): Record<string, unknown> {
  const clusterId = textIn(row, "cluster_id");
  const hidden: Record<string, unknown> = {};
  for (const side of sides) {
    if (clusterColumns[side] in row && !endSeen(row, side, permits)) Object.assign(hidden, ends[side]);
  }
  if ("service_namespace" in row && !permits(clusterId, textIn(row, "service_namespace"))) {
    Object.assign(hidden, hiddenService);
  }
  if ("service_list" in row) {
    const services = row["service_list"] as readonly string[];
    const seen = services.filter((each) => permits(clusterId, each.split("/", 1)[0] ?? ""));
    if (seen.length < services.length) hidden["service_list"] = seen;
  }
  return hidden;
}

type Permits = (clusterId: string, namespace: string) => boolean;

function permitting(places: Exclude<Places, "all">): Permits {
  return (clusterId, namespace) => {
    const namespaces = places.get(clusterId);
    return namespaces === "all" || (namespaces?.has(namespace) ?? false);
  };
}

/** A network set of nobody's cluster is everybody's, but one with a namespace lives in the cluster that reported it. */
function endSeen(row: Row, side: (typeof sides)[number], permits: Permits): boolean {
  const clusterId = textIn(row, clusterColumns[side]);
  const namespace = textIn(row, namespaceColumns[side]);
  if (clusterId !== noCluster) return permits(clusterId, namespace);
  return namespace === "" || permits(textIn(row, "cluster_id"), namespace);
}

type ToldHit = typeof toldHit;

/** Rows have the same few hits again and again. */
function remembered(tell: ToldHit): ToldHit {
  const byReporting = new Map<string, Map<string, string>>();
  return (hit, reporting) => {
    let known = byReporting.get(reporting);
    if (!known) byReporting.set(reporting, (known = new Map()));
    let told = known.get(hit);
    if (told === undefined) known.set(hit, (told = tell(hit, reporting)));
    return told;
  };
}

function toldPolicies(row: Row, tell: ToldHit): Row {
  const told: Record<string, unknown> = {};
  const reporting = () => reportingNamespace(row);
  for (const trace of ["enforced", "pending"]) {
    if (trace in row) told[trace] = (row[trace] as readonly string[]).map((hit) => tell(hit, reporting()));
  }
  if ("hit" in row) told["hit"] = tell(textIn(row, "hit"), reporting());
  if ("deciding_name" in row) {
    const [kind, namespace, name] = ["kind", "namespace", "name"].map((part) => textIn(row, `deciding_${part}`));
    const policy = { kind, namespace: namespace ?? "", name: name ?? "" };
    if (!isTold(policy, reporting())) Object.assign(told, { deciding_namespace: "", deciding_name: "" });
  }
  if ("deciding_map" in row) {
    const map = row["deciding_map"] as Readonly<Record<string, number | string>>;
    const namespace = reporting();
    const counts: Record<string, number> = {};
    let same = true;
    for (const hit in map) {
      const name = tell(hit, namespace);
      same &&= name === hit;
      counts[name] = (counts[name] ?? 0) + Number(map[hit]);
    }
    if (!same) told["deciding_map"] = counts;
  }
  return told;
}

function reportingNamespace(row: Row): string {
  if ("reporter_place" in row) return textIn(row, "reporter_place").slice(textIn(row, "cluster_id").length + 1);
  return textIn(row, textIn(row, "reporter") === "source" ? "source_namespace" : "dest_namespace");
}

function textIn(row: Row, column: string): string {
  const value = row[column];
  invariant(typeof value === "string", `a row without ${column} cannot be shown in part`);
  return value;
}
