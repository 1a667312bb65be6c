import type { World } from "../evaluate/world";
import type { Policy } from "../model/policy";
import type { Direction } from "../model/rule";
import type { ClusterModel } from "./cluster-model";
import {
  ColumnBuilder,
  combineColumns,
  refineDense,
  refineSparse,
  type DenseColumn,
  type Parents,
  type SparseColumn,
} from "./columns";
import { effectOf, standpointKey } from "./policy-effect";
import { planOf, type RulesPlan } from "./rule-end";
import type { Subject, SubjectStage } from "./subjects";
import { ALL, NONE, type Tables } from "./tables";

/** INVARIANT: there are fewer classes of addresses, so that a subject and a class fit one number. */
const MOST_CLASSES = 2 ** 24;

/** The rules that a policy has in a direction. */
export const rulesOf = (policy: Policy, direction: Direction): RulesPlan => planOf(policy, policy)[direction];

/** All rules that a subject asks. */
function plansOf({ stages, direction }: Subject): readonly RulesPlan[] {
  return stages.flatMap(({ tiers, profiles = [], failsafe }) => [
    ...(failsafe ? [failsafe] : []),
    ...tiers.flatMap(({ policies }) => policies.map((policy) => rulesOf(policy, direction))),
    ...profiles,
  ]);
}

/** What goes on to the next tier: what was passed, and what no rule matched where the tier passes that. */
function endOfTier(tables: Tables, state: number, action: "Deny" | "Pass"): number {
  const [allow, pass, unknown, remain] = tables.outcomes.get(state);
  return tables.outcomes.id([allow, NONE, unknown, action === "Pass" ? tables.sets.union(pass, remain) : pass]);
}

/** What a stage makes of connections of which failsafe ports let some through: they are allowed, or go on past it. */
function pastFailsafe(tables: Tables, last: boolean): (state: number, failsafe: number) => number {
  const { sets, outcomes } = tables;
  return (state, failsafe) => {
    const [safe] = outcomes.get(failsafe);
    const [allow, , unknown, remain] = outcomes.get(state);
    const [a, u] = [sets.subtract(allow, safe), sets.subtract(unknown, safe)];
    if (last) return outcomes.id([sets.union(a, safe), NONE, u, sets.subtract(remain, safe)]);
    return outcomes.id([a, NONE, u, sets.union(remain, safe)]);
  };
}

/** All rules that have a say somewhere in a world. */
const plansIn = ({ tiers, profiles }: World): readonly RulesPlan[] =>
  [
    ...tiers.flatMap(({ policies }) => policies.map((policy) => planOf(policy, policy))),
    ...[...profiles.values()].map((profile) => planOf(profile)),
  ].flatMap(({ ingress, egress }) => [ingress, egress]);

/** Columns of an earlier run over coarser classes. */
export interface EarlierColumns {
  readonly columns: VerdictColumns;
  /** Undefined where the classes are the same. */
  readonly parents?: Parents;
}

/** What endpoints' own policies make of connections, for each class of the peer's address, worked out once for each subject. */
export class VerdictColumns {
  readonly #model: ClusterModel;
  readonly #effects = new Map<RulesPlan, Map<string, SparseColumn>>();
  readonly #columns = new Map<string, DenseColumn>();
  readonly #keys: Map<number, string>;
  #earlier: EarlierColumns | undefined;

  constructor(model: ClusterModel, earlier?: EarlierColumns) {
    this.#model = model;
    this.#earlier = earlier;
    this.#keys = earlier && !earlier.parents ? earlier.columns.#keys : new Map<number, string>();
    if (earlier) this.#takeEffects(earlier);
  }

  /** Lets go of the earlier run: what was not asked for by now is not needed any more. */
  settle(): void {
    this.#earlier = undefined;
  }

  /** Takes over what rules do that are still there. */
  #takeEffects({ columns, parents }: EarlierColumns): void {
    const children: number[][] = [];
    for (const [child, parent] of parents?.entries() ?? []) (children[parent] ??= []).push(child);
    for (const plan of plansIn(this.#model.world)) {
      const effects = columns.#effects.get(plan);
      if (!effects) continue;
      const refined = parents && [...effects].map(([key, effect]) => [key, refineSparse(effect, children)] as const);
      this.#effects.set(plan, refined ? new Map(refined) : effects);
    }
  }

  #fromEarlier(key: string): DenseColumn | undefined {
    if (!this.#earlier) return undefined;
    const { columns, parents } = this.#earlier;
    const column = columns.#columns.get(key);
    return column && parents ? refineDense(column, parents) : column;
  }

  /** What tells the column of an endpoint from that of others: its subject, and what its own address is to the rules. */
  keyOf(subject: Subject, own: number): string {
    const asked = subject.number * MOST_CLASSES + own;
    let known = this.#keys.get(asked);
    if (known === undefined) {
      const at = { model: this.#model, own };
      const near = plansOf(subject).map((plan) => standpointKey(plan, at));
      this.#keys.set(asked, (known = `${subject.key} @ ${near.join(";")}`));
    }
    return known;
  }

  /** Numbers of extents: what is allowed, and of what it is not known. */
  column(key: string, subject: Subject, own: number): DenseColumn {
    let known = this.#columns.get(key);
    if (!known) this.#columns.set(key, (known = this.#fromEarlier(key) ?? this.#work(subject, own)));
    return known;
  }

  #effect(plan: RulesPlan, own: number): SparseColumn {
    const standpoint = { model: this.#model, own };
    const key = standpointKey(plan, standpoint);
    const known = this.#effects.get(plan) ?? new Map<string, SparseColumn>();
    this.#effects.set(plan, known);
    let effect = known.get(key);
    if (!effect) known.set(key, (effect = effectOf(plan, standpoint)));
    return effect;
  }

  #work(subject: Subject, own: number): DenseColumn {
    const { tables, classes } = this.#model;
    if (subject.unreadable !== undefined) {
      return new ColumnBuilder(classes.count, tables.extents.id([NONE, ALL])).done();
    }
    const [first, ...more] = subject.stages.map((stage) => this.#workStage(stage, subject, own));
    const builder = more.reduce((so, next) => combineColumns(so, next, tables.followedBy), first ?? this.#builder());
    builder.map((state) => {
      const [allow, , unknown] = tables.outcomes.get(state);
      return tables.extents.id([allow, unknown]);
    });
    return builder.done();
  }

  #builder(): ColumnBuilder {
    return new ColumnBuilder(this.#model.classes.count, this.#model.tables.undecided);
  }

  #workStage(stage: SubjectStage, { direction }: Subject, own: number): ColumnBuilder {
    const { tables } = this.#model;
    const { followedBy, undecided } = tables;
    const builder = this.#builder();
    for (const { policies, atEnd } of stage.tiers) {
      for (const policy of policies) {
        builder.apply(this.#effect(rulesOf(policy, direction), own), followedBy, undecided);
      }
      builder.map((state) => endOfTier(tables, state, atEnd));
    }
    for (const plan of stage.profiles ?? []) {
      builder.apply(this.#effect(plan, own), followedBy, undecided);
      // What a profile passes goes to the next one, as what it does not match.
      builder.map((state) => endOfTier(tables, state, "Pass"));
    }
    // After the profiles nothing goes on.
    if (stage.profiles) builder.map((state) => endOfTier(tables, state, "Deny"));
    if (stage.failsafe) {
      const idle = tables.undecided;
      builder.apply(this.#effect(stage.failsafe, own), pastFailsafe(tables, stage.profiles !== undefined), idle);
    }
    return builder;
  }
}
