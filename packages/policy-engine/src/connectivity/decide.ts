import type { TraceStep, Verdict } from "../evaluate/trace";
import type { Policy } from "../model/policy";
import type { ConnectionSet } from "../sets/connection-set";
import type { ClusterModel } from "./cluster-model";
import { nearExtent, ruleOutcome, type Standpoint } from "./policy-effect";
import type { RulePlan, RulesPlan } from "./rule-end";
import { deeperReason } from "./rule-header";
import type { Subject, SubjectStage, SubjectTier } from "./subjects";
import { ALL, NONE, type SetId } from "./tables";
import { rulesOf } from "./verdict-columns";

/** What an endpoint's policies decide about some connections, and the step of a trace that decides it. */
export interface Decision {
  readonly connections: ConnectionSet;
  readonly verdict: Verdict;
  readonly step: TraceStep;
}

/** Whether anything staged has a say: at the end of a tier Felix then names the first of its policies, else the last. */
const anyStaged = ({ stages }: Subject): boolean =>
  stages.some(({ tiers }) => tiers.some(({ policies }) => policies.some((p) => p.stagedAction !== undefined)));

/** Where a decision is looked for: at an endpoint, towards a class of addresses. */
export interface DecisionPlace extends Standpoint {
  readonly peer: number;
  /** Names of the endpoint's profiles, in order. */
  readonly profiles: readonly string[];
}

interface Found {
  readonly set: SetId;
  readonly verdict: Verdict;
  readonly step: TraceStep;
}

/** How the rules of a policy or profile tell what they did. */
interface Speaker {
  readonly plan: RulesPlan;
  readonly did: (ruleIndex: number, action: RulePlan["rule"]["action"]) => TraceStep;
  readonly undecided: (ruleIndex: number, reason: string) => TraceStep;
}

/** Follows connections through the policies of a subject, set by set, and notes what decides each. */
class Walk {
  readonly found: Found[] = [];
  readonly #place: DecisionPlace;

  readonly #staged: boolean;

  constructor(place: DecisionPlace, subject: Subject) {
    this.#place = place;
    this.#staged = anyStaged(subject);
  }

  get model(): ClusterModel {
    return this.#place.model;
  }

  note(set: SetId, verdict: Verdict, step: TraceStep): void {
    if (set !== NONE) this.found.push({ set, verdict, step });
  }

  /** What a rule surely and maybe matches. */
  matched(rule: RulePlan): readonly [SetId, SetId] {
    const { model, peer } = this.#place;
    const near = nearExtent(rule, this.#place);
    return near === undefined
      ? [NONE, NONE]
      : model.tables.extents.get(model.tables.both(near, model.extentOf(rule.far, peer)));
  }

  /** Why it is not known whether a rule matches: by its source, then its destination, then what it asks beyond them. */
  #reasonOf({ rule, near, far }: RulePlan): string {
    const { model, own, peer } = this.#place;
    const reasons = [near, far].map((end) => model.reasonAt(end, end === near ? own : peer));
    const inOrder = near.side === "source" ? reasons : reasons.toReversed();
    return inOrder.find((reason) => reason !== undefined) ?? deeperReason(rule) ?? "it is not known";
  }

