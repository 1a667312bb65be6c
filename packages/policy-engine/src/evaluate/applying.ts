import { isPending, type Direction, type Policy } from "../model/policy";
import type { Endpoint } from "./endpoint";
import { prepare, type PreparedPolicy } from "./prepare";
import type { WorldTier } from "./tier-order";
import type { World } from "./world";

/** The policies of a tier that judge an endpoint in one direction, in order, and whether the tier has others. */
export interface ApplyingTier {
  readonly tier: WorldTier;
  readonly policies: readonly PreparedPolicy[];
  readonly empty: boolean;
}

/** Which policies count: those in force, or those in force and those that are staged to be. */
export type View = "enforced" | "pending";

/** What judges an endpoint in one direction. */
export interface Applying {
  readonly enforced: readonly ApplyingTier[];
  readonly pending: readonly ApplyingTier[];
  /** Whether anything staged selects the endpoint; where nothing does, nothing is pending. */
  readonly staged: boolean;
}

const inForce = (policy: Policy): boolean => policy.stagedAction === undefined;

/** Whether a policy judges a workload: doNotTrack and preDNAT ones are for host endpoints alone. */
function applies({ policy, selects }: PreparedPolicy, endpoint: Endpoint, direction: Direction): boolean {
  if (policy.preDnat || policy.doNotTrack || !policy.types.includes(direction)) return false;
  const mayBe = policy.unknown.length > 0 && (policy.namespace === "" || policy.namespace === endpoint.namespace);
  return mayBe || selects(endpoint.labels);
}

function workOut(world: World, endpoint: Endpoint, direction: Direction): Applying {
  const view = (counts: (policy: Policy) => boolean): readonly ApplyingTier[] =>
    world.tiers.map((tier) => {
      const counted = tier.policies.filter(counts);
      const policies = counted.map(prepare).filter((made) => applies(made, endpoint, direction));
      return { tier, policies, empty: counted.length === 0 };
    });
  const pending = view((policy) => inForce(policy) || isPending(policy.stagedAction));
  return {
    enforced: view(inForce),
    pending,
    staged: pending.some(({ policies }) => policies.some(({ policy }) => isPending(policy.stagedAction))),
  };
}

/** Worked out once for each endpoint of a world; neither changes. Not seen from outside. */
const worked = new WeakMap<World, WeakMap<Endpoint, Partial<Record<Direction, Applying>>>>();

/** The tiers and policies that judge an endpoint in one direction. */
export function applyingTo(world: World, endpoint: Endpoint, direction: Direction): Applying {
  const ofWorld = worked.get(world) ?? new WeakMap<Endpoint, Partial<Record<Direction, Applying>>>();
  worked.set(world, ofWorld);
  const known = ofWorld.get(endpoint) ?? {};
  ofWorld.set(endpoint, known);
  return (known[direction] ??= workOut(world, endpoint, direction));
}
