import { isPending, type Direction, type Policy } from "../model/policy";
import type { Endpoint } from "./endpoint";
import { speaksAt, type PolicyHook } from "./hook";
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

/** A direction at one of the hooks. */
export interface HookPlace {
  readonly direction: Direction;
  readonly hook: PolicyHook;
}

/** Whether a policy judges an endpoint there. What is not understood in it might, wherever it could. */
function applies({ policy, selects }: PreparedPolicy, endpoint: Endpoint, { direction, hook }: HookPlace): boolean {
  if (!speaksAt(policy, hook) || !policy.types.includes(direction)) return false;
  const mayBe = policy.unknown.length > 0 && (policy.namespace === "" || policy.namespace === endpoint.namespace);
  return mayBe || selects(endpoint.labels);
}

function workOut(world: World, endpoint: Endpoint, place: HookPlace): Applying {
  const view = (counts: (policy: Policy) => boolean): readonly ApplyingTier[] =>
    world.tiers.map((tier) => {
      const counted = tier.policies.filter(counts);
      const policies = counted.map(prepare).filter((made) => applies(made, endpoint, place));
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
const worked = new WeakMap<World, WeakMap<Endpoint, Map<string, Applying>>>();

/** The tiers and policies that judge an endpoint in one direction, at hook `normal` where none is named. */
export function applyingTo(world: World, endpoint: Endpoint, at: Direction | HookPlace): Applying {
  const place: HookPlace = typeof at === "string" ? { direction: at, hook: "normal" } : at;
  const ofWorld = worked.get(world) ?? new WeakMap<Endpoint, Map<string, Applying>>();
  worked.set(world, ofWorld);
  const known = ofWorld.get(endpoint) ?? new Map<string, Applying>();
  ofWorld.set(endpoint, known);
  const key = `${place.hook}/${place.direction}`;
  const found = known.get(key) ?? workOut(world, endpoint, place);
  known.set(key, found);
  return found;
}
