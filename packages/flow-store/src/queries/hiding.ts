import { noCluster } from "../ingest/rows";
import type { TableName } from "../schema/tables";
import { keptHits, keptNames, onlyOwnHits, ownPolicy } from "./hidden-policies";
import type { PlacesSql } from "./places";

/** Stands for a cluster that the asker may not see. */
export const hiddenCluster = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/** The kind of an end that the asker may not see. */
export const hiddenKind = "outside-scope";

/** What the columns of a table's rows show: what is first asked of a row, and what each column says then. */
export interface Mask {
  /** Expressions over the row as it is stored. */
  readonly asked: Readonly<Record<string, string>>;
  /** Expressions over the column itself and what was asked; a column that is not here tells of no place. */
  readonly shown: Readonly<Record<string, { readonly needs: readonly string[]; readonly sql: string }>>;
}

type Columns = Readonly<Record<string, string>>;
type Shown = Mask["shown"];

/** What stands in the columns of an end that is hidden. */
const hiddenEnd: Partial<Readonly<Record<TableName, Columns>>> = {
  flow: {
    cluster_id: `toUUID('${hiddenCluster}')`,
    namespace: "''",
    workload_kind: `'${hiddenKind}'`,
    workload: "''",
    name: "''",
    type: "'unknown'",
    labels: "[]",
    resolution: "'unresolved'",
  },
  edge_minute: {
    cluster_id: `toUUID('${hiddenCluster}')`,
    namespace: "''",
    kind: `'${hiddenKind}'`,
    name: "''",
  },
};
const endColumns = (table: TableName): Columns => hiddenEnd[table === "edge_hour" ? "edge_minute" : table] ?? {};
const sides = ["source", "dest"] as const;

/** Whether a table's rows tell of two ends, of which one reported them. */
export const hasEnds = (table: TableName): boolean => Object.keys(endColumns(table)).length > 0;

/** Where whole clusters are seen: their names of services and policies are, and so are ends of no cluster. */
export function maskByCluster(table: TableName, permitted: string): Mask {
  const asked = sides.map((side) => [
    `${side}_seen`,
    `${side}_cluster_id IN ${permitted} OR ${side}_cluster_id = toUUID('${noCluster}')`,
  ]);
  return { asked: Object.fromEntries(asked) as Columns, shown: shownEnds(table) };
}

/** Where some namespaces are seen. Reads `reporter_set`, `reporter_namespace`, `source_number` and `dest_number`. */
export function maskByPlace(table: TableName, places: PlacesSql): Mask {
  const { holds, numberOf, wholeSet } = places;
  const whole = `reporter_set = ${wholeSet}`;
  const ends = { source_seen: endSeen("source", places), dest_seen: endSeen("dest", places) };
  if (table !== "flow") {
    return {
      asked: {
        ...ends,
        services_seen: `arrayFilter(each -> ${holds("reporter_set", numberOf("substringIndex(each, '/', 1)"))}, services)`,
        policies_seen: `${whole} OR ${onlyOwnHits("mapKeys(deciding)")}`,
      },
      shown: { ...shownEnds(table), ...shownInRollup },
    };
  }
  return {
    asked: {
      ...ends,
      service_seen: holds("reporter_set", numberOf("service_namespace")),
      deciding_seen: `${whole} OR ${ownPolicy("deciding")}`,
      policies_seen: `${whole} OR (${onlyOwnHits("enforced")} AND ${onlyOwnHits("pending")})`,
    },
    shown: { ...shownEnds(table), ...shownInFlow },
  };
}

/** A network set of nobody's cluster is everybody's, but one with a namespace lives in the cluster that reported it. */
function endSeen(side: string, { holds, setOf }: PlacesSql): string {
  const anonymous = `${side}_cluster_id = toUUID('${noCluster}')`;
  const set = `if(${anonymous}, reporter_set, ${setOf(`${side}_cluster_id`)})`;
  return `(${anonymous} AND ${side}_namespace = '') OR ${holds(set, `${side}_number`)}`;
}

function shownEnds(table: TableName): Shown {
  return Object.fromEntries(
    sides.flatMap((side) =>
      Object.entries(endColumns(table)).map(([column, hidden]) => {
        const name = `${side}_${column}`;
        return [name, { needs: [`${side}_seen`], sql: `if(${side}_seen, ${name}, ${hidden})` }];
      }),
    ),
  );
}

function shown(column: string, hidden: string, seen = "policies_seen"): Shown[string] {
  return { needs: [seen, "reporter_namespace"], sql: `if(${seen}, ${column}, ${hidden})` };
}

const shownInFlow: Shown = {
  service_namespace: shown("service_namespace", "''", "service_seen"),
  service_name: shown("service_name", "''", "service_seen"),
  service_port_name: shown("service_port_name", "''", "service_seen"),
  service_port: shown("service_port", "0", "service_seen"),
  deciding_namespace: shown("deciding_namespace", "''", "deciding_seen"),
  deciding_name: shown("deciding_name", "''", "deciding_seen"),
  enforced: shown("enforced", keptHits("enforced")),
  pending: shown("pending", keptHits("pending")),
  policy_names: shown("policy_names", keptNames("enforced", "pending")),
};
const shownInRollup: Shown = {
  services: { needs: ["services_seen"], sql: "services_seen" },
  deciding: shown("deciding", `mapFromArrays(${keptHits("mapKeys(deciding)")}, mapValues(deciding))`),
};
