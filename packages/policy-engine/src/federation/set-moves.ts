import { manifestHead } from "../json/manifest-ref";
import { compareBytes } from "../text/order";
import { IDENTITY_LABEL } from "./names";
import { specField, type HeldResource } from "./places";

/** A set by its name, whose it is and what it holds. */
interface SetContent {
  readonly name: string;
  readonly identity: string;
  readonly nets: ReadonlySet<string>;
  /** Whether the cluster certainly holds it so. */
  readonly confirmed: boolean;
}

/** When sets are written, and what they keep meanwhile. */
export interface SetMoves {
  /** The step at which a set is written, from 0, by its name. */
  readonly steps: ReadonlyMap<string, number>;
  /** Nets that a set keeps until the set that they move to has them, by its name. */
  readonly kept: ReadonlyMap<string, readonly string[]>;
  /** Sets of which no address is published for their workload any more. */
  readonly dead: ReadonlySet<string>;
}

function contentOf(set: HeldResource): SetContent {
  const nets = specField(set, "nets");
  return {
    name: set.ref.name,
    identity: manifestHead(set.manifest).labels[IDENTITY_LABEL] ?? "",
    nets: new Set(Array.isArray(nets) ? nets.map(String) : []),
    confirmed: set.unconfirmed !== true,
  };
}

/** Which sets hold each net. */
function holdersOf(sets: readonly SetContent[]): ReadonlyMap<string, readonly SetContent[]> {
  const holders = new Map<string, SetContent[]>();
  for (const set of sets) for (const net of set.nets) holders.set(net, [...(holders.get(net) ?? []), set]);
  return holders;
}

/** A net that one set gains and another loses. */
interface NetMove {
  readonly net: string;
  readonly from: string;
  readonly to: string;
}

function movesBetween(before: readonly SetContent[], after: readonly SetContent[]): readonly NetMove[] {
  const [held, next] = [holdersOf(before), new Map(after.map((set) => [set.name, set]))];
  // What is not confirmed may still have to be gained.
  const had = new Map(before.filter(({ confirmed }) => confirmed).map((set) => [set.name, set]));
  return after.flatMap((to) =>
    [...to.nets]
      .filter((net) => !had.get(to.name)?.nets.has(net))
      .flatMap((net) =>
        (held.get(net) ?? []).flatMap((from): readonly NetMove[] => {
          const left = next.get(from.name);
          return left && !left.nets.has(net) ? [{ net, from: from.name, to: to.name }] : [];
        }),
      ),
  );
}

/** Steps of the sets that are in no circle: a set gains before another loses. */
function stepsWithoutCircles(names: readonly string[], moves: readonly NetMove[]): Map<string, number> {
  const sources = new Map<string, Set<string>>();
  for (const { from, to } of moves) sources.set(from, (sources.get(from) ?? new Set()).add(to));
  const steps = new Map<string, number>();
  for (let left = [...names]; left.length > 0;) {
    const ready = left.filter((name) => [...(sources.get(name) ?? [])].every((to) => steps.has(to)));
    if (ready.length === 0) break;
    for (const name of ready) {
      steps.set(name, Math.max(-1, ...[...(sources.get(name) ?? [])].map((to) => steps.get(to) ?? -1)) + 1);
    }
    left = left.filter((name) => !steps.has(name));
  }
  return steps;
}

/**
 * How sets are written so that an address that moves holds its old identity, its new one, or for a moment both. Where
 * sets would take addresses from each other in a circle they keep them, and give them up in the next plan.
 */
export function setMoves(held: readonly HeldResource[], wanted: readonly HeldResource[]): SetMoves {
  const [before, after] = [held.map(contentOf), wanted.map(contentOf)];
  const moves = movesBetween(before, after);
  const names = after.map(({ name }) => name).sort(compareBytes);
  const steps = stepsWithoutCircles(names, moves);
  const circular = moves.filter(({ from, to }) => !steps.has(from) && !steps.has(to));
  const kept = new Map<string, string[]>();
  for (const { from, net } of circular) kept.set(from, [...(kept.get(from) ?? []), net]);
  const waiting = moves.filter((move) => !circular.includes(move));
  const next = holdersOf(after);
  const stays = new Set(names);
  const isDead = ({ name, identity, nets }: SetContent) =>
    !stays.has(name) && ![...nets].some((net) => next.get(net)?.some((set) => set.identity === identity));
  return {
    steps: stepsWithoutCircles(names, waiting),
    kept,
    dead: new Set(before.filter(isDead).map(({ name }) => name)),
  };
}
