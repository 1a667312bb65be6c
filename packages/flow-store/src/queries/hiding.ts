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
  address: "",
  type: "unknown",
  labels: [],
  resolution: "unresolved",
};
const hiddenService: Row = { service_namespace: "", service_name: "", service_port_name: "", service_port: 0 };
const sides = ["source", "dest"] as const;
const end = (side: (typeof sides)[number]): Row =>
  Object.fromEntries(Object.entries(hiddenEnd).map(([column, hidden]) => [`${side}_${column}`, hidden]));
// Made once: rows are many.
const clusterColumns = { source: "source_cluster_id", dest: "dest_cluster_id" };
const namespaceColumns = { source: "source_namespace", dest: "dest_namespace" };
const ends = { source: end("source"), dest: end("dest") };

const textColumns = {
  source: ["source_namespace", "source_workload", "source_name"],
  dest: ["dest_namespace", "dest_workload", "dest_name"],
  service: ["service_namespace", "service_name"],
} as const;
type Text = keyof typeof textColumns;
const texts = Object.keys(textColumns) as Text[];
const between = ", ' ', ";
/**
 * What a search reads of both ends and of the service, as arguments of concat with spaces between. Written like this, a
 * row of which all is seen is searched as it is stored, and of others each end is hidden by one condition; the columns
 * alone would be hidden all the same, by one each.
 */
export const searchedTexts: string = texts.flatMap((text) => textColumns[text]).join(between);

/** What sums over columns that tell are called where rows are asked for; hidingIn knows them by these names. */
export const tellingSums: Readonly<Record<string, string>> = {
  service_list: "groupUniqArrayArray(services)",
  deciding_map: "sumMap(deciding)",
};

/** The columns of a table that may tell of another place than the one that reported the row. */
export function tellingColumns(table: TableName): ReadonlySet<string> {
  const names = [...Object.keys(ends.source), ...Object.keys(ends.dest), ...Object.keys(hiddenService)];
  const policies = ["deciding_namespace", "deciding_name", "enforced", "pending", "policy_names", "deciding", "hit"];
  const derived = ["source_place", "dest_place", "service_place", "told_policy_names"];
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
  const shownText = (text: Text) => {
    const seen = `${text}_seen`;
    needed.add(seen);
    return `if(${seen}, concat(${textColumns[text].join(between)}), '${hiddenText(text)}')`;
  };
  /** The columns of a text in words of which some stand for texts already. */
  const shownColumns = (sql: string, textsInWords: string) =>
    sql
      .replaceAll(searchedTexts, textsWord)
      // Placeholders are values, whatever they are called.
      .replace(/\{\w+:[^}]*\}|\w+/g, (word) =>
        word === textsWord ? textsInWords : telling.has(word) ? shown(word) : word,
      );
  const searching = (sql: string) => {
    const hidden = shownColumns(sql, texts.map(shownText).join(between));
    const all = texts.map((text) => `${text}_seen`).join(" AND ");
    return `if(${all}, ${shownColumns(sql, searchedTexts)}, ${hidden})`;
  };
  const definitions: Readonly<Record<string, string>> = {
    source_seen: places.placeSeen("source_place"),
    dest_seen: places.placeSeen("dest_place"),
    service_seen: places.placeSeen("service_place"),
    deciding_seen: `${places.wholeSeen} OR ${ownPolicy("deciding", "if(reporter = 'source', source_namespace, dest_namespace)")}`,
  };
  return {
    sql: (sql) => (sql.includes(searchedTexts) ? searching(sql) : shownColumns(sql, "")),
    with: () => Object.entries(definitions).flatMap(([name, sql]) => (needed.has(name) ? [`(${sql}) AS ${name}`] : [])),
  };
}

const textsWord = "searched_texts";
const hiddenText = (text: Text) => {
  const hidden = text === "service" ? hiddenService : ends[text];
  return textColumns[text].map((column) => hidden[column]).join(" ");
};

function shownColumn(column: string, { wholeSeen }: PlacesSql): { readonly needs: string; readonly sql: string } {
  const side = sides.find((each) => column in ends[each]);
  if (side) return shownIf(`${side}_seen`, column, ends[side][column]);
  if (column in hiddenService) return shownIf("service_seen", column, hiddenService[column]);
  if (column === "deciding_namespace" || column === "deciding_name") return shownIf("deciding_seen", column, "");
  invariant(column === "policy_names", `a condition or a sum over ${column} would tell of other places`);
  const sql = wholeSeen === "0" ? "told_policy_names" : `if(${wholeSeen}, policy_names, told_policy_names)`;
  return { needs: "", sql };
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
