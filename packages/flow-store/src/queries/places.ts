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
  /** Whether the cluster that reported a row that is seen is wholly permitted. */
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
export function narrowedPlaces(places: LimitedPlaces): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    [...places].flatMap(([clusterId, namespaces]) =>
      namespaces === "all" || namespaces.size === 0 ? [] : [[clusterId, namespaces] as const],
    ),
  );
}

/**
 * Compiles places. Conditions are over the text of a place alone: ClickHouse works those out once for each distinct
 * place, where a cluster's id would be looked up for each row.
 */
export function compilePlaces(places: LimitedPlaces): PlacesSql {
  const whole = wholeClusters(places);
  const { products, pairs } = asProducts(narrowedPlaces(places));
  const { list, lists, parameters } = listing();
  const narrowed: ((column: string) => string)[] = products.map(({ clusters, namespaces }, index) => {
    const ofClusters = list(`clusters_${index}`, clusters);
    const ofNames = list(`namespaces_${index}`, namespaces);
    return (column) => `(${clusterIn(column)} IN ${ofClusters} AND ${namespaceIn(column)} IN ${ofNames})`;
  });
  if (pairs.length > 0) {
    const name = list("places", pairs);
    narrowed.push((column) => `${column} IN ${name}`);
  }
  // Of reporters the cluster itself: rows of policies may lack their place, and tables are sorted by it.
  const wholeIds = whole.length > 0 && list("whole_clusters", whole, "UUID");
  const wholeTexts = whole.length > 0 && list("whole_cluster_texts", whole);
  const reporterWhole = wholeIds === false ? [] : [`cluster_id IN ${wholeIds}`];
  const named = (column: string) => narrowed.map((condition) => condition(column));
  const endsWhole = (column: string) => (wholeTexts === false ? [] : [`${clusterIn(column)} IN ${wholeTexts}`]);
  return {
    with: lists,
    reporterSeen: [...named("reporter_place"), ...reporterWhole].join(" OR ") || "0",
    wholeSeen: narrowed.length === 0 && reporterWhole.length > 0 ? "1" : (reporterWhole[0] ?? "0"),
    placeSeen: (column) => [...named(column), ...endsWhole(column), `${column} = ''`].join(" OR "),
    parameters,
  };
}

const idLength = "00000000-0000-0000-0000-000000000000".length;
const clusterIn = (column: string) => `substring(${column}, 1, ${idLength})`;
const namespaceIn = (column: string) => `substring(${column}, ${placeText("", "").length + idLength + 1})`;

/** Makes named lists, which travel as JSON: as literals they would take ClickHouse several times as long to read. */
function listing() {
  const lists: string[] = [];
  const parameters: Record<string, string> = {};
  const list = (name: string, texts: readonly string[], type = "String") => {
    const parts = inParts(texts).map((part, index) => {
      parameters[`${name}_${index}`] = JSON.stringify(part);
      return `JSONExtract({${name}_${index}:String}, 'Array(${type})')`;
    });
    lists.push(`${parts.length === 1 ? `${parts[0]}` : `arrayConcat(${parts.join(", ")})`} AS ${name}`);
    return name;
  };
  return { list, lists, parameters };
}

interface Product {
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
}
interface Products {
  readonly products: readonly Product[];
  readonly pairs: readonly string[];
}

const maxProducts = 8;
// Each product is a condition of its own, planned for reporters and both ends: that takes as long as so many pairs.
const pairsWorthOneProduct = 300;
const termsOf = ({ clusters, namespaces }: Product) => clusters.length + namespaces.length;
const pairsOf = ({ clusters, namespaces }: Product) => clusters.length * namespaces.length;
const savedBy = (product: Product) => pairsOf(product) - termsOf(product) - pairsWorthOneProduct;

/** Places as some products of clusters and namespaces, and pairs for the rest; whichever way round is shorter. */
function asProducts(places: ReturnType<typeof narrowedPlaces>): Products {
  const rows = [...places].map(([clusterId, namespaces]) => [clusterId, [...namespaces]] as const);
  const columns = new Map<string, string[]>();
  for (const [clusterId, namespaces] of rows) {
    for (const namespace of namespaces) columns.set(namespace, [...(columns.get(namespace) ?? []), clusterId]);
  }
  const byCluster = alike(rows).map(([clusters, namespaces]): Product => ({ clusters, namespaces }));
  const byNamespace = alike([...columns]).map(([namespaces, clusters]): Product => ({ clusters, namespaces }));
  const [a, b] = [split(byCluster), split(byNamespace)];
  return lengthOf(a) <= lengthOf(b) ? a : b;
}

/** Names that have the same values, together. */
function alike(rows: readonly (readonly [string, readonly string[]])[]) {
  const groups = new Map<string, readonly [names: string[], values: readonly string[]]>();
  for (const [name, values] of rows) {
    const key = JSON.stringify(values.toSorted());
    const group = groups.get(key);
    if (group) group[0].push(name);
    else groups.set(key, [[name], values]);
  }
  return [...groups.values()];
}

function split(all: readonly Product[]): Products {
  const shorter = all.toSorted((x, y) => savedBy(y) - savedBy(x)).slice(0, maxProducts);
  const products = shorter.filter((product) => savedBy(product) > 0);
  const kept = new Set(products);
  const pairs = all
    .filter((product) => !kept.has(product))
    .flatMap(({ clusters, namespaces }) => clusters.flatMap((id) => namespaces.map((name) => placeText(id, name))));
  return { products, pairs };
}

const lengthOf = ({ products, pairs }: Products): number =>
  products.reduce((sum, product) => sum + termsOf(product) + pairsWorthOneProduct, pairs.length);

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
