import { planOf, type RulePlan } from "../connectivity/rule-end";
import { policySelector } from "../model/effective-selector";
import type { Policy } from "../model/policy";
import type { WorldTier } from "../evaluate/tier-order";
import { isSatisfiable } from "../selector/satisfiable";
import type { RuleCase } from "./cases";
import type { Decider } from "./deciders";
import { asksMore, cutRegion, isEmptyRegion, regionOf, type Region } from "./region";

/** Whether no endpoint that there could be is judged by a policy. */
export const neverSelects = (policy: Policy): boolean => !isSatisfiable([policySelector(policy)]);

/** What is true of a rule whatever endpoints and sets there are. */
export type Structure =
  | { readonly kind: "never-matches" }
  | { readonly kind: "duplicate"; readonly of: Decider }
  | { readonly kind: "shadowed"; readonly by: readonly Decider[] };

/** Regions that a rule's is cut into at the most; with more nothing is said, which is always true. */
const MOST_REGIONS = 64;

type Taking = Extract<Decider, { readonly kind: "rule" }>;

const plansOf = ({ policy, direction }: Pick<RuleCase, "policy" | "direction">): readonly RulePlan[] =>
  planOf(policy, policy)[direction].rules;

function decider(policy: Policy, index: number, action: RulePlan["rule"]["action"]): Taking | undefined {
  return action === "Log" ? undefined : { kind: "rule", tier: policy.tier, policy, index, action };
}

/** Regions while rules take what they match from them, and those who took something. */
class Remains {
  readonly takers: Decider[] = [];
  regions: readonly Region[];

  constructor(regions: readonly Region[]) {
    this.regions = regions;
  }

  get isGone(): boolean {
    return this.regions.length === 0;
  }

  /** Takes what a rule matches for sure; whoever is named for it is remembered. */
  take(by: Region | undefined, taker?: Decider): void {
    if (!by || this.isGone || this.regions.length > MOST_REGIONS) return;
    let took = false;
    const left = this.regions.flatMap((region) => {
      const { outside, inside } = cutRegion(region, by);
      if (isEmptyRegion(inside)) return [region];
      took = true;
      return outside;
    });
    if (!took) return;
    this.regions = left;
    if (taker) this.takers.push(taker);
  }
}

const meet = (regions: readonly Region[], by: Region): boolean =>
  regions.some((region) => !isEmptyRegion(cutRegion(region, by).inside));

const sameConditions = (a: RulePlan, b: RulePlan): boolean =>
  a.near.key === b.near.key && a.far.key === b.far.key && header(a) === header(b);

function header({ rule }: RulePlan): string {
  const { action, protocol, notProtocol, ipVersion, icmp, notIcmp, http } = rule;
  return JSON.stringify([action, protocol, notProtocol, ipVersion, icmp, notIcmp, http]);
}

/** Rules without the fields that are not known, which might differ. */
const isKnown = ({ rule }: RulePlan): boolean => rule.unknown.length === 0;

function duplicateOf(found: RuleCase, plan: RulePlan): Structure | undefined {
  const { policy, index } = found;
  const first = plansOf(found).findIndex((other) => isKnown(other) && isKnown(plan) && sameConditions(other, plan));
  const of = first >= 0 && first < index ? decider(policy, first, plan.rule.action) : undefined;
  return of && { kind: "duplicate", of };
}

/** What the rules before it in its own policy leave of a rule. */
function takeOwn(remains: Remains, { policy, direction, index }: RuleCase): void {
  for (const [at, plan] of plansOf({ policy, direction }).slice(0, index).entries()) {
    if (plan.rule.action !== "Log") remains.take(regionOf(plan, "inner"), decider(policy, at, plan.rule.action));
  }
}

/** Whether a policy judges, wherever and whenever another one does, what that one judges. */
function alwaysBeside(other: Policy, policy: Policy, direction: RuleCase["direction"]): boolean {
  const sameHook = !other.preDnat && !other.doNotTrack && (other.applyOnForward || !policy.applyOnForward);
  const sameView = other.stagedAction === undefined || policy.stagedAction !== undefined;
  const near = other.namespace === "" || other.namespace === policy.namespace;
  return (
    sameHook &&
    sameView &&
    near &&
    other.unknown.length === 0 &&
    other.types.includes(direction) &&
    !isSatisfiable([policySelector(policy)], [policySelector(other)])
  );
}

/** What a tier before a rule's own leaves of its region: what may be passed on, and whether its end takes the rest. */
class TierPassage {
  readonly #passed: Region[] = [];
  readonly #remains: Remains;
  #speaks = false;

