import { invariant } from "@isthmus/std";
import type { Holder } from "../evaluate/packet";
import { holdingsOf, type Holding, type World } from "../evaluate/world";
import type { EndpointPort } from "../model/policy";
import type { Cidr, IpAddress } from "../net/address";
import type { LabelMap } from "../selector/evaluate";
import { IP_VERSIONS, lastAddress, rangeOfCidr, type IpVersion } from "../sets/address-set";
import type { Registry } from "./registry";

/** Holders that no selector and no port name of the registry tells apart: their labels and ports, as far as those are named. */
export interface HolderKind {
  readonly labels: LabelMap;
  readonly ports: readonly EndpointPort[];
}

/** A stretch of addresses over which every range that is named is the same. */
export interface Piece {
  readonly version: IpVersion;
  readonly from: bigint;
  readonly to: bigint;
  /** Kinds of the network sets that hold it. */
  readonly holders: readonly number[];
}

/** What a service sends to at one address. */
export interface TargetPort {
  readonly service: string;
  readonly protocol: number;
  readonly port: number;
}

/** Addresses that nothing in the cluster tells apart: held by the same kinds, in one piece, behind the same services. */
export interface AddressGroup {
  /** One of them; where no endpoint of the cluster holds them, the first of their piece, which one may hold for itself. */
  readonly sample: IpAddress;
  /** No endpoint of the cluster holds them. */
  readonly outside: boolean;
  readonly version: IpVersion;
  readonly piece: number;
  readonly holders: readonly number[];
  readonly targets: readonly TargetPort[];
  /** The node that has the address, where pods are known to run on it. */
  readonly node?: string;
  /** The address, where DNS was seen to answer it: it is a group of its own. */
  readonly observed?: string;
}

/** What addresses are grouped by. */
export interface SpaceInput {
  readonly world: World;
  readonly registry: Registry;
  /** Addresses of endpoints of the whole mesh. */
  readonly addresses: readonly IpAddress[];
}

const addressKey = ({ version, value }: IpAddress): string => `${version}/${value}`;

/** The addresses of nodes that pods are known to run on: what they say to each other Calico treats apart. */
function nodeAddresses({ nodes, endpoints }: World) {
  const used = new Set(endpoints.map(({ node }) => node));
  return [...nodes.addresses()].flatMap((address) => {
    const node = nodes.nodeAt(address);
    return node !== undefined && used.has(node) ? [{ address, node }] : [];
  });
}

const keysInOrder = (numbers: Iterable<number>): readonly number[] => [...new Set(numbers)].sort((a, b) => a - b);

/** The name of a service in keys. */
export const serviceKey = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

/** Gives each distinct kind of holder a number. */
class HolderKinds {
  readonly kinds: HolderKind[] = [];
  readonly #ids = new Map<string, number>();
  readonly #ofHolder = new Map<Holder, number>();
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  of(holder: Holder): number {
    let known = this.#ofHolder.get(holder);
    if (known === undefined) this.#ofHolder.set(holder, (known = this.#number(holder)));
    return known;
  }

  #number(holder: Holder): number {
    const { labels: names, portNames } = this.#registry;
    const labels: [string, string][] = [];
    for (const name of names) {
      const value = holder.labels.get(name);
      if (value !== undefined) labels.push([name, value]);
    }
    const ports = portNames.size === 0 ? [] : holder.ports.filter(({ name }) => portNames.has(name));
    const key = JSON.stringify([labels, ports.map((p) => [p.name, p.protocol, p.port])]);
    let id = this.#ids.get(key);
    if (id === undefined) {
      this.#ids.set(key, (id = this.kinds.length));
      this.kinds.push({ labels: new Map(labels), ports });
    }
    return id;
  }
}

/** Where pieces begin: at the ends of every range that a rule or a network set names, and around single addresses. */
function breakpoints(registry: Registry, holdings: readonly Holding[], single: readonly IpAddress[]) {
  const starts: Record<IpVersion, Set<bigint>> = { 4: new Set([0n]), 6: new Set([0n]) };
  const cut = (version: IpVersion, from: bigint, to: bigint) => {
    starts[version].add(from);
    if (to < lastAddress(version)) starts[version].add(to + 1n);
  };
  const nets = [...registry.ends.values()].flatMap((end) => [...end.nets, ...end.notNets]);
  for (const { nets: held } of holdings) nets.push(...held);
  for (const net of nets) {
    const { version, from, to } = rangeOfCidr(net);
    cut(version, from, to);
  }
  for (const { version, value } of single) cut(version, value, value);
  const sorted = (version: IpVersion) => [...starts[version]].sort((a, b) => (a < b ? -1 : 1));
  return { 4: sorted(4), 6: sorted(6) };
}

/** The index of the last start that is not above the value. */
function lastNotAbove(starts: readonly bigint[], value: bigint): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0n) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** All addresses of both versions as one cluster sees them, in groups that nothing in it tells apart. */
export class AddressSpace {
  readonly kinds: readonly HolderKind[];
  readonly pieces: readonly Piece[];
  readonly groups: AddressGroup[] = [];
  /** The group of each piece's addresses that no endpoint holds, by piece. */
  readonly outside: readonly number[];
  readonly #starts: Readonly<Record<IpVersion, readonly bigint[]>>;
  readonly #groupIds = new Map<string, number>();
  readonly #groupOf = new Map<string, number>();
  readonly #targets = new Map<string, TargetPort[]>();
  readonly #nodes: ReadonlyMap<string, string>;
  readonly #observed: ReadonlySet<string>;

