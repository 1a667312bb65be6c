import { planOf } from "../connectivity/rule-end";
import { ALL, NONE, type SetId } from "../connectivity/tables";
import type { Policy } from "../model/policy";
import type { Arena, Standpoint } from "./arena";
import type { PolicyColumns, RuleColumns } from "./rule-columns";
import { applyColumn } from "./sparse";
import type { Subject } from "./subjects";

/** A policy on the way of connections through the tiers of a standpoint. */
export interface Station {
  readonly policy: Policy;
  readonly columns: PolicyColumns;
  /** Place of its tier among those that have a say there. */
  readonly tier: number;
  /** Whether it is why its tier has a say. */
  readonly alone: boolean;
  /** By class: numbers of flows, what may get as far as it. */
  readonly entering: Uint32Array;
  /** By class: numbers of extents, what becomes of everything that goes on after it, and that would go past its tier. */
  readonly after: Uint32Array;
  readonly beyond: Uint32Array;
}

/** The stations of a standpoint, in order. */
export interface Way {
  readonly standpoint: Standpoint;
  readonly stations: readonly Station[];
}

/** Works out ways. */
export class Ways {
  readonly arena: Arena;
  readonly columns: RuleColumns;
  readonly #resolved = new Map<number, number>();

  constructor(arena: Arena, columns: RuleColumns) {
    this.arena = arena;
    this.columns = columns;
  }

  /** Where only what arrives is asked, what becomes of it is left out. */
  of(standpoint: Standpoint, { arriving }: { readonly arriving: boolean }): Way {
    const { subject, own } = standpoint;
    const tiers = subject.tiers.map(({ policies }) =>
      policies.map((policy) => ({ policy, columns: this.columns.of(planOf(policy, policy)[subject.direction], own) })),
    );
    const columns = tiers.map((tier) => tier.map((placed) => placed.columns));
    const entering = this.#forward(standpoint, columns);
    const { after, beyond } = arriving ? { after: [], beyond: [] } : this.#backward(standpoint, columns);
    const none = new Uint32Array(0);
    const stations = tiers.flatMap((tier, t) =>
      tier.map((placed, p) => ({
        ...placed,
        tier: t,
        alone: tier.length === 1,
        entering: entering[t]?.[p] ?? none,
        after: after[t]?.[p + 1] ?? none,
        beyond: beyond[t] ?? none,
      })),
    );
    return { standpoint, stations };
  }

  /** The extent of what an outcome makes of everything, where `next` becomes of what is left and `passed` of what is passed. */
  resolve(outcome: number, next: number, passed: number): number {
    const key = (outcome * 2 ** 17 + next) * 2 ** 17 + passed;
    let known = this.#resolved.get(key);
    if (known === undefined) this.#resolved.set(key, (known = this.#work(outcome, next, passed)));
    return known;
  }

  #work(outcome: number, next: number, passed: number): number {
    const { sets, outcomes, extents } = this.arena.tables;
    const [allow, pass, unknown, remain] = outcomes.get(outcome);
    const [goesOn, beyond] = [extents.get(next), extents.get(passed)];
    const add = (at: 0 | 1, so: SetId): SetId =>
      sets.union(sets.union(so, sets.intersect(remain, goesOn[at])), sets.intersect(pass, beyond[at]));
    return extents.id([add(0, allow), add(1, unknown)]);
  }

  /** For each policy, what may get as far as it. */
  #forward({ subject }: Standpoint, tiers: readonly (readonly PolicyColumns[])[]): readonly (readonly Uint32Array[])[] {
    const { sets } = this.arena.tables;
    const { flows } = this.columns;
    // What is not read may be a policy that passes anything on.
    const open = this.arena.world.unreadable.length > 0;
    const start = flows.id([ALL, open ? ALL : NONE]);
    let state: Uint32Array = new Uint32Array(this.arena.model.classes.count).fill(start);
    const step = memo((flow, by) => {
      const [remain, passed] = flows.get(flow);
      const [stays, passes] = flows.get(by);
      return flows.id([sets.intersect(remain, stays), sets.union(passed, sets.intersect(remain, passes))]);
    });
    return tiers.map((tier, t) => {
      const entering: Uint32Array[] = [];
      for (const { flow } of tier) {
        entering.push(state);
        state = applyColumn(state, { column: flow, idle: this.columns.idle }, step);
      }
      const ends = subject.tiers[t]?.defaultAction === "Deny";
      const end = memo((flow) => {
        const [remain, passed] = flows.get(flow);
        return open ? start : flows.id([ends ? passed : sets.union(passed, remain), NONE]);
      });
      state = state.map((value) => end(value, 0));
      return entering;
    });
  }

  /** For each tier and policy, what becomes of everything that is asked from there on. */
  #backward({ subject, own }: Standpoint, tiers: readonly (readonly PolicyColumns[])[]) {
    const { count } = this.arena.model.classes;
    let next = this.#profiles(subject, own);
    const after: Uint32Array[][] = [];
    const beyond: Uint32Array[] = [];
    for (let t = tiers.length - 1; t >= 0; t -= 1) {
      const past = next;
      const denied = new Uint32Array(count).fill(this.arena.tables.nowhere);
      let at = subject.tiers[t]?.defaultAction === "Pass" ? past : denied;
      const positions = [at];
      for (const { effect } of (tiers[t] ?? []).toReversed()) {
        at = applyColumn(at, { column: effect, idle: this.arena.tables.undecided }, (value, by, its) =>
          this.resolve(by, value, past[its] ?? 0),
        );
        positions.unshift(at);
      }
      after.unshift(positions);
      beyond.unshift(past);
      next = at;
    }
    return { after, beyond };
  }

  #profiles({ profiles }: Subject, own: number): Uint32Array {
    const { tables, model } = this.arena;
    let at: Uint32Array = new Uint32Array(model.classes.count).fill(tables.nowhere);
    for (const plan of profiles.toReversed()) {
      const { effect } = this.columns.of(plan, own);
      // What a profile passes goes to the next one, as what it does not match.
      at = applyColumn(at, { column: effect, idle: tables.undecided }, (value, by) => this.resolve(by, value, value));
    }
    return at;
  }
}

function memo(work: (a: number, b: number) => number): (a: number, b: number) => number {
  const rows: number[][] = [];
  return (a, b) => {
    const row = (rows[b] ??= []);
    return (row[a] ??= work(a, b));
  };
}
