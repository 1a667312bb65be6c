import type { OrderedPlan } from "../federation/order-plan";
import { refKey, type HeldResource } from "../federation/places";
import type { PlannedResource } from "../federation/types";
import type { ResourceRef } from "../model/resource";

/** One write of a plan. */
export type PlanStep =
  | { readonly kind: "write"; readonly position: number; readonly ref: ResourceRef; readonly resource: PlannedResource }
  | { readonly kind: "remove"; readonly position: number; readonly ref: ResourceRef };

/** What of a plan writes, in the order of positions; steps of one position in the order of `shuffle`. */
export function stepsOfPlan(
  held: readonly PlannedResource[],
  { resources, removals }: OrderedPlan,
  shuffle: (ref: ResourceRef) => string = refKey,
): readonly PlanStep[] {
  const hashes = new Map(held.map(({ ref, hash }) => [refKey(ref), hash]));
  const writes = resources
    .filter(({ ref, hash }) => hashes.get(refKey(ref)) !== hash)
    .map((resource): PlanStep => ({ kind: "write", position: resource.position, ref: resource.ref, resource }));
  const gone = removals.map(({ ref, position }): PlanStep => ({ kind: "remove", position, ref }));
  return [...writes, ...gone].sort((a, b) => a.position - b.position || (shuffle(a.ref) < shuffle(b.ref) ? -1 : 1));
}

/** What a cluster holds after each step, the state before the first one included. */
export function prefixesOf<T extends HeldResource>(
  held: readonly T[],
  steps: readonly PlanStep[],
): readonly (readonly HeldResource[])[] {
  const state = new Map<string, HeldResource>(held.map((resource) => [refKey(resource.ref), resource]));
  const states: (readonly HeldResource[])[] = [[...state.values()]];
  for (const step of steps) {
    if (step.kind === "write") state.set(refKey(step.ref), step.resource);
    else state.delete(refKey(step.ref));
    states.push([...state.values()]);
  }
  return states;
}

/** What a cluster holds once the whole plan is applied. */
export function applied(held: readonly PlannedResource[], plan: OrderedPlan): readonly PlannedResource[] {
  const gone = new Set(plan.removals.map(({ ref }) => refKey(ref)));
  const written = new Set(plan.resources.map(({ ref }) => refKey(ref)));
  const left = held.filter(({ ref }) => !gone.has(refKey(ref)) && !written.has(refKey(ref)));
  return [...left, ...plan.resources];
}
