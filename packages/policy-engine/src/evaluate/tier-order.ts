import { FIXED_TIERS } from "../decode/tier";
import type { Policy, Tier } from "../model/policy";
import { compareBytes } from "../text/order";

/** A tier with its policies. */
export interface WorldTier {
  readonly name: string;
  readonly order: number;
  readonly defaultAction: "Deny" | "Pass";
  readonly policies: readonly Policy[];
}

const LAST = Number.POSITIVE_INFINITY;

/**
 * Policies of a tier in order: by order, those without one last, ties by the text `name/namespace/kind` (Calico, felix
 * policy sorter).
 */
export function comparePolicies(a: Policy, b: Policy): number {
  const [left, right] = [a.order ?? LAST, b.order ?? LAST];
  if (left !== right) return left < right ? -1 : 1;
  return compareBytes(tieBreak(a), tieBreak(b));
}

/** Calico's own name of the kind of what it converts (libcalico-go, model.KindKubernetesClusterNetworkPolicy). */
const sortedKind = ({ kind }: Policy): string =>
  kind === "ClusterNetworkPolicy" ? "KubernetesClusterNetworkPolicy" : kind;

const tieBreak = (policy: Policy): string => `${policy.name}/${policy.namespace}/${sortedKind(policy)}`;

/** Tiers as they are, and those that every Calico has, in order; ties by name. Policies of a tier that does not exist have no say. */
export function orderTiers(tiers: readonly Tier[], policies: readonly Policy[]): readonly WorldTier[] {
  const byTier = new Map<string, Policy[]>();
  for (const policy of policies) byTier.set(policy.tier, [...(byTier.get(policy.tier) ?? []), policy]);
  const settings = new Map<string, Omit<WorldTier, "policies">>();
  for (const [name, fixed] of FIXED_TIERS) if (byTier.has(name)) settings.set(name, { name, ...fixed });
  for (const { name, order = LAST, defaultAction } of tiers) settings.set(name, { name, order, defaultAction });
  return [...settings.values()]
    .map((tier) => ({ ...tier, policies: [...(byTier.get(tier.name) ?? [])].sort(comparePolicies) }))
    .sort((a, b) => (a.order === b.order ? compareBytes(a.name, b.name) : a.order < b.order ? -1 : 1));
}