  constructor({ world, registry, addresses }: SpaceInput) {
    const nodes = nodeAddresses(world);
    this.#nodes = new Map(nodes.map(({ address, node }) => [addressKey(address), node]));
    const kinds = new HolderKinds(registry);
    const holdings = holdingsOf(world) ?? [];
    this.#observed = new Set(world.domains.addresses.map(addressKey));
    const single = [
      ...this.#readTargets(world, registry),
      ...nodes.map(({ address }) => address),
      ...world.domains.addresses,
    ];
    this.#starts = breakpoints(registry, holdings, single);
    this.pieces = this.#makePieces(holdings, kinds);
    const held = new Map<string, Set<number>>();
    for (const endpoint of [...world.endpoints, ...world.hostEndpoints]) {
      for (const address of endpoint.addresses) {
        const key = addressKey(address);
        held.set(key, (held.get(key) ?? new Set()).add(kinds.of(endpoint)));
      }
    }
    this.outside = this.pieces.map(({ version, from }, piece) => this.#group({ version, value: from }, piece, []));
    for (const address of addresses) {
      const key = addressKey(address);
      const piece = this.pieceAt(address);
      if (!this.#groupOf.has(key)) this.#groupOf.set(key, this.#group(address, piece, held.get(key) ?? []));
    }
    this.kinds = kinds.kinds;
  }

  /** The piece that an address lies in. */
  pieceAt({ version, value }: IpAddress): number {
    return (version === 4 ? 0 : this.#starts[4].length) + lastNotAbove(this.#starts[version], value);
  }

  /** The group of an address of an endpoint, or of one that nobody holds. */
  groupOf(address: IpAddress): number {
    return this.#groupOf.get(addressKey(address)) ?? this.outside[this.pieceAt(address)] ?? 0;
  }

  /** For each piece whether it lies in one of the ranges. */
  marks(nets: readonly Cidr[]): Uint8Array {
    const marks = new Uint8Array(this.pieces.length);
    for (const net of nets) {
      const { version, from, to } = rangeOfCidr(net);
      marks.fill(1, this.pieceAt({ version, value: from }), this.pieceAt({ version, value: to }) + 1);
    }
    return marks;
  }

  /** Remembers what services that rules name send to, and gives the addresses. */
  #readTargets(world: World, registry: Registry): readonly IpAddress[] {
    const services = new Map(
      [...registry.ends.values()].flatMap(({ service }) => (service ? [[serviceKey(service), service]] : [])),
    );
    const addresses: IpAddress[] = [];
    for (const [key, { namespace, name }] of services) {
      for (const { address, protocol, port } of world.serviceTargets(namespace, name) ?? []) {
        addresses.push(address);
        const at = addressKey(address);
        this.#targets.set(at, [...(this.#targets.get(at) ?? []), { service: key, protocol, port }]);
      }
    }
    return addresses;
  }

  #makePieces(holdings: readonly Holding[], kinds: HolderKinds): readonly Piece[] {
    const holders: number[][] = [];
    for (const { holder, nets } of holdings) {
      const kind = kinds.of(holder);
      for (const net of nets) {
        const { version, from, to } = rangeOfCidr(net);
        const last = this.pieceAt({ version, value: to });
        for (let at = this.pieceAt({ version, value: from }); at <= last; at += 1) (holders[at] ??= []).push(kind);
      }
    }
    const pieces = IP_VERSIONS.flatMap((version) =>
      this.#starts[version].map((from, i, starts) => {
        const next = starts[i + 1];
        return { version, from, to: next === undefined ? lastAddress(version) : next - 1n };
      }),
    );
    return pieces.map((piece, at) => ({ ...piece, holders: keysInOrder(holders[at] ?? []) }));
  }

  #group(address: IpAddress, piece: number, endpoints: Iterable<number>): number {
    const around = this.pieces[piece];
    invariant(around, "every address lies in a piece");
    const holders = keysInOrder([...endpoints, ...around.holders]);
    const targets = this.#targets.get(addressKey(address)) ?? [];
    const behind = targets.map(({ service, protocol, port }) => `${service}:${protocol}:${port}`).sort();
    const itself = addressKey(address);
    const node = this.#nodes.get(itself);
    const observed = this.#observed.has(itself) ? itself : undefined;
    const key = `${piece} ${holders.join(",")} ${behind.join(",")} ${node ?? ""} ${observed ?? ""}`;
    const known = this.#groupIds.get(key);
    if (known !== undefined) return known;
    this.#groupIds.set(key, this.groups.length);
    this.groups.push({
      sample: address,
      outside: [...endpoints].length === 0,
      version: around.version,
      piece,
      holders,
      targets,
      ...(node !== undefined && { node }),
      ...(observed !== undefined && { observed }),
    });
    return this.groups.length - 1;
  }
}