  /** Gives what the rules pass on, and what none of them matches. */
  rules(speaker: Speaker, entering: SetId): { readonly passed: SetId; readonly remain: SetId } {
    const { tables } = this.model;
    const { sets } = tables;
    let [passed, remain] = [NONE, entering];
    for (const [index, rule] of speaker.plan.rules.entries()) {
      const { action } = rule.rule;
      if (action === "Log" || remain === NONE) continue;
      const [allow, pass, maybe, rest] = ruleOutcome(tables, rule.rule, this.matched(rule));
      this.note(sets.intersect(remain, maybe), "unknown", speaker.undecided(index, this.#reasonOf(rule)));
      if (action === "Allow") this.note(sets.intersect(remain, allow), "allow", speaker.did(index, action));
      if (action === "Deny") {
        const denied = sets.subtract(sets.subtract(ALL, rest), maybe);
        this.note(sets.intersect(remain, denied), "deny", speaker.did(index, action));
      }
      passed = sets.union(passed, sets.intersect(remain, pass));
      remain = sets.intersect(remain, rest);
    }
    return { passed, remain };
  }

  /** Gives what goes on to the next tier. */
  tier(tier: SubjectTier, entering: SetId, direction: Subject["direction"]): SetId {
    const { sets } = this.model.tables;
    let [passed, remain] = [NONE, entering];
    for (const [policyIndex, policy] of tier.policies.entries()) {
      const speaker = policySpeaker(tier.name, policy, { policyIndex, plan: rulesOf(policy, direction) });
      if (policy.unknown.length > 0) {
        const reason = `the policy has fields that are not known: ${policy.unknown.join(", ")}`;
        this.note(remain, "unknown", { kind: "unknown", tier: tier.name, policy: named(policy), reason });
        return passed;
      }
      const outcome = this.rules(speaker, remain);
      passed = sets.union(passed, outcome.passed);
      remain = outcome.remain;
    }
    if (tier.atEnd === "Pass") return sets.union(passed, remain);
    const policyIndex = this.#staged ? 0 : tier.policies.length - 1;
    const trigger = tier.policies[policyIndex];
    if (trigger) {
      const step = {
        kind: "end-of-tier",
        tier: tier.name,
        policy: named(trigger),
        policyIndex,
        action: "Deny",
      } as const;
      this.note(remain, "deny", step);
    }
    return passed;
  }

  /** Gives what no hook decided so far. */
  stage(stage: SubjectStage, entering: SetId, direction: Subject["direction"]): SetId {
    const { sets } = this.model.tables;
    const safe = stage.failsafe ? this.#failsafe(stage.failsafe, entering) : NONE;
    if (stage.profiles) this.note(safe, "allow", { kind: "failsafe", hook: stage.hook });
    let remain = sets.subtract(entering, safe);
    for (const tier of stage.tiers) remain = this.tier(tier, remain, direction);
    if (!stage.profiles) return sets.union(remain, safe);
    for (const [at, plan] of stage.profiles.entries()) {
      const name = this.#place.profiles[at] ?? "";
      const { passed, remain: rest } = this.rules(profileSpeaker(name, plan), remain);
      remain = sets.union(passed, rest);
    }
    this.note(remain, "deny", { kind: "no-profile" });
    return NONE;
  }

  #failsafe({ rules }: RulesPlan, entering: SetId): SetId {
    const { sets } = this.model.tables;
    const safe = rules.map((rule) => this.matched(rule)[0]).reduce((a, b) => sets.union(a, b), NONE);
    return sets.intersect(entering, safe);
  }
}

const named = ({ kind, namespace, name }: Policy) => ({ kind, namespace, name });

function policySpeaker(
  tier: string,
  policy: Policy,
  at: { readonly policyIndex: number; readonly plan: RulesPlan },
): Speaker {
  const [name, staged] = [named(policy), policy.stagedAction !== undefined];
  const { plan, policyIndex } = at;
  return {
    plan,
    did: (ruleIndex, action) => ({ kind: "rule", tier, policy: name, policyIndex, ruleIndex, action, staged }),
    undecided: (ruleIndex, reason) => ({ kind: "unknown", tier, policy: name, ruleIndex, reason }),
  };
}

const profileSpeaker = (profile: string, plan: RulesPlan): Speaker => ({
  plan,
  did: (ruleIndex, action) => ({ kind: "profile", profile, ruleIndex, action }),
  undecided: (ruleIndex, reason) => ({
    kind: "unknown",
    reason: `rule ${ruleIndex + 1} of profile ${profile}: ${reason}`,
  }),
});

/** What decides at an endpoint about all connections with a class of addresses: every connection is in one decision. */
export function decisionsAt(subject: Subject, place: DecisionPlace): readonly Decision[] {
  const walk = new Walk(place, subject);
  if (subject.unreadable !== undefined) walk.note(ALL, "unknown", { kind: "unknown", reason: subject.unreadable });
  else {
    let remain = ALL;
    for (const stage of subject.stages) remain = walk.stage(stage, remain, subject.direction);
  }
  const { sets } = place.model.tables;
  return walk.found.map(({ set, verdict, step }) => ({ connections: sets.set(set), verdict, step }));
}
