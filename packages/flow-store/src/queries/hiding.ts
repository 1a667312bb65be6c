import { invariant } from "@isthmus/std";
import type { Places } from "../domain";
import { noCluster } from "../ingest/rows";
import { columnsOf, type TableName } from "../schema/tables";
import { isTold, ownPolicy, toldHit } from "../schema/told-names";
import type { LimitedPlaces, PlacesSql } from "./places";

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

/** What sums over columns that tell are called where rows are asked for; hideInRow knows them by these names. */
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
  const definitions: Readonly<Record<string, string>> = {
    source_seen: places.placeSeen(endPlace("source")),
    dest_seen: places.placeSeen(endPlace("dest")),
    service_seen: places.placeSeen({
      place: "service_place",
      cluster: "cluster_id",
      namespace: "service_namespace",
    }),
    deciding_seen: `${places.wholeSeen} OR ${ownPolicy("deciding", "if(reporter = 'source', source_namespace, dest_namespace)")}`,
  };
  return {
    // Placeholders are values, whatever they are called.
    sql: (text) => text.replace(/\{\w+:[^}]*\}|\w+/g, (word) => (telling.has(word) ? shown(word) : word)),
    with: () => Object.entries(definitions).flatMap(([name, sql]) => (needed.has(name) ? [`(${sql}) AS ${name}`] : [])),
  };
}

const endPlace = (side: (typeof sides)[number]) => ({
  place: `${side}_place`,
  cluster: `if(${side}_cluster_id = toUUID('${noCluster}'), cluster_id, ${side}_cluster_id)`,
  namespace: `${side}_namespace`,
});

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

/** Hides in a row what may not be seen of it; it has to have the columns that say so. */
export function hideInRow<T>(places: LimitedPlaces, row: T & Row): T {
  const permits = permitting(places);
  const clusterId = textIn(row, "cluster_id");
  const shown: Record<string, unknown> = { ...row };
  const hide = (hidden: Row) => {
    for (const column in hidden) if (column in row) shown[column] = hidden[column];
  };
  for (const side of sides) {
    if (clusterColumns[side] in row && !endSeen(row, side, permits)) hide(ends[side]);
  }
  if ("service_namespace" in row && !permits(clusterId, textIn(row, "service_namespace"))) hide(hiddenService);
  if ("service_list" in row) {
    const services = row["service_list"] as readonly string[];
    hide({ service_list: services.filter((each) => permits(clusterId, each.split("/", 1)[0] ?? "")) });
  }
  if (places.get(clusterId) !== "all") hide(toldPolicies(row));
  return shown as T;
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

function toldPolicies(row: Row): Row {
  const told: Record<string, unknown> = {};
  const reporting = () => reportingNamespace(row);
  for (const trace of ["enforced", "pending"]) {
    if (trace in row) told[trace] = (row[trace] as readonly string[]).map((hit) => toldHit(hit, reporting()));
  }
  if ("hit" in row) told["hit"] = toldHit(textIn(row, "hit"), reporting());
  if ("deciding_name" in row) {
    const [kind, namespace, name] = ["kind", "namespace", "name"].map((part) => textIn(row, `deciding_${part}`));
    const policy = { kind, namespace: namespace ?? "", name: name ?? "" };
    if (!isTold(policy, reporting())) Object.assign(told, { deciding_namespace: "", deciding_name: "" });
  }
  if ("deciding_map" in row) {
    const counts: Record<string, number> = {};
    for (const [hit, flows] of Object.entries(row["deciding_map"] as Readonly<Record<string, number | string>>)) {
      const name = toldHit(hit, reporting());
      counts[name] = (counts[name] ?? 0) + Number(flows);
    }
    told["deciding_map"] = counts;
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
