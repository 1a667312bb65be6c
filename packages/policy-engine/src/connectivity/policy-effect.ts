import { asksDeeper, headerConnections } from "./rule-header";
import type { ClusterModel } from "./cluster-model";
import { constantColumn, type SparseColumn } from "./columns";
import type { RulePlan, RulesPlan } from "./rule-end";
import { ALL, NONE, type Outcome, type SetId, type Tables } from "./tables";

/** Where a policy is asked: at an endpoint whose own address is of this class. */
export interface Standpoint {
  readonly model: ClusterModel;
  readonly own: number;
}

/** What a rule makes of the connections that it matches, and may match. */
export function ruleOutcome({ sets }: Tables, rule: RulePlan["rule"], [sure, maybe]: readonly [SetId, SetId]): Outcome {
  const remain = sets.subtract(ALL, sets.union(sure, maybe));
  switch (rule.action) {
    case "Allow":
      return [sure, NONE, maybe, remain];
    case "Pass":
      return [NONE, sure, maybe, remain];
    case "Deny":
      return [NONE, NONE, maybe, remain];
    case "Log":
      return [NONE, NONE, NONE, ALL];
  }
}

/** What of all connections a rule lets through on grounds of everything but the peer; undefined: nothing at all. */
export function nearExtent({ rule, near }: RulePlan, { model, own }: Standpoint): number | undefined {
  const { tables, classes } = model;
  if (rule.ipVersion !== undefined && rule.ipVersion !== classes.sampleOf(own)?.version) return undefined;
  const header = tables.sets.id(headerConnections(rule));
  const asked = tables.extents.id(asksDeeper(rule) ? [NONE, header] : [header, NONE]);
  const extent = tables.both(asked, model.extentOf(near, own));
  return extent === tables.nowhere ? undefined : extent;
}

/** What may tell the effect of the same rules at two endpoints apart: a text that is equal where it does not. */
export function standpointKey({ rules, policy }: RulesPlan, { model, own }: Standpoint): string {
  if (policy && policy.unknown.length > 0) return "";
  const parts: (number | string)[] = [];
  for (const { rule, near } of rules) {
    if (rule.ipVersion !== undefined) parts.push(`v${model.classes.sampleOf(own)?.version}`);
    if (!near.anyAddress) parts.push(model.extentOf(near, own));
  }
  return parts.join(",");
}

/** The classes that rules touched one by one, and what they made of them. */
class Touched {
  readonly places: number[] = [];
  readonly #at = new Map<number, number>();
  base: number;

  constructor(base: number) {
    this.base = base;
  }

  apply(column: SparseColumn, step: (state: number, extent: number) => number): void {
    const mentioned = new Set<number>();
    for (const [i, place] of column.at.entries()) {
      mentioned.add(place);
      const known = this.#at.get(place);
      if (known === undefined) this.places.push(place);
      this.#at.set(place, step(known ?? this.base, column.values[i] ?? 0));
    }
    for (const place of this.places) {
      if (!mentioned.has(place)) this.#at.set(place, step(this.#at.get(place) ?? this.base, column.base));
    }
    this.base = step(this.base, column.base);
  }

  done(): SparseColumn {
    const places = this.places.filter((place) => this.#at.get(place) !== this.base);
    return {
      base: this.base,
      at: Int32Array.from(places),
      values: Int32Array.from(places, (place) => this.#at.get(place) ?? this.base),
    };
  }
}

/** What the rules of a policy or profile make of all connections, for each class of the peer's address. */
export function effectOf(plan: RulesPlan, standpoint: Standpoint): SparseColumn {
  const { tables } = standpoint.model;
  if (plan.policy && plan.policy.unknown.length > 0) return constantColumn(tables.outcomes.id([NONE, NONE, ALL, NONE]));
  const touched = new Touched(tables.undecided);
  for (const rule of plan.rules) {
    if (rule.rule.action === "Log") continue;
    const near = nearExtent(rule, standpoint);
    if (near === undefined) continue;
    const outcomes = new Map<number, number>();
    touched.apply(standpoint.model.columnOf(rule.far), (state, extent) => {
      let outcome = outcomes.get(extent);
      if (outcome === undefined) {
        const matched = tables.extents.get(tables.both(near, extent));
        outcomes.set(extent, (outcome = tables.outcomes.id(ruleOutcome(tables, rule.rule, matched))));
      }
      return tables.followedBy(state, outcome);
    });
  }
  return touched.done();
}
