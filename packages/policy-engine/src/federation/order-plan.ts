import { contentHash } from "../json/canonical";
import type { JsonObject } from "../json/json";
import type { ResourceRef } from "../model/resource";
import { compareBytes } from "../text/order";
import { policyPlace, refKey, specField, tierPlace, type HeldResource, type Place } from "./places";
import { stepsOf, type Move } from "./renumbering";
import { setMoves, type SetMoves } from "./set-moves";
import type { PlannedResource } from "./types";

/** An object that is to go, and when. */
export interface PlannedRemoval {
  readonly ref: ResourceRef;
  readonly position: number;
}

/** A plan in the order in which it is applied: positions one after the other, what shares one in any order. */
export interface OrderedPlan {
  readonly resources: readonly PlannedResource[];
  readonly removals: readonly PlannedRemoval[];
  /** False where sets keep addresses until other sets have them: to be planned again once this is applied. */
  readonly finished: boolean;
}

/** Positions of one stage; a stage has room for that many steps. */
const STAGE = 1_000_000;

/** The stages of a plan. Removals of sets and tiers come when no policy asks for them any more. */
const STAGES = { tiers: 0, sets: STAGE, policies: 2 * STAGE, removedSets: 3 * STAGE, removedTiers: 4 * STAGE } as const;

const isTier = ({ ref }: HeldResource): boolean => ref.kind === "Tier";
const isSet = ({ ref }: HeldResource): boolean => ref.kind === "GlobalNetworkSet";
const isPolicy = (resource: HeldResource): boolean => !isTier(resource) && !isSet(resource);

/** The position of an object that depends on nothing else of its stage. */
export function stagePosition(kind: string): number {
  if (kind === "Tier") return STAGES.tiers;
  return kind === "GlobalNetworkSet" ? STAGES.sets : STAGES.policies;
}

const byKey = (resources: readonly HeldResource[]): ReadonlyMap<string, HeldResource> =>
  new Map(resources.map((resource) => [refKey(resource.ref), resource]));

/** Calico's default counts too: what a policy does not say of its types it may judge. */
function directionsOf(resource: HeldResource): readonly string[] {
  const types = specField(resource, "types");
  return Array.isArray(types) && types.length > 0 ? types.map(String) : ["Ingress", "Egress"];
}

interface Both {
  readonly held: readonly HeldResource[];
  readonly wanted: readonly HeldResource[];
}

function movesOf({ held, wanted }: Both, placeOf: (resource: HeldResource) => Place): readonly Move[] {
  const [before, after] = [byKey(held), byKey(wanted)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [old, next] = [before.get(key), after.get(key)];
    const some = next ?? old;
    if (!some) return [];
    const places = { before: old && placeOf(old), after: next && placeOf(next) };
    if (places.before?.join() === places.after?.join()) return [];
    const directions = [...new Set([old, next].flatMap((each) => (each ? directionsOf(each) : [])))];
    return [{ ref: some.ref, ...places, directions }];
  });
}

/** Tiers that are there before and after, and stand elsewhere; one that comes is empty, one that goes has become so. */
function tierSteps({ held, wanted }: Both): ReadonlyMap<string, number> {
  const moves = movesOf({ held: held.filter(isTier), wanted: wanted.filter(isTier) }, tierPlace);
  return stepsOf(moves.filter(({ before, after }) => before && after));
}

function policySteps({ held, wanted }: Both): ReadonlyMap<string, number> {
  const tiers = new Map([...held, ...wanted].filter(isTier).map((tier) => [tier.ref.name, tierPlace(tier)]));
  const placeOf = (policy: HeldResource) => policyPlace(policy, tiers);
  return stepsOf(movesOf({ held: held.filter(isPolicy), wanted: wanted.filter(isPolicy) }, placeOf));
}

/** A set with the nets that it keeps for the time being. */
function keeping(resource: PlannedResource, { kept }: SetMoves): PlannedResource {
  const more = isSet(resource) ? kept.get(resource.ref.name) : undefined;
  if (!more) return resource;
  const nets = [...(specField(resource, "nets") as readonly string[]), ...new Set(more)].sort(compareBytes);
  const manifest: JsonObject = { ...resource.manifest, spec: { nets } };
  return { ...resource, manifest, hash: contentHash(manifest) };
}

interface Steps {
  readonly tiers: ReadonlyMap<string, number>;
  readonly policies: ReadonlyMap<string, number>;
  readonly sets: SetMoves;
}

function positionOf(resource: HeldResource, { tiers, policies, sets }: Steps): number {
  const key = refKey(resource.ref);
  const step = isTier(resource)
    ? tiers.get(key)
    : isSet(resource)
      ? sets.steps.get(resource.ref.name)
      : policies.get(key);
  return stagePosition(resource.ref.kind) + (step ?? 0);
}

function removalPosition(resource: HeldResource, { policies, sets }: Steps): number {
  if (isTier(resource)) return STAGES.removedTiers;
  if (isPolicy(resource)) return STAGES.policies + (policies.get(refKey(resource.ref)) ?? 0);
  if (!sets.dead.has(resource.ref.name)) return STAGES.removedSets;
  return STAGES.sets + Math.max(0, ...sets.steps.values()) + 1;
}

/**
 * Orders a plan from what the cluster holds (decision 12): tiers, then sets, then policies; removals of policies where
 * they belong among those, of sets and tiers at the end. No prefix of a renumbering opens what both ends deny, and no
 * prefix leaves an address that moves without an identity.
 */
export function orderPlan(held: readonly HeldResource[], plan: readonly PlannedResource[]): OrderedPlan {
  const both = { held, wanted: plan };
  const sets = setMoves(held.filter(isSet), plan.filter(isSet));
  const steps: Steps = { tiers: tierSteps(both), policies: policySteps(both), sets };
  const wanted = byKey(plan);
  return {
    resources: plan.map((resource) => ({ ...keeping(resource, sets), position: positionOf(resource, steps) })),
    removals: held
      .filter(({ ref }) => !wanted.has(refKey(ref)))
      .map((resource) => ({ ref: resource.ref, position: removalPosition(resource, steps) })),
    finished: sets.kept.size === 0,
  };
}
