import type { ResourceRef } from "../model/resource";
import { comparePlaces, refKey, type Place } from "./places";

/** A tier or policy that comes, goes or moves; absent places: it is not there before, or after. */
export interface Move {
  readonly ref: ResourceRef;
  readonly before: Place | undefined;
  readonly after: Place | undefined;
  /** What it judges: moves that judge nothing in common do not depend on each other. */
  readonly directions: readonly string[];
}

/** Whether a move goes towards the front; what comes does. */
const goesForward = ({ before, after }: Move): boolean =>
  after !== undefined && (before === undefined || comparePlaces(after, before) < 0);

/**
 * The order in which no prefix opens what both ends deny: first what moves to the front, foremost place first; then what
 * moves to the back, hindmost place first. Each prefix then has before every policy at least all that stood before it at
 * one of the ends, so that what denied a packet there still comes first. That holds for the policies of one tier, for
 * tiers, and for policies of several tiers where none passes packets on: what one tier passes and the next denies may be
 * what the next allowed before, and then no order of single writes will do.
 */
function inOrder(moves: readonly Move[]): readonly Move[] {
  const compare = (a: Place | undefined, b: Place | undefined) => comparePlaces(a ?? [], b ?? []);
  const forward = moves.filter(goesForward).sort((a, b) => compare(a.after, b.after));
  const back = moves.filter((move) => !goesForward(move)).sort((a, b) => compare(b.before, a.before));
  return [...forward, ...back];
}

/** The last step at which something happened, within namespaces, to what is global, and at all. */
class Steps {
  readonly #last = new Map<string, number>();

  after(keys: readonly string[]): number {
    return Math.max(-1, ...keys.map((key) => this.#last.get(key) ?? -1)) + 1;
  }

  note(keys: readonly string[], step: number): void {
    for (const key of keys) this.#last.set(key, Math.max(step, this.#last.get(key) ?? -1));
  }
}

/** What a move waits for, and what waits for it: what is global judges in every namespace. */
function keysOf({ ref, directions }: Move): { readonly waits: readonly string[]; readonly marks: readonly string[] } {
  const each = (prefix: string) => directions.map((direction) => `${prefix} ${direction}`);
  if (ref.namespace === "") return { waits: each("any"), marks: [...each("any"), ...each("global")] };
  const own = each(`in ${ref.namespace}`);
  return { waits: [...own, ...each("global")], marks: [...own, ...each("any")] };
}

/** The step at which each move is made, from 0; moves of one step do not depend on each other. */
export function stepsOf(moves: readonly Move[]): ReadonlyMap<string, number> {
  const steps = new Steps();
  return new Map(
    inOrder(moves).map((move) => {
      const { waits, marks } = keysOf(move);
      const step = steps.after(waits);
      steps.note(marks, step);
      return [refKey(move.ref), step];
    }),
  );
}
