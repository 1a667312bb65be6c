import { speaksAt } from "../evaluate/hook";
import type { Direction, Policy } from "../model/policy";
import type { OrderedTier, RankedPolicy } from "./tier-book";

/** The policies of one tier that judge an endpoint in one direction, in order; at least one. */
export interface TierPolicies<P extends RankedPolicy> {
  readonly tier: OrderedTier;
  readonly policies: readonly P[];
}

/** What judges an endpoint in one direction, tier by tier; tiers without a policy for it are left out. */
export interface DirectionPolicies<P extends RankedPolicy> {
  readonly enforced: readonly TierPolicies<P>[];
  /** With what is staged, too; the same list as `enforced` where nothing staged selects the endpoint. */
  readonly pending: readonly TierPolicies<P>[];
  readonly staged: boolean;
}

/** What judges the endpoints that one set of subject selectors matches. */
export interface ResolvedPolicies<P extends RankedPolicy> extends Readonly<Record<Direction, DirectionPolicies<P>>> {
  /** The order of tiers in which it was worked out. */
  readonly tierVersion: number;
}

interface Placed<P extends RankedPolicy> {
  readonly entry: P;
  readonly tier: OrderedTier;
}

/** A policy judges in the directions that its types name; workloads meet those of hook `normal` alone. */
const judges = (policy: Policy, direction: Direction): boolean =>
  speaksAt(policy, "normal") && policy.types.includes(direction);

function byTier<P extends RankedPolicy>(placed: readonly Placed<P>[]): readonly TierPolicies<P>[] {
  const tiers: { readonly tier: OrderedTier; readonly policies: P[] }[] = [];
  for (const { entry, tier } of placed) {
    const last = tiers.at(-1);
    if (last?.tier === tier) last.policies.push(entry);
    else tiers.push({ tier, policies: [entry] });
  }
  return tiers;
}

function inDirection<P extends RankedPolicy>(placed: readonly Placed<P>[], direction: Direction): DirectionPolicies<P> {
  const judging = placed.filter(({ entry }) => judges(entry.policy, direction));
  const inForce = judging.filter(({ entry }) => entry.policy.stagedAction === undefined);
  const enforced = byTier(inForce);
  const staged = inForce.length < judging.length;
  return { enforced, pending: staged ? byTier(judging) : enforced, staged };
}

/** Puts policies that select an endpoint into the order of evaluation. A policy of a tier that does not exist has no say. */
export function resolvePolicies<P extends RankedPolicy>(
  entries: Iterable<P>,
  { tiers, tierVersion }: { readonly tiers: ReadonlyMap<string, OrderedTier>; readonly tierVersion: number },
): ResolvedPolicies<P> {
  const placed: Placed<P>[] = [];
  for (const entry of entries) {
    const { tier: name, stagedAction } = entry.policy;
    const tier = tiers.get(name);
    if (tier && stagedAction !== "Delete") placed.push({ entry, tier });
  }
  placed.sort((a, b) => a.tier.rank - b.tier.rank || a.entry.rank - b.entry.rank);
  return { tierVersion, ingress: inDirection(placed, "ingress"), egress: inDirection(placed, "egress") };
}
