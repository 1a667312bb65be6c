import { FIXED_TIERS } from "../decode/tier";
import { comparePolicies, type WorldTier } from "../evaluate/tier-order";
import type { World } from "../evaluate/world";
import type { Policy } from "../model/policy";

/** Policies that come and go; a policy that is changed is both. */
export interface PolicyChange {
  readonly added?: readonly Policy[];
  readonly removed?: readonly Policy[];
}

/** Tiers that every Calico has are there as soon as they have a policy. */
function withFixedTiers(tiers: readonly WorldTier[], added: readonly Policy[]): readonly WorldTier[] {
  const known = new Set(tiers.map(({ name }) => name));
  const missing = [...FIXED_TIERS].filter(([name]) => !known.has(name) && added.some(({ tier }) => tier === name));
  if (missing.length === 0) return tiers;
  const made = missing.map(([name, settings]): WorldTier => ({ name, ...settings, policies: [] }));
  return [...tiers, ...made].sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
}

/** The same world under other policies, in the order of evaluation. Policies of tiers that are not there have no say. */
export function changePolicies(world: World, { added = [], removed = [] }: PolicyChange): World {
  const gone = new Set(removed);
  const tiers = withFixedTiers(world.tiers, added).map((tier) => {
    const more = added.filter((policy) => policy.tier === tier.name);
    const left = tier.policies.filter((policy) => !gone.has(policy));
    if (more.length === 0 && left.length === tier.policies.length) return tier;
    return { ...tier, policies: [...left, ...more].sort(comparePolicies) };
  });
  return { ...world, tiers };
}
