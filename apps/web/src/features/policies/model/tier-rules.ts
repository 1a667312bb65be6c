/** A tier as the rules below see it. */
export interface TierFacts {
  readonly name: string;
  readonly order: number;
}

/** Names that Calico or Kubernetes gave to tiers of their own. */
const taken: Readonly<Record<string, string>> = {
  default: "Calico's own last tier",
  "kube-admin": "Calico's tier for administrators",
  "kube-baseline": "Calico's tier for baseline policies",
  "calico-system": "the operator's own tier",
  "allow-tigera": "the operator's own tier",
  adminnetworkpolicy: "a tier of Kubernetes' admin policies",
  baselineadminnetworkpolicy: "a tier of Kubernetes' admin policies",
};

/** The order of Calico's tier `default`: a tier of ours is asked before it. */
export const DEFAULT_TIER_ORDER = 1_000_000;

/** What is wrong with a tier that a person wants to make; undefined where nothing is. */
export function tierProblem(
  tier: TierFacts,
  existing: readonly TierFacts[],
): { readonly field: "name" | "order"; readonly message: string } | undefined {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(tier.name)) {
    return {
      field: "name",
      message: "a tier's name is lower case letters, digits and hyphens, at most 63, a letter or digit at both ends",
    };
  }
  const owner = Object.hasOwn(taken, tier.name) ? taken[tier.name] : undefined;
  if (owner !== undefined)
    return { field: "name", message: `\`${tier.name}\` is ${owner}: Isthmus manages tiers of its own alone` };
  if (existing.some((each) => each.name === tier.name))
    return { field: "name", message: `there is a tier \`${tier.name}\` already` };
  const same = existing.find((each) => each.order === tier.order);
  if (same)
    return {
      field: "order",
      message: `\`${same.name}\` has the order ${tier.order}; equal orders are settled by name, which nobody reads`,
    };
  if (tier.order >= DEFAULT_TIER_ORDER) {
    return {
      field: "order",
      message: `the tier \`default\` has the order ${DEFAULT_TIER_ORDER} and decides before this one would be asked`,
    };
  }
  return undefined;
}
