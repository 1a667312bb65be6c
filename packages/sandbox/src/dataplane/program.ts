import type { SelectorNode } from "@isthmus/policy-engine/selector-syntax";
import type { Address } from "./address";
import type { ServiceEndpoint } from "./endpoints";
import { groupBy } from "./group-by";
import { ipSetOf, type IpSet } from "./ip-set";
import { indexNetworkSets, type NetworkSetIndex } from "./network-set-index";
import type { Direction, Endpoint, NetworkSet, Policy, Tier } from "./model";
import { selects } from "./selector";

/** What is in a cluster at one moment, lowered; the program is made from nothing else. */
export interface Inventory {
  readonly endpoints: readonly Endpoint[];
  readonly networkSets: readonly NetworkSet[];
  readonly tiers: readonly Tier[];
  readonly policies: readonly Policy[];
  /** Names of namespaces, each of which has a profile. */
  readonly namespaces: ReadonlySet<string>;
  /** By `namespace/name` of the service. */
  readonly services: ReadonlyMap<string, readonly ServiceEndpoint[]>;
}

/** The policies of one tier that select an endpoint in one direction, in order; never empty. */
export interface TierPolicies {
  readonly tier: Tier;
  readonly policies: readonly Policy[];
}

/** A cluster's policy as it is in force: endpoints by address, sets by selector, tiers by endpoint. */
export interface Program {
  readonly networkSets: NetworkSetIndex;
  endpointAt(address: Address): Endpoint | undefined;
  hasProfile(namespace: string): boolean;
  tiersOf(endpoint: Endpoint, direction: Direction): readonly TierPolicies[];
  addressesOf(selector: SelectorNode): IpSet;
  service(namespace: string, name: string): readonly ServiceEndpoint[];
}

interface ByDirection {
  readonly ingress: readonly TierPolicies[];
  readonly egress: readonly TierPolicies[];
}

/** Builds the program; what an endpoint or a selector needs is worked out when it is first asked for. */
export function buildProgram(inventory: Inventory): Program {
  const byAddress = new Map(inventory.endpoints.map((endpoint) => [endpoint.address, endpoint]));
  const ordered = orderPolicies(inventory);
  const perEndpoint = new Map<Endpoint, ByDirection>();
  const sets = new Map<SelectorNode, IpSet>();
  return {
    networkSets: indexNetworkSets(inventory.networkSets),
    endpointAt: (address) => byAddress.get(address),
    hasProfile: (namespace) => inventory.namespaces.has(namespace),
    service: (namespace, name) => inventory.services.get(`${namespace}/${name}`) ?? [],
    tiersOf: (endpoint, direction) => memo(perEndpoint, endpoint, () => selectTiers(ordered, endpoint))[direction],
    addressesOf: (selector) => memo(sets, selector, () => ipSetOf(selectedNets(inventory, selector))),
  };
}

function memo<K, V>(cache: Map<K, V>, key: K, make: () => V): V {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}

/** Tiers by order and name, each with its policies by order and `name/namespace/kind`, as Felix sorts them. */
function orderPolicies(inventory: Inventory): readonly TierPolicies[] {
  const byTier = groupBy(inventory.policies, (policy) => policy.tier);
  return inventory.tiers
    .toSorted((a, b) => compareNumbers(a.order, b.order) || compareText(a.name, b.name))
    .map((tier) => ({ tier, policies: (byTier.get(tier.name) ?? []).toSorted(comparePolicies) }));
}

function comparePolicies(a: Policy, b: Policy): number {
  return compareNumbers(a.order, b.order) || compareText(tieBreak(a), tieBreak(b));
}

function tieBreak(policy: Policy): string {
  const kinds = {
    CalicoNetworkPolicy: "NetworkPolicy",
    GlobalNetworkPolicy: "GlobalNetworkPolicy",
    NetworkPolicy: "KubernetesNetworkPolicy",
  } as const;
  return `${policy.name}/${policy.namespace}/${policy.staged ? "Staged" : ""}${kinds[policy.kind]}`;
}

/** Infinity equals itself here, which subtraction would not give. */
const compareNumbers = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

function selectTiers(tiers: readonly TierPolicies[], endpoint: Endpoint): ByDirection {
  const selected = tiers.map(({ tier, policies }) => ({
    tier,
    policies: policies.filter((policy) => selects(policy.selector, endpoint.labels)),
  }));
  const governing = (direction: Direction): readonly TierPolicies[] =>
    selected
      .map(({ tier, policies }) => ({ tier, policies: policies.filter((policy) => policy[direction] !== undefined) }))
      .filter(({ policies }) => policies.length > 0);
  return { ingress: governing("ingress"), egress: governing("egress") };
}

function selectedNets(inventory: Inventory, selector: SelectorNode) {
  const endpoints = inventory.endpoints
    .filter((endpoint) => selects(selector, endpoint.labels))
    .map((endpoint) => ({ base: endpoint.address, length: 32 }));
  const sets = inventory.networkSets.filter((set) => selects(selector, set.labels)).flatMap((set) => set.nets);
  return [...endpoints, ...sets];
}
