import type { Endpoint } from "../evaluate/endpoint";
import type { World } from "../evaluate/world";
import type { IpAddress } from "../net/address";
import { addressesOfRanges, hasAddress, type AddressSet, uniteAddresses } from "../sets/address-set";
import type { ConnectionSet } from "../sets/connection-set";
import { ClusterModel } from "./cluster-model";
import type { DenseColumn } from "./columns";
import { clusterColumns, endClasses, type ClusterColumns, type EndpointAddress } from "./end-classes";
import { externalClasses, heldAddresses, type HeldAddresses } from "./external-classes";
import { passagesOf, type Party, type Passages } from "./passages";
import { Registry } from "./registry";
import { planOf } from "./rule-end";
import type { ConnectivityView } from "./subjects";
import { Tables } from "./tables";

/** What connections are between: addresses of endpoints, or outside addresses, that behave alike towards everything. */
export type ConnectivityNode =
  | {
      readonly kind: "endpoints";
      /** Place of the cluster among the worlds. */
      readonly cluster: number;
      readonly version: 4 | 6;
      readonly members: readonly EndpointAddress[];
    }
  | {
      readonly kind: "external";
      /** The cluster that sees these addresses so. */
      readonly cluster: number;
      readonly version: 4 | 6;
      /** Addresses that endpoints of the mesh hold are not meant where they lie in it. */
      readonly addresses: AddressSet;
    };

/** What may pass from one node to another. What is in neither set is denied; no connection is in both. */
export interface Passage {
  readonly allowed: ConnectionSet;
  /** What cannot be decided by what is known: never to be taken for allowed. */
  readonly unknown: ConnectionSet;
}

/** The same passage between all sources and all destinations. */
export interface ConnectivityRow extends Passage {
  /** Places of nodes. */
  readonly sources: readonly number[];
  readonly destinations: readonly number[];
}

/** How connectivity is worked out. */
export interface ConnectivityOptions {
  /** Default: enforced. */
  readonly view?: ConnectivityView;
}

/** Who may connect to whom with what, in a mesh. */
export interface Connectivity {
  readonly worlds: readonly World[];
  readonly view: ConnectivityView;
  readonly nodes: readonly ConnectivityNode[];
  /** Places of the nodes that an endpoint's addresses belong to. */
  readonly nodesOf: (endpoint: Endpoint) => readonly number[];
  /** Place of the node of an outside address, as a cluster sees it; undefined where no endpoint there has its version. */
  readonly nodeOfOutside: (cluster: number, address: IpAddress) => number | undefined;
  /** What may pass from one node to another, by their places. */
  readonly between: (source: number, destination: number) => Passage;
  /** All passages that are not empty, each pair of nodes in one row: groups of nodes, not pairs. */
  readonly rows: () => Iterable<ConnectivityRow>;
  /** For each node the first node that does the same in this role, towards everything. */
  readonly alike: (role: "source" | "destination") => readonly number[];
  readonly held: HeldAddresses;
}

/** What one analysis leaves for the next: numbers of sets, and what tells addresses apart. */
interface Memory {
  readonly tables: Tables;
  readonly registries: readonly Registry[];
}

function fillRegistry(registry: Registry, { tiers, profiles }: World): void {
  for (const { policies } of tiers) for (const policy of policies) registry.addPlan(planOf(policy, policy));
  for (const profile of profiles.values()) registry.addPlan(planOf(profile));
}

const addressesIn = (worlds: readonly World[]) =>
  worlds.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses));

const nothingEarlier = (): DenseColumn | undefined => undefined;

function prepare(worlds: readonly World[], view: ConnectivityView, memory: Memory): readonly ClusterColumns[] {
  const addresses = addressesIn(worlds);
  return worlds.map((world, cluster) => {
    const registry = memory.registries[cluster] ?? new Registry();
    fillRegistry(registry, world);
    const model = new ClusterModel({ world, registry, tables: memory.tables, addresses });
    return clusterColumns(model, view, nothingEarlier);
  });
}

function partiesOf(clusters: readonly ClusterColumns[], held: HeldAddresses): readonly Party[] {
  const ends = endClasses(clusters).map((its): Party => ({ kind: "endpoints", ends: its }));
  const outside = clusters.flatMap(({ model }, cluster) =>
    externalClasses(model, cluster, held).map((its): Party => ({ kind: "external", outside: its })),
  );
  return [...ends, ...outside];
}

function join(node: ConnectivityNode | undefined, party: Party): ConnectivityNode {
  if (party.kind === "endpoints") {
    const { cluster, version, members } = party.ends;
    const before = node?.kind === "endpoints" ? node.members : [];
    return { kind: "endpoints", cluster, version, members: [...before, ...members] };
  }
  const { cluster, version, ranges } = party.outside;
  const addresses = addressesOfRanges(ranges);
  const more = node?.kind === "external" ? uniteAddresses(node.addresses, addresses) : addresses;
  return { kind: "external", cluster, version, addresses: more };
}

