import type { SelectorNode } from "@isthmus/policy-engine/selector-syntax";
import { hostLength, versionOf, type Address, type Net } from "./address";
import { ipSetOf, type IpSet } from "./ip-set";
import { indexNetworkSets, type NetworkSetIndex } from "./network-set-index";
import type { Direction, Endpoint, Failsafes, HostEndpoint, NetworkSet, Policy, Profile, Tier } from "./model";
import { orderPolicies, policiesOf, type Chain, type Chains, type TierPolicies } from "./order-policies";
import { selects } from "./selector";
import type { ServiceEndpoints } from "./service-endpoints";

/** What is in a cluster at one moment, lowered; the program is made from nothing else. */
export interface Inventory {
  readonly endpoints: readonly Endpoint[];
  readonly hosts: readonly HostEndpoint[];
  readonly networkSets: readonly NetworkSet[];
  readonly tiers: readonly Tier[];
  readonly policies: readonly Policy[];
  readonly profiles: ReadonlyMap<string, Profile>;
  /** By `namespace/name` of the service. */
  readonly services: ReadonlyMap<string, readonly ServiceEndpoints[]>;
  readonly failsafes: Failsafes;
}

/** A set of addresses with ports. */
export interface PortSet {
  has(address: Address, port: number): boolean;
}

/** What a set of named ports is made of: every endpoint's where there is no selector. */
export interface NamedPortSet {
  readonly selector: SelectorNode | undefined;
  readonly name: string;
  readonly protocol: number;
}

/** A cluster's policy as it is in force: endpoints by address, sets by selector, tiers by endpoint. */
export interface Program {
  readonly networkSets: NetworkSetIndex;
  readonly failsafes: Failsafes;
  /** The pod at an address. */
  endpointAt(address: Address): Endpoint | undefined;
  hostEndpoint(name: string): HostEndpoint | undefined;
  profile(name: string): Profile | undefined;
  /** The tiers that have a say at an endpoint's chain, in order; for a pod the chain is `normal`. */
  tiersOf(endpoint: Endpoint | HostEndpoint, direction: Direction, chain?: Chain): readonly TierPolicies[];
  addressesOf(selector: SelectorNode): IpSet;
  portsOf(set: NamedPortSet): PortSet;
  service(namespace: string, name: string): readonly ServiceEndpoints[];
}

const ANYTHING: SelectorNode = { kind: "all" };

/** Builds the program; what an endpoint or a selector needs is worked out when it is first asked for. */
export function buildProgram(inventory: Inventory): Program {
  const byAddress = new Map(
    inventory.endpoints.flatMap((endpoint) => endpoint.addresses.map((address) => [address, endpoint] as const)),
  );
  const hosts = new Map(inventory.hosts.map((host) => [host.name, host]));
  const ordered = orderPolicies(inventory.tiers, inventory.policies);
  const perEndpoint = new Map<Endpoint | HostEndpoint, Chains>();
  const sets = new Map<SelectorNode, IpSet>();
  const portSets = new Map<SelectorNode, Map<string, PortSet>>();
  return {
    networkSets: indexNetworkSets(inventory.networkSets),
    failsafes: inventory.failsafes,
    endpointAt: (address) => byAddress.get(address),
    hostEndpoint: (name) => hosts.get(name),
    profile: (name) => inventory.profiles.get(name),
    service: (namespace, name) => inventory.services.get(`${namespace}/${name}`) ?? [],
    tiersOf: (endpoint, direction, chain = "normal") =>
      memo(perEndpoint, endpoint, () => policiesOf(endpoint.labels, ordered))(direction, chain),
    addressesOf: (selector) => memo(sets, selector, () => ipSetOf(selectedNets(inventory, selector))),
    portsOf: ({ selector = ANYTHING, name, protocol }) =>
      memo(
        memo(portSets, selector, () => new Map<string, PortSet>()),
        `${protocol}/${name}`,
        () => namedPorts(inventory, { selector, name, protocol }),
      ),
  };
}

function memo<K, V>(cache: Map<K, V>, key: K, make: () => V): V {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}

const endpointsIn = ({ endpoints, hosts }: Inventory): readonly (Endpoint | HostEndpoint)[] => [...endpoints, ...hosts];

/** The addresses of pods and host endpoints, and the nets of network sets (felix/labelindex, SelectorAndNamedPortIndex). */
function selectedNets(inventory: Inventory, selector: SelectorNode): readonly Net[] {
  const endpoints = endpointsIn(inventory)
    .filter((endpoint) => selects(selector, endpoint.labels))
    .flatMap(({ addresses }) => addresses.map((address) => ({ base: address, length: hostLength(address) })));
  const sets = inventory.networkSets.filter((set) => selects(selector, set.labels)).flatMap((set) => set.nets);
  return [...endpoints, ...sets];
}

function namedPorts(inventory: Inventory, { selector = ANYTHING, name, protocol }: NamedPortSet): PortSet {
  const members = endpointsIn(inventory)
    .filter((endpoint) => selects(selector, endpoint.labels))
    .flatMap(({ addresses, ports }) =>
      ports
        .filter((named) => named.name === name && named.protocol === protocol)
        .flatMap(({ port }) => addresses.map((address) => memberOf(address, port))),
    );
  const set = new Set(members);
  return { has: (address, port) => set.has(memberOf(address, port)) };
}

const memberOf = (address: Address, port: number): string => `${versionOf(address)}/${address}:${port}`;
