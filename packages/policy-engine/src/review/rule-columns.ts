import { constantColumn, type SparseColumn } from "../connectivity/columns";
import type { ClusterModel } from "../connectivity/cluster-model";
import { nearExtent, ruleOutcome, standpointKey } from "../connectivity/policy-effect";
import type { RulePlan, RulesPlan } from "../connectivity/rule-end";
import { ALL, NONE, TupleTable, type SetId, type Tables } from "../connectivity/tables";
import type { Rule } from "../model/rule";
import { mapColumn, zip } from "./sparse";

/** What may go on after some rules, and what they may have passed to the next tier. */
export type Flow = readonly [remain: SetId, passed: SetId];

/** What one rule is to connections, for each class of the peer's address, apart from what comes before its policy. */
export interface RuleColumn {
  /** Numbers of extents: what it matches. */
  readonly match: SparseColumn;
  /** Numbers of sets: what it matches, or may match. */
  readonly may: SparseColumn;
  /** Numbers of sets: what of that no earlier rule of its policy takes for sure. */
  readonly reach: SparseColumn;
  /** Numbers of outcomes: what the rules after it make of everything. */
  readonly tail: SparseColumn;
}

/** What the rules of a policy are to connections. */
export interface PolicyColumns {
  readonly rules: readonly RuleColumn[];
  /** Numbers of outcomes: what all rules make of everything. */
  readonly effect: SparseColumn;
  /** Numbers of flows. */
  readonly flow: SparseColumn;
}

function matchColumn(rule: RulePlan, model: ClusterModel, own: number): SparseColumn {
  const near = nearExtent(rule, { model, own });
  if (near === undefined) return constantColumn(model.tables.nowhere);
  return mapColumn(model.columnOf(rule.far), (far) => model.tables.both(near, far));
}

/** Works out the columns of policies, once for each way in which their rules see the endpoint. */
export class RuleColumns {
  readonly flows = new TupleTable<Flow>();
  readonly #model: ClusterModel;
  readonly #tables: Tables;
  readonly #known = new Map<RulesPlan, Map<string, PolicyColumns>>();
  readonly #dead: ReadonlySet<Rule>;
  /** The flow of a policy that takes nothing. */
  readonly idle = this.flows.id([ALL, NONE]);

  /** Rules that decide nothing are not counted on: tails are as if they were gone. */
  constructor(model: ClusterModel, dead: ReadonlySet<Rule> = new Set()) {
    this.#model = model;
    this.#tables = model.tables;
    this.#dead = dead;
  }

  of(plan: RulesPlan, own: number): PolicyColumns {
    const key = standpointKey(plan, { model: this.#model, own });
    const known = this.#known.get(plan) ?? new Map<string, PolicyColumns>();
    this.#known.set(plan, known);
    let columns = known.get(key);
    if (!columns) known.set(key, (columns = this.#work(plan, own)));
    return columns;
  }

  #work({ rules, policy }: RulesPlan, own: number): PolicyColumns {
    const { outcomes } = this.#tables;
    if (policy && policy.unknown.length > 0) {
      const effect = constantColumn(outcomes.id([NONE, NONE, ALL, NONE]));
      return { rules: [], effect, flow: constantColumn(this.flows.id([ALL, ALL])) };
    }
    const matches = rules.map((rule) => matchColumn(rule, this.#model, own));
    const tails = this.#tails(rules, matches);
    const { reaches, flow, mays } = this.#reaches(rules, matches);
    const none = constantColumn(NONE);
    const made = matches.map((match, i): RuleColumn => {
      const [may, reach, tail] = [mays[i] ?? none, reaches[i] ?? none, tails[i + 1] ?? none];
      return { match, may, reach, tail };
    });
    return { rules: made, effect: tails[0] ?? none, flow };
  }

  /** For each rule what it and those after it make of everything, and for the end what none makes. */
  #tails(rules: readonly RulePlan[], matches: readonly SparseColumn[]): readonly SparseColumn[] {
    const tables = this.#tables;
    const tails: SparseColumn[] = [constantColumn(tables.undecided)];
    for (let i = rules.length - 1; i >= 0; i -= 1) {
      const [rule, match, [tail]] = [rules[i], matches[i], tails];
      if (!rule || !match || !tail) break;
      const outcome = (extent: number) =>
        tables.outcomes.id(ruleOutcome(tables, rule.rule, tables.extents.get(extent)));
      const silent = rule.rule.action === "Log" || this.#dead.has(rule.rule);
      tails.unshift(silent ? tail : zip(mapColumn(match, outcome), tail, tables.followedBy));
    }
    return tails;
  }

  #reaches(rules: readonly RulePlan[], matches: readonly SparseColumn[]) {
    const { sets, extents } = this.#tables;
    const may = (extent: number) => sets.union(...extents.get(extent));
    const mays = matches.map((match) => mapColumn(match, may));
    const reaches: SparseColumn[] = [];
    let left: SparseColumn = constantColumn(ALL);
    let passed: SparseColumn = constantColumn(NONE);
    for (const [i, { rule }] of rules.entries()) {
      const [match, possible] = [matches[i], mays[i]];
      if (!match || !possible) break;
      const reach = zip(possible, left, (a, b) => sets.intersect(a, b));
      reaches.push(reach);
      if (rule.action === "Log") continue;
      if (rule.action === "Pass") passed = zip(passed, reach, (a, b) => sets.union(a, b));
      left = zip(left, match, (a, extent) => sets.subtract(a, extents.get(extent)[0]));
    }
    return { mays, reaches, flow: zip(left, passed, (a, b) => this.flows.id([a, b])) };
  }
}
