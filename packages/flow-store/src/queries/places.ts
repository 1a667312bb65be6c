import type { Places } from "../domain";

/** Places that have a limit. */
export type LimitedPlaces = Exclude<Places, "all">;

/**
 * Places as SQL. Each cluster has the number of its set of namespaces (clusters with the same set share it), each
 * namespace its own, and the sums that are permitted are listed; so the values grow with the clusters and the distinct
 * namespaces, and with their product only where no two clusters share a set.
 */
export interface PlacesSql {
  /** Defines the names that the other parts use; once a query, since ClickHouse would read long values each time. */
  readonly with: string;
  /** The number of a cluster's set of namespaces. */
  readonly setOf: (cluster: string) => string;
  /** The set that holds every namespace, of wholly permitted clusters. */
  readonly wholeSet: number;
  /** The number of a namespace. */
  readonly numberOf: (namespace: string) => string;
  /** Whether the namespace of a number is in a set. */
  readonly holds: (set: string, number: string) => string;
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
  const { names, clusters, sets, sums, wholeSet } = numberPlaces(places);
  // Lists travel as JSON: as literals they would take ClickHouse several times as long to read.
  const list = (name: string, type: string) => `JSONExtract({${name}:String}, 'Array(${type})') AS ${name}`;
  return {
    with: [
      list("place_clusters", "UUID"),
      list("place_sets", "UInt64"),
      list("place_names", "String"),
      list("place_sums", "UInt64"),
    ].join(", "),
    setOf: (cluster) => `transform(${cluster}, place_clusters, place_sets, toUInt64(0))`,
    wholeSet,
    numberOf: (namespace) => `transform(${namespace}, place_names, arrayEnumerate(place_names), toUInt32(0))`,
    holds: (set, number) => `${set} + ${number} IN place_sums`,
    parameters: {
      place_clusters: JSON.stringify(clusters),
      place_sets: JSON.stringify(sets),
      place_names: JSON.stringify(names),
      place_sums: JSON.stringify(sums),
    },
  };
}

/** Numbers of sets are multiples of a width, numbers of namespaces are below it: a sum says both. */
function numberPlaces(places: LimitedPlaces) {
  const names = [...new Set([...places.values()].flatMap((each) => (each === "all" ? [] : [...each])))];
  const numberOf = new Map(names.map((name, index) => [name, index + 1]));
  const width = names.length + 1; // 0 is every name that is not listed
  const wholeSet = width;
  const setOf = new Map<string, number>();
  const sums: number[] = [];
  const sets = [...places.values()].map((namespaces) => {
    if (namespaces === "all") return wholeSet;
    const numbers = [...namespaces].map((name) => numberOf.get(name) ?? 0).toSorted((a, b) => a - b);
    const key = numbers.join(" ");
    const known = setOf.get(key);
    if (known !== undefined) return known;
    const set = wholeSet + (setOf.size + 1) * width;
    setOf.set(key, set);
    for (const number of numbers) sums.push(set + number);
    return set;
  });
  if (sets.includes(wholeSet)) for (let number = 0; number < width; number++) sums.push(wholeSet + number);
  return { names, clusters: [...places.keys()], sets, sums, wholeSet };
}
