import type { DesiredRemoval, DesiredResource, DesiredState, ResourceRef } from "@isthmus/protocol";
import { refText } from "@isthmus/protocol";

/** One step of an apply plan. */
export type Step =
  | { readonly kind: "upsert"; readonly text: string; readonly ref: ResourceRef; readonly resource: DesiredResource }
  | { readonly kind: "removal"; readonly text: string; readonly ref: ResourceRef; readonly removal: DesiredRemoval };

/** Steps of one position: they do not depend on each other. */
export interface Stage {
  readonly position: number;
  readonly steps: readonly Step[];
}

/** The desired state as held: what is wanted and what is to go, by the text of the ref. */
export interface HeldDesired {
  readonly revision: bigint;
  readonly steps: ReadonlyMap<string, Step>;
}

/** Nothing was ever desired. */
export const NOTHING_DESIRED: HeldDesired = { revision: 0n, steps: new Map() };

/** Takes a desired state in: a complete one replaces, a difference changes exactly its base; undefined: it does not fit. */
export function takeDesired(held: HeldDesired, state: DesiredState): HeldDesired | undefined {
  if (state.baseRevision !== 0n && state.baseRevision !== held.revision) return undefined;
  const steps = new Map(state.baseRevision === 0n ? [] : held.steps);
  for (const step of stepsOf(state)) steps.set(step.text, step);
  return { revision: state.revision, steps };
}

/** The steps that a desired state names. */
export function stepsOf(state: DesiredState): readonly Step[] {
  const upserts = state.upserts.flatMap((resource): readonly Step[] =>
    resource.ref === undefined ? [] : [{ kind: "upsert", text: refText(resource.ref), ref: resource.ref, resource }],
  );
  const removals = state.removals.flatMap((removal): readonly Step[] =>
    removal.ref === undefined ? [] : [{ kind: "removal", text: refText(removal.ref), ref: removal.ref, removal }],
  );
  return [...upserts, ...removals];
}

/** Stages in the order of their positions; removals without a position come last. */
export function stagesOf(steps: Iterable<Step>): readonly Stage[] {
  const stages = new Map<number, Step[]>();
  for (const step of steps) {
    const position = positionOf(step);
    const stage = stages.get(position) ?? [];
    stages.set(position, stage);
    stage.push(step);
  }
  return [...stages]
    .map(([position, members]) => ({ position, steps: members.toSorted((a, b) => (a.text < b.text ? -1 : 1)) }))
    .toSorted((a, b) => a.position - b.position);
}

function positionOf(step: Step): number {
  if (step.kind === "upsert") return step.resource.position;
  return step.removal.position === 0 ? Number.POSITIVE_INFINITY : step.removal.position;
}
