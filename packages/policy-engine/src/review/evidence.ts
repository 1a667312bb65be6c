import { NONE } from "../connectivity/tables";
import type { Policy } from "../model/policy";
import type { Direction } from "../model/rule";
import type { Arena, Standpoint } from "./arena";
import type { RuleCase } from "./cases";
import { Deciders, type Decider, type Spot } from "./deciders";
import { deciderKey } from "./name";
import type { RuleColumns } from "./rule-columns";
import { valueOf } from "./sparse";
import { planOf } from "../connectivity/rule-end";

/** Evidence names who decides; so many places are looked at for it, of which more would only say the same. */
const MOST_SPOTS = 400;

/** Finds who decides in the place of rules. */
export class Evidence {
  readonly #arena: Arena;
  readonly #columns: RuleColumns;
  readonly #deciders: Deciders;
  readonly #standpoints: ReadonlyMap<Policy, readonly Standpoint[]>;

  constructor(arena: Arena, columns: RuleColumns, standpoints: ReadonlyMap<Policy, readonly Standpoint[]>) {
    this.#arena = arena;
    this.#columns = columns;
    this.#deciders = new Deciders(arena, columns);
    this.#standpoints = standpoints;
  }

  /** Who takes what a rule matches, before it is asked. */
  takers({ policy, direction, index }: RuleCase): readonly Decider[] {
    return this.#gather(this.#spots({ policy, direction, index }, "may"), (spot) =>
      this.#deciders.takers(spot, { policy, index }),
    );
  }

  /** Who decides what a rule decides, if it is not there. */
  substitutes({ policy, direction, index }: RuleCase): readonly Decider[] {
    return this.#gather(this.#spots({ policy, direction, index }, "reach"), (spot) =>
      this.#deciders.substitutes(spot, { policy, index }),
    );
  }

  *#spots(
    { policy, direction, index }: Pick<RuleCase, "policy" | "direction" | "index">,
    what: "may" | "reach",
  ): Generator<Spot> {
    for (const standpoint of this.#standpointsOf(policy, direction)) {
      const column = this.#columns.of(planOf(policy, policy)[direction], standpoint.own).rules[index]?.[what];
      if (!column) continue;
      for (const its of this.#arena.peers[standpoint.version]) {
        const set = valueOf(column, its);
        if (set !== NONE) yield { standpoint, its, set };
      }
    }
  }

  #standpointsOf(policy: Policy, direction: Direction): readonly Standpoint[] {
    return (this.#standpoints.get(policy) ?? []).filter(({ subject }) => subject.direction === direction);
  }

  #gather(spots: Iterable<Spot>, ask: (spot: Spot) => readonly Decider[]): readonly Decider[] {
    const found = new Map<string, Decider>();
    let looked = 0;
    for (const spot of spots) {
      for (const decider of ask(spot)) found.set(deciderKey(decider), decider);
      looked += 1;
      if (looked >= MOST_SPOTS) break;
    }
    return [...found.values()];
  }
}
