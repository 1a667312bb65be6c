import type { Endpoint } from "../evaluate/endpoint";
import { holdingsOf, type World } from "../evaluate/world";
import type { IpAddress } from "../net/address";
import { addressesOfRanges, hasAddress, type AddressSet } from "../sets/address-set";
import type { ConnectionSet } from "../sets/connection-set";
import { ClusterModel } from "./cluster-model";
import { clusterColumns, endClasses, type ClusterColumns, type EndpointAddress } from "./end-classes";
import { externalClasses, heldAddresses, type HeldAddresses } from "./external-classes";
import { failsafePlans } from "./failsafe";
import { passageBetween, type PairContext, type Party } from "./parties";
import { passagesOf, type Passages } from "./passages";
import { Registry } from "./registry";
import { planOf } from "./rule-end";
import type { ConnectivityView } from "./subjects";
import { Tables } from "./tables";

/** What connections are between: addresses of endpoints, or outside addresses, that nothing tells apart. */
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
  /** What it was worked out with; not for use outside of this folder. */
  readonly analysis: Analysis;
}

/** The working parts of connectivity: one party for each node. */
export interface Analysis extends PairContext {
  readonly parties: readonly Party[];
  readonly registries: readonly Registry[];
  /** How often it was updated since it was worked out from scratch. */
  readonly updates: number;
}

/** Makes known by what a cluster's policies tell addresses apart. */
export function fillRegistry(registry: Registry, { tiers, profiles, hostEndpoints, settings }: World): void {
  for (const { policies } of tiers) for (const policy of policies) registry.addPlan(planOf(policy, policy));
  for (const profile of profiles.values()) registry.addPlan(planOf(profile));
  if (hostEndpoints.length > 0) for (const plan of failsafePlans(settings)) registry.addPlan(plan);
}

/** The addresses of all endpoints of a mesh. */
export const addressesIn = (worlds: readonly World[]): readonly IpAddress[] =>
  worlds.flatMap(({ endpoints, hostEndpoints }) =>
    [...endpoints, ...hostEndpoints].flatMap(({ addresses }) => addresses),
  );

function analyse(worlds: readonly World[], view: ConnectivityView): Analysis {
  const tables = new Tables();
  const addresses = addressesIn(worlds);
  const registries = worlds.map((world) => {
    const registry = new Registry();
    fillRegistry(registry, world);
    return registry;
  });
  const clusters = worlds.map((world, at) =>
    clusterColumns(new ClusterModel({ world, registry: registries[at] ?? new Registry(), tables, addresses }), view),
  );
  return { tables, clusters, registries, parties: partiesOf(clusters, heldAddresses(addresses)), updates: 0 };
}

/** Everything that connections may be between. */
export function partiesOf(clusters: readonly ClusterColumns[], held: HeldAddresses): readonly Party[] {
  const ends = endClasses(clusters).map((its): Party => ({ kind: "endpoints", ends: its }));
  const outside = clusters.flatMap(({ model }, cluster) =>
    externalClasses(model, cluster, held).map((its): Party => ({ kind: "external", outside: its })),
  );
  return [...ends, ...outside];
}

function nodeOf(party: Party): ConnectivityNode {
  if (party.kind === "endpoints") {
    const { cluster, version, members } = party.ends;
    return { kind: "endpoints", cluster, version, members };
  }
  const { cluster, version, ranges } = party.outside;
  return { kind: "external", cluster, version, addresses: addressesOfRanges(ranges) };
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

function groupBy(keys: Int32Array): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  for (const [at, key] of keys.entries()) {
    const known = groups.get(key);
    if (known) known.push(at);
    else groups.set(key, [at]);
  }
  return groups;
}

function* rowsOf({ rowOf, columnOf, rows }: Passages, tables: Tables): Iterable<ConnectivityRow> {
  const columns = [...groupBy(columnOf).values()];
  for (const [row, sources] of groupBy(rowOf)) {
    const extents = rows[row];
    const byExtent = new Map<number, number[]>();
    for (const destinations of columns) {
      const extent = extents?.[destinations[0] ?? 0] ?? tables.nowhere;
      if (extent === tables.nowhere) continue;
      let known = byExtent.get(extent);
      if (!known) byExtent.set(extent, (known = []));
      for (const destination of destinations) known.push(destination);
    }
    for (const [extent, destinations] of byExtent) yield { sources, destinations, ...passageOf(tables, extent) };
  }
}

/** Nodes of different kinds, clusters or versions are never alike, even where both may do nothing. */
function firstAlike(nodes: readonly ConnectivityNode[], keys: Int32Array): readonly number[] {
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

/** Something that is worked out when it is first asked for. */
function later<T>(work: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: work() }).value;
}

/** Presents an analysis. What grows with the square of the classes is worked out when it is asked for. */
export function present(analysis: Analysis, worlds: readonly World[], view: ConnectivityView): Connectivity {
  const { parties, tables } = analysis;
  const nodes = parties.map(nodeOf);
  const passages = later(() => passagesOf(parties, analysis));
  const byEndpoint = later(() => indexByEndpoint(nodes));
  return {
    worlds,
    view,
    nodes,
    analysis,
    nodesOf: (endpoint) => byEndpoint().get(endpoint) ?? [],
    nodeOfOutside: (cluster, address) => {
      const at = nodes.findIndex(
        (node) => node.kind === "external" && node.cluster === cluster && hasAddress(node.addresses, address),
      );
      return at < 0 ? undefined : at;
    },
    between: (source, destination) => {
      const [from, to] = [parties[source], parties[destination]];
      return passageOf(tables, from && to ? passageBetween(from, to, analysis) : tables.nowhere);
    },
    rows: () => rowsOf(passages(), tables),
    alike: (role) => firstAlike(nodes, role === "source" ? passages().rowOf : passages().columnOf),
    held: heldAddresses(addressesIn(worlds)),
  };
}

/** A world that was put together by hand says nothing of who holds ranges of addresses. */
function assertKnown(worlds: readonly World[]): void {
  for (const world of worlds) {
    if (!holdingsOf(world)) throw new TypeError("connectivity is worked out for worlds that buildWorld made");
  }
}

/**
 * Works out who may connect to whom with what, exactly: canonical sets over classes of addresses and endpoints that no
 * policy tells apart. Each end is judged by its own cluster, which sees the other by its address alone.
 */
export function connectivityOf(
  worlds: readonly World[],
  { view = "enforced" }: ConnectivityOptions = {},
): Connectivity {
  assertKnown(worlds);
  return present(analyse(worlds, view), worlds, view);
}
