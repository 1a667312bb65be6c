import { groupBy } from "@isthmus/std";
import type { Direction, Policy, Tier } from "./model";
import { selects, type Labels } from "./selector";

/** The policies of one tier that select an endpoint in one direction, in order; never empty. */
export interface TierPolicies {
  readonly tier: Tier;
  readonly policies: readonly Policy[];
}

/** The chains of an interface: what a host endpoint asks about forwarded packets is a chain of its own. */
export type Chain = "untracked" | "pre-dnat" | "normal" | "forward";

/** The tiers of an endpoint by direction and chain. */
export type Chains = (direction: Direction, chain: Chain) => readonly TierPolicies[];

/** Tiers by order and name, each with its policies by order and `name/namespace/kind` (felix/calc, policy_sorter.go). */
export function orderPolicies(tiers: readonly Tier[], policies: readonly Policy[]): readonly TierPolicies[] {
  const byTier = groupBy(policies, (policy) => policy.tier);
  return tiers
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
    ClusterNetworkPolicy: "KubernetesClusterNetworkPolicy",
  } as const;
  return `${policy.name}/${policy.namespace}/${policy.staged ? "Staged" : ""}${kinds[policy.kind]}`;
}

/** Infinity equals itself here, which subtraction would not give. */
const compareNumbers = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Which policies select `labels`, by chain and direction (felix/calc, tierInfoToProtoTierInfo). */
export function policiesOf(labels: Labels, ordered: readonly TierPolicies[]): Chains {
  const selected = ordered.map(({ tier, policies }) => ({
    tier,
    policies: policies.filter((policy) => selects(policy.selector, labels)),
  }));
  const made = new Map<string, readonly TierPolicies[]>();
  return (direction, chain) => {
    const key = `${direction} ${chain}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const tiers = selected
      .map(({ tier, policies }) => ({ tier, policies: policies.filter((policy) => governs(policy, direction, chain)) }))
      .filter(({ policies }) => policies.length > 0);
    made.set(key, tiers);
    return tiers;
  };
}

/** Policies before destination NAT have no egress; what applies to forwarded packets applies to others, too. */
function governs(policy: Policy, direction: Direction, chain: Chain): boolean {
  if (policy[direction] === undefined) return false;
  if (chain === "forward") return policy.table === "normal" && policy.applyOnForward;
  return policy.table === chain && (chain !== "pre-dnat" || direction === "ingress");
}