  constructor(remains: Remains) {
    this.#remains = remains;
  }

  ask(other: Policy, direction: RuleCase["direction"], beside: boolean): void {
    this.#speaks ||= beside;
    // What is not known of a policy may pass anything.
    if (other.unknown.length > 0) this.#passed.push(...this.#remains.regions);
    for (const [index, plan] of plansOf({ policy: other, direction }).entries()) {
      const { action } = plan.rule;
      if (action === "Log") continue;
      const outer = action === "Pass" ? regionOf(plan, "outer") : undefined;
      if (outer) this.#passed.push(...this.#remains.regions.filter((region) => meet([region], outer)));
      if (!beside) continue;
      this.#remains.take(regionOf(plan, "inner"), action === "Pass" ? undefined : decider(other, index, action));
    }
  }

  end({ name, defaultAction }: WorldTier): void {
    const ends = this.#speaks && defaultAction === "Deny";
    if (ends && !this.#remains.isGone) this.#remains.takers.push({ kind: "end-of-tier", tier: name, action: "Deny" });
    this.#remains.regions = [...(ends ? [] : this.#remains.regions), ...this.#passed];
  }
}

/** Follows a rule's region through the tiers before it, and the policies before its own. */
function takeEarlier(remains: Remains, { policy, direction }: RuleCase, tiers: readonly WorldTier[]): void {
  for (const tier of tiers) {
    if (tier.name === policy.tier) return takeInTier(remains, { policy, direction }, tier);
    const passage = new TierPassage(remains);
    for (const other of tier.policies) passage.ask(other, direction, alwaysBeside(other, policy, direction));
    passage.end(tier);
    if (remains.isGone || remains.regions.length > MOST_REGIONS) return;
  }
}

/** In a policy's own tier, what an earlier policy passes on is taken from it, too. */
function takeInTier(
  remains: Remains,
  { policy, direction }: Pick<RuleCase, "policy" | "direction">,
  tier: WorldTier,
): void {
  for (const other of tier.policies) {
    if (other === policy || remains.isGone) return;
    if (!alwaysBeside(other, policy, direction)) continue;
    for (const [index, plan] of plansOf({ policy: other, direction }).entries()) {
      if (plan.rule.action !== "Log") remains.take(regionOf(plan, "inner"), decider(other, index, plan.rule.action));
    }
  }
}

/** Why a rule decides nothing in every world with these tiers and policies; undefined where that is not seen. */
export function structureOf(found: RuleCase, tiers: readonly WorldTier[]): Structure | undefined {
  const { policy } = found;
  const plan = plansOf(found)[found.index];
  const region = plan && regionOf(plan, "outer");
  if (!plan || policy.unknown.length > 0) return undefined;
  const duplicate = duplicateOf(found, plan);
  if (duplicate) return duplicate;
  if (!region || isEmptyRegion(region)) return { kind: "never-matches" };
  const own = new Remains([region]);
  takeOwn(own, found);
  if (own.isGone) return { kind: "shadowed", by: own.takers };
  if (policy.preDnat || policy.doNotTrack) return undefined;
  const all = new Remains([region]);
  takeEarlier(all, found, tiers);
  takeOwn(all, found);
  return all.isGone ? { kind: "shadowed", by: all.takers } : undefined;
}

/**
 * The later rules of its own policy that in every world do the same with all that a rule decides, where no rule between
 * does anything else with it; undefined where that is not seen. Rules that decide nothing are not counted on.
 */
export function substitutesOf(found: RuleCase, isDead: (index: number) => boolean): readonly Decider[] | undefined {
  const { policy, index, rule } = found;
  const plans = plansOf(found);
  const [plan] = plans.slice(index);
  const region = plan && regionOf(plan, "outer");
  // Without a rule of which it is not known whether it matches, something would be known.
  if (!plan || !region || rule.action === "Log" || policy.unknown.length > 0 || asksMore(plan)) return undefined;
  const remains = new Remains([region]);
  takeOwn(remains, found);
  const own = remains.takers.length;
  for (const [at, other] of plans.entries()) {
    const { action } = other.rule;
    if (at <= index || action === "Log") continue;
    if (action === rule.action) {
      if (!isDead(at)) remains.take(regionOf(other, "inner"), decider(policy, at, action));
    } else {
      const outer = regionOf(other, "outer");
      if (outer && meet(remains.regions, outer)) return undefined;
    }
    if (remains.isGone) return remains.takers.slice(own);
  }
  return undefined;
}
