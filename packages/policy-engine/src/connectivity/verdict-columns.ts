import type { World } from "../evaluate/world";
import { ColumnBuilder, type DenseColumn, type SparseColumn } from "./columns";
import type { ClusterModel } from "./cluster-model";
import { effectOf, standpointKey } from "./policy-effect";
import { planOf, type RulesPlan } from "./rule-end";
import type { Subject } from "./subjects";
import { ALL, NONE, type Tables } from "./tables";

/** The rules that a policy of the subject has in the subject's direction. */
const rulesOf = (
  policy: Parameters<typeof planOf>[0] & World["tiers"][number]["policies"][number],
  subject: Subject,
): RulesPlan => planOf(policy, policy)[subject.direction];

/** What endpoints' own policies make of connections, for each class of the peer's address, worked out once for each subject. */
export class VerdictColumns {
  readonly #model: ClusterModel;
  readonly #effects = new Map<RulesPlan, Map<string, SparseColumn>>();
  readonly #columns = new Map<string, DenseColumn>();
  /** Columns of an earlier run over the same classes, or undefined where one has to be worked out. */
  readonly #earlier: (key: string) => DenseColumn | undefined;

  constructor(model: ClusterModel, earlier: (key: string) => DenseColumn | undefined) {
    this.#model = model;
    this.#earlier = earlier;
  }

  /** All columns by their keys. */
  get columns(): ReadonlyMap<string, DenseColumn> {
    return this.#columns;
  }

  /** What tells the column of an endpoint from that of others: its subject, and what its own address is to the rules. */
  keyOf(subject: Subject, own: number): string {
    const at = { model: this.#model, own };
    const plans = [
      ...subject.tiers.flatMap(({ policies }) => policies.map((p) => rulesOf(p, subject))),
      ...subject.profiles,
    ];
    return `${subject.key} @ ${plans.map((plan) => standpointKey(plan, at)).join(";")}`;
  }

  /** Numbers of extents: what is allowed, and of what it is not known. */
  column(key: string, subject: Subject, own: number): DenseColumn {
    let known = this.#columns.get(key);
    if (!known) this.#columns.set(key, (known = this.#earlier(key) ?? this.#work(subject, own)));
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
    const builder = new ColumnBuilder(classes.count, tables.undecided);
    if (subject.undecided) builder.map(() => tables.outcomes.id([NONE, NONE, ALL, NONE]));
    for (const { policies, defaultAction } of subject.tiers) {
      for (const policy of policies)
        builder.apply(this.#effect(rulesOf(policy, subject), own), tables.followedBy, tables.undecided);
      builder.map((state) => endOfTier(tables, state, defaultAction));
    }
    for (const plan of subject.profiles) {
      builder.apply(this.#effect(plan, own), tables.followedBy, tables.undecided);
      // What a profile passes goes to the next one, as what it does not match.
      builder.map((state) => endOfTier(tables, state, "Pass"));
    }
    builder.map((state) => {
      const [allow, , unknown] = tables.outcomes.get(state);
      return tables.extents.id([allow, unknown]);
    });
    return builder.done();
  }
}

/** What goes on to the next tier: what was passed, and what no rule matched where the tier passes that. */
function endOfTier(tables: Tables, state: number, action: "Deny" | "Pass"): number {
  const [allow, pass, unknown, remain] = tables.outcomes.get(state);
  return tables.outcomes.id([allow, NONE, unknown, action === "Pass" ? tables.sets.union(pass, remain) : pass]);
}