/** Nodes, each with the row and the column of what it may do. */
interface PlacedNodes {
  readonly nodes: readonly ConnectivityNode[];
  readonly rowOf: readonly number[];
  /** For each node a party that stands for it as a destination. */
  readonly partyOf: readonly number[];
  readonly columnOf: readonly number[];
}

function placeNodes(parties: readonly Party[], { rowOf, columnOf }: Passages): PlacedNodes {
  const places = new Map<string, number>();
  const parts: Party[][] = [];
  const placed = { rowOf: [] as number[], partyOf: [] as number[], columnOf: [] as number[] };
  for (const [at, party] of parties.entries()) {
    const { cluster, version } = party.kind === "endpoints" ? party.ends : party.outside;
    const key = `${party.kind} ${cluster} ${version} ${rowOf[at]} ${columnOf[at]}`;
    const known = places.get(key);
    if (known !== undefined) {
      parts[known]?.push(party);
      continue;
    }
    places.set(key, parts.length);
    parts.push([party]);
    placed.rowOf.push(rowOf[at] ?? 0);
    placed.columnOf.push(columnOf[at] ?? 0);
    placed.partyOf.push(at);
  }
  const nodes = parts.map((part) => {
    const node = part.reduce<ConnectivityNode | undefined>(join, undefined);
    return node as ConnectivityNode;
  });
  return { nodes, ...placed };
}

function indexByEndpoint(nodes: readonly ConnectivityNode[]): ReadonlyMap<Endpoint, readonly number[]> {
  const found = new Map<Endpoint, number[]>();
  for (const [at, node] of nodes.entries()) {
    if (node.kind !== "endpoints") continue;
    for (const { endpoint } of node.members) {
      const known = found.get(endpoint);
      if (!known) found.set(endpoint, [at]);
      else if (known.at(-1) !== at) known.push(at);
    }
  }
  return found;
}

const groupBy = (keys: readonly number[]): ReadonlyMap<number, readonly number[]> => {
  const groups = new Map<number, number[]>();
  for (const [at, key] of keys.entries()) {
    const known = groups.get(key);
    if (known) known.push(at);
    else groups.set(key, [at]);
  }
  return groups;
};

function* rowsOf(placed: PlacedNodes, passages: Passages, tables: Tables): Iterable<ConnectivityRow> {
  const columns = [...groupBy(placed.columnOf).values()].map((destinations) => ({
    destinations,
    party: placed.partyOf[destinations[0] ?? 0] ?? 0,
  }));
  for (const [row, sources] of groupBy(placed.rowOf)) {
    const extents = passages.rows[row];
    const byExtent = new Map<number, number[]>();
    for (const { destinations, party } of columns) {
      const extent = extents?.[party] ?? tables.nowhere;
      if (extent === tables.nowhere) continue;
      let known = byExtent.get(extent);
      if (!known) byExtent.set(extent, (known = []));
      for (const destination of destinations) known.push(destination);
    }
    for (const [extent, destinations] of byExtent) yield { sources, destinations, ...passageOf(tables, extent) };
  }
}

/** Nodes of different kinds, clusters or versions are never alike, even where both may do nothing. */
function firstAlike({ nodes }: PlacedNodes, keys: readonly number[]): readonly number[] {
  const first = new Map<string, number>();
  return nodes.map(({ kind, cluster, version }, at) => {
    const key = `${kind} ${cluster} ${version} ${keys[at]}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, at);
    return known ?? at;
  });
}

function passageOf({ sets, extents }: Tables, extent: number): Passage {
  const [allowed, unknown] = extents.get(extent);
  return { allowed: sets.set(allowed), unknown: sets.set(unknown) };
}

/**
 * Works out who may connect to whom with what, exactly: canonical sets over classes of addresses and endpoints that no
 * policy tells apart. Each end is judged by its own cluster, which sees the other by its address alone.
 */
export function connectivityOf(
  worlds: readonly World[],
  { view = "enforced" }: ConnectivityOptions = {},
): Connectivity {
  const memory: Memory = { tables: new Tables(), registries: [] };
  const { tables } = memory;
  const held = heldAddresses(addressesIn(worlds));
  const clusters = prepare(worlds, view, memory);
  const parties = partiesOf(clusters, held);
  const passages = passagesOf(parties, worlds.length, tables);
  const placed = placeNodes(parties, passages);
  const byEndpoint = indexByEndpoint(placed.nodes);
  return {
    worlds,
    view,
    nodes: placed.nodes,
    nodesOf: (endpoint) => byEndpoint.get(endpoint) ?? [],
    nodeOfOutside: (cluster, address) => {
      const at = placed.nodes.findIndex(
        (node) => node.kind === "external" && node.cluster === cluster && hasAddress(node.addresses, address),
      );
      return at < 0 ? undefined : at;
    },
    between: (source, destination) =>
      passageOf(tables, passages.rows[placed.rowOf[source] ?? 0]?.[placed.partyOf[destination] ?? 0] ?? tables.nowhere),
    rows: () => rowsOf(placed, passages, tables),
    alike: (role) => firstAlike(placed, role === "source" ? placed.rowOf : placed.columnOf),
    held,
  };
}
