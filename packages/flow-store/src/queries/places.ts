import type { Places } from "../domain";

/** Places that have a limit. */
export type LimitedPlaces = Exclude<Places, "all">;

/** A place as one text, as it is stored beside flows: a namespace of a cluster, "" for what is the cluster's own. */
export const placeText = (clusterId: string, namespace: string): string => `${clusterId}/${namespace}`;

/** Places as SQL. Columns of places are of low cardinality: they are looked up once for each distinct place. */
export interface PlacesSql {
  /** Defines the names that the other parts use; once a query, since ClickHouse would read long values each time. */
  readonly with: readonly string[];
  /** Whether a row is seen: by the cluster and the place that reported it. */
  readonly reporterSeen: string;
  /** Whether the cluster that reported a row is wholly permitted. */
  readonly wholeSeen: string;
  /** Whether the place in a column is permitted; "" is the place of what is everybody's. */
  readonly placeSeen: (column: string) => string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The clusters that are wholly permitted. */
export function wholeClusters(places: LimitedPlaces): readonly string[] {
  return [...places].flatMap(([clusterId, namespaces]) => (namespaces === "all" ? [clusterId] : []));
}

/** The clusters of which something is permitted. */
export function touchedClusters(places: LimitedPlaces): readonly string[] {
  return [...places].flatMap(([clusterId, namespaces]) =>
    namespaces === "all" || namespaces.size > 0 ? [clusterId] : [],
  );
}

/** Those of the places where only some namespaces of a cluster are permitted. */
export function narrowedPlaces(places: LimitedPlaces): LimitedPlaces {
  return new Map([...places].filter(([, namespaces]) => namespaces !== "all" && namespaces.size > 0));
}

/** Compiles places. */
export function compilePlaces(places: LimitedPlaces): PlacesSql {
  const whole = wholeClusters(places);
  const lists = inParts(
    [...places].flatMap(([clusterId, namespaces]) =>
      namespaces === "all" ? [] : [...namespaces].map((namespace) => placeText(clusterId, namespace)),
    ),
  );
  // Lists travel as JSON: as literals they would take ClickHouse several times as long to read.
  const list = (name: string, type: string) => `JSONExtract({${name}:String}, 'Array(${type})')`;
  const parts = lists.map((_, index) => list(`places_${index}`, "String"));
  const either = (...conditions: readonly string[]) => conditions.filter(Boolean).join(" OR ") || "0";
  const wholeSeen = whole.length > 0 ? "cluster_id IN whole_clusters" : "";
  const named = (column: string) => (parts.length > 0 ? `${column} IN places` : "");
  const ofWhole = (column: string) => (whole.length > 0 ? `substring(${column}, 1, 36) IN whole_texts` : "");
  return {
    with: [
      ...(whole.length > 0
        ? [
            `${list("whole_clusters", "UUID")} AS whole_clusters`,
            `${list("whole_clusters", "String")} AS whole_texts`,
          ]
        : []),
      ...(parts.length > 0 ? [`${parts.length === 1 ? parts[0] : `arrayConcat(${parts.join(", ")})`} AS places`] : []),
    ],
    reporterSeen: `(${either(wholeSeen, named("reporter_place"))})`,
    wholeSeen: wholeSeen || "0",
    placeSeen: (column) => either(named(column), ofWhole(column), `${column} = ''`),
    parameters: {
      ...(whole.length > 0 ? { whole_clusters: JSON.stringify(whole) } : {}),
      ...Object.fromEntries(lists.map((texts, index) => [`places_${index}`, JSON.stringify(texts)])),
    },
  };
}

// A ClickHouse server takes at most 128 KiB for each field of a form (http_max_field_value_size).
const partBytes = 100_000;

function inParts(texts: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let room = 0;
  for (const text of texts) {
    const bytes = Buffer.byteLength(JSON.stringify(text)) + 1;
    if (room < bytes) {
      parts.push([]);
      room = partBytes;
    }
    parts.at(-1)?.push(text);
    room -= bytes;
  }
  return parts;
}
