import type { Endpoint } from "../evaluate/endpoint";
import { formatAddress } from "../net/address";
import { formatRange, rangesOfAddresses, uniteAddresses, type AddressRange } from "../sets/address-set";
import { compareBytes } from "../text/order";
import type { Connectivity, ConnectivityNode } from "./connectivity";
import type { EndpointAddress } from "./end-classes";
import { isHeld, type HeldAddresses } from "./external-classes";

/** Something that outputs have a line for: a workload, or a range of outside addresses. */
export interface Unit {
  readonly name: string;
  /** The workload that it is, or a part of; equal to the name but for parts of workloads. */
  readonly workload: string;
  readonly kind: "workload" | "external";
  /** Place of the cluster among the worlds: that of a workload, or the one that sees the range so. */
  readonly cluster: number;
  /** The node of its addresses of each version that it has, or one that does the same. */
  readonly nodes: ReadonlyMap<4 | 6, number>;
  /** What it is made of; none for outside addresses. */
  readonly members: readonly EndpointAddress[];
}

/** What an endpoint is shown as, such as `namespace/name[Kind]`; endpoints of one text in one cluster are one workload. */
export type NameEndpoint = (endpoint: Endpoint, cluster: number) => string;

interface Placed extends EndpointAddress {
  readonly node: number;
  readonly cluster: number;
  readonly version: 4 | 6;
}

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known) known.push(item);
    else groups.set(key, [item]);
  }
  return groups;
};

const placesOf = (members: readonly Placed[]): string =>
  [...new Set(members.map(({ node }) => node))].sort((a, b) => a - b).join(",");

const unitOf = (workload: string, name: string, members: readonly Placed[]): Unit => ({
  name,
  workload,
  kind: "workload",
  cluster: members[0]?.cluster ?? 0,
  nodes: new Map(members.map(({ version, node }) => [version, node] as const).sort(([a], [b]) => a - b)),
  members,
});

const isOneNodeAVersion = (members: readonly Placed[]): boolean =>
  new Set(members.map(({ node }) => node)).size === new Set(members.map(({ version }) => version)).size;

/** How far a workload is taken apart, into its pods or their addresses. */
export type Fineness = "pods" | "addresses";

/** How far the units of a workload are parts of it. */
export function finenessOf({ name, workload, kind }: Unit): Fineness | undefined {
  if (kind === "external" || name === workload) return undefined;
  return name.endsWith(")") ? "addresses" : "pods";
}

/**
 * A workload is one unit where all its pods may do the same; else each of its pods is, and where a pod's addresses of one
 * version may do different things, each of its addresses.
 */
function unitsOfWorkload(name: string, members: readonly Placed[], atLeast?: Fineness): readonly Unit[] {
  const pods = groupBy(members, ({ endpoint }) => `${endpoint.namespace}/${endpoint.name}`);
  const alike = new Set([...pods.values()].map(placesOf)).size === 1;
  if (!atLeast && alike && isOneNodeAVersion(members)) return [unitOf(name, name, members)];
  return [...pods.values()].flatMap((ofPod) => {
    const podName = pods.size === 1 ? name : `${name}/${ofPod[0]?.endpoint.name}`;
    if (atLeast !== "addresses" && isOneNodeAVersion(ofPod)) return [unitOf(name, podName, ofPod)];
    return ofPod.map((one) => unitOf(name, `${podName}(${formatAddress(one.address)})`, [one]));
  });
}

/** A range without the addresses at its ends that endpoints of the mesh hold: where policies cut there makes no difference. */
function trimHeld({ version, from, to }: AddressRange, held: HeldAddresses): AddressRange {
  const isTaken = (at: bigint) => isHeld({ version, from: at, to: at }, held);
  let [low, high] = [from, to];
  while (low < high && isTaken(low)) low += 1n;
  while (low < high && isTaken(high)) high -= 1n;
  return { version, from: low, to: high };
}

/** Ranges joined over gaps that endpoints of the mesh fill: nobody outside is in them. */
function joinOverHeld(ranges: readonly AddressRange[], held: HeldAddresses): readonly AddressRange[] {
  const joined: AddressRange[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    const gap = last && { version: range.version, from: last.to + 1n, to: range.from - 1n };
    if (last && gap && last.version === range.version && isHeld(gap, held)) {
      joined[joined.length - 1] = { ...last, to: range.to };
    } else joined.push(range);
  }
  return joined.map((range) => trimHeld(range, held));
}

/** Which end of connections units are made for: what differs as a source may be one as a destination. */
export type Role = "source" | "destination";

const externalUnits = (at: number, nodes: readonly ConnectivityNode[], held: HeldAddresses): readonly Unit[] => {
  const outside = nodes.filter((node) => node.kind === "external");
  const [first] = outside;
  if (!first) return [];
  const addresses = outside.map((node) => node.addresses).reduce(uniteAddresses);
  return joinOverHeld(rangesOfAddresses(addresses), held).map((range) => {
    const name = `${formatRange(range)}[External]`;
    return {
      name,
      workload: name,
      kind: "external",
      cluster: first.cluster,
      nodes: new Map([[first.version, at]]),
      members: [],
    };
  });
};

/** The workloads of a mesh, told apart as far as the role does, and at least as far as is asked for. */
export function workloadUnits(
  { nodes, alike }: Connectivity,
  nameOf: NameEndpoint,
  { role, atLeast }: { readonly role: Role; readonly atLeast?: ReadonlyMap<string, Fineness> },
): readonly Unit[] {
  const first = alike(role);
  const placed = nodes.flatMap((node, at): readonly Placed[] =>
    node.kind === "endpoints"
      ? node.members.map((member) => ({
          ...member,
          node: first[at] ?? at,
          cluster: node.cluster,
          version: node.version,
        }))
      : [],
  );
  const workloads = groupBy(placed, ({ endpoint, cluster }) => `${cluster} ${nameOf(endpoint, cluster)}`);
  return [...workloads.values()].flatMap((members) => {
    const name = members[0] && nameOf(members[0].endpoint, members[0].cluster);
    return name === undefined ? [] : unitsOfWorkload(name, members, atLeast?.get(name));
  });
}

/** The workloads and outside ranges of a mesh in the order of their names, told apart as far as the role does. */
export function unitsOf(connectivity: Connectivity, nameOf: NameEndpoint, role: Role): readonly Unit[] {
  const { nodes, held, alike } = connectivity;
  const first = alike(role);
  const outside = groupBy(
    nodes.flatMap((node, at) => (node.kind === "external" ? [{ node, at: first[at] ?? at }] : [])),
    ({ at }) => String(at),
  );
  return [
    ...workloadUnits(connectivity, nameOf, { role }),
    ...[...outside.values()].flatMap((group) =>
      externalUnits(
        group[0]?.at ?? 0,
        group.map(({ node }) => node),
        held,
      ),
    ),
  ].sort((a, b) => compareBytes(a.name, b.name));
}
