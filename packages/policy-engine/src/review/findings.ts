import type { ClusterModel } from "../connectivity/cluster-model";
import { planOf, type RuleEnd } from "../connectivity/rule-end";
import { holdingsOf } from "../evaluate/world";
import { policyName } from "../explain/describe-hit";
import type { Policy } from "../model/policy";
import { compileSelector } from "../selector/evaluate";
import type { PolicyCase, RuleCase } from "./cases";
import type { Decider } from "./deciders";
import type { Evidence } from "./evidence";
import { evidenceOf, nameRule } from "./name";
import { isPartOfEntry, rulePath, selectorPath } from "./rule-path";
import { tracePolicy, type ReviewEvidence, type ReviewFinding } from "./types";

/** What findings are made with. */
export interface FindingContext {
  readonly cluster: string;
  readonly model: ClusterModel;
  readonly evidence: Evidence;
}

type Said = Pick<ReviewFinding, "code" | "severity" | "certainty" | "sentence"> &
  Partial<Pick<ReviewFinding, "path" | "hint" | "evidence">>;

function ofPolicy({ cluster }: FindingContext, policy: Policy, said: Said): ReviewFinding {
  const { ref, tier } = policy;
  return { cluster, policy: tracePolicy(policy), ref, tier, path: [], evidence: [], ...said };
}

/** What a person has to mind who takes the last rule of a direction away: Calico then guesses the policy's types anew. */
function hintOf({ policy, direction, index }: RuleCase): string | undefined {
  if (isPartOfEntry(policy, { direction, index })) {
    return "the entry stands for several rules, and the others may be in use";
  }
  if (policy[direction].length > 1) return undefined;
  return `it is the only ${direction} rule: before you remove it, write out the policy's types`;
}

function ofRule(context: FindingContext, found: RuleCase, said: Said): ReviewFinding {
  const { policy, direction, index } = found;
  const rule = { direction, index };
  const hint = hintOf(found);
  return ofPolicy(context, policy, {
    path: rulePath(policy, rule),
    ...(hint !== undefined && { hint }),
    ...said,
    rule,
  } as Said);
}

/** `a`, `a and b`, or `a, b and 3 others`. */
function listed(evidence: readonly ReviewEvidence[]): string {
  const [first, second, ...others] = evidence.map(({ sentence }) => sentence);
  if (second === undefined) return first ?? "";
  return others.length === 0 ? `${first} and ${second}` : `${first}, ${second}, and ${others.length} others`;
}

const evidenceList = (deciders: readonly Decider[], { direction }: RuleCase): readonly ReviewEvidence[] =>
  deciders.map((decider) => evidenceOf(decider, direction));

const allowsAll = (deciders: readonly Decider[]): boolean =>
  deciders.length > 0 && deciders.every((decider) => decider.kind === "rule" && decider.action === "Allow");

function shadowed(context: FindingContext, found: RuleCase): ReviewFinding {
  const takers = context.evidence.takers(found);
  const evidence = evidenceList(takers, found);
  const open = found.rule.action === "Deny" && allowsAll(takers);
  const name = nameRule(found.policy, found);
  return ofRule(context, found, {
    code: open ? "deny-shadowed" : "rule-shadowed",
    severity: "warning",
    certainty: "present",
    sentence: `${name} decides nothing: all that it matches is decided before${evidence.length > 0 ? `, ${listed(evidence)}` : ""}`,
    evidence,
  });
}

interface PlacedEnd {
  readonly side: "source" | "destination";
  readonly end: RuleEnd;
}

function endsOf({ policy, direction, index }: RuleCase): readonly PlacedEnd[] {
  const plan = planOf(policy, policy)[direction].rules[index];
  return plan ? [plan.near, plan.far].map((end) => ({ side: end.side, end })) : [];
}

function matchesNobody({ model }: FindingContext, selector: RuleEnd["selector"]): boolean {
  if (selector === undefined || model.classes.kindsOf(selector).length > 0) return false;
  // Endpoints without an address, and sets whose addresses are not known, are somebody, too.
  const matches = compileSelector(selector.node);
  const { world } = model;
  const sets = (holdingsOf(world) ?? []).map(({ holder }) => holder);
  return ![...world.endpoints, ...world.hostEndpoints, ...sets].some(({ labels }) => matches(labels));
}

function emptySelector(context: FindingContext, found: RuleCase): ReviewFinding | undefined {
  const empty = endsOf(found).find(({ end }) => matchesNobody(context, end.selector));
  if (!empty?.end.selector) return undefined;
  const { policy, direction, index, rule } = found;
  const { text } = empty.end.selector;
  const { side } = empty;
  return ofRule(context, found, {
    code: "selector-matches-nothing",
    severity: "warning",
    certainty: "present",
    path: selectorPath(policy, { rule: { direction, index }, side, entity: rule[side] }),
    sentence: `${nameRule(policy, found)} matches nothing: no endpoint and no network set is a ${side} where ${text}`,
    evidence: [{ kind: "selector", text, sentence: `nothing matches ${text}` }],
  });
}

function idleNotSelectors(context: FindingContext, found: RuleCase): readonly ReviewFinding[] {
  const { policy, direction, index } = found;
  return endsOf(found).flatMap(({ side, end }) => {
    if (!end.notSelector || !matchesNobody(context, end.notSelector)) return [];
    const { text } = end.notSelector;
    return ofRule(context, found, {
      code: "selector-matches-nothing",
      severity: "info",
      certainty: "present",
      path: [...rulePath(policy, { direction, index }), side, "notSelector"],
      sentence: `the notSelector of ${nameRule(policy, found)} keeps nothing out: no endpoint and no network set is a ${side} where ${text}`,
      evidence: [{ kind: "selector", text, sentence: `nothing matches ${text}` }],
    });
  });
}

function aboutRule(context: FindingContext, found: RuleCase, whole: PolicyCase): readonly ReviewFinding[] {
  const name = nameRule(found.policy, found);
  if (!found.matched) {
    return [
      emptySelector(context, found) ??
        ofRule(context, found, {
          code: "rule-never-matches",
          severity: "info",
          certainty: "present",
          sentence: `${name} matches nothing: there is no connection that it could mean`,
        }),
    ];
  }
  const idle = idleNotSelectors(context, found);
  if (!found.reached) return [shadowed(context, found), ...idle];
  if (found.matters || found.rule.action === "Log" || !whole.matters) return idle;
  const evidence = evidenceList(context.evidence.substitutes(found), found);
  const redundant = ofRule(context, found, {
    code: "rule-redundant",
    severity: "info",
    certainty: "present",
    sentence: `${name} makes no difference: without it, ${listed(evidence)} just the same`,
    evidence,
  });
  return [redundant, ...idle];
}

/** What is to be said about a policy that judges somebody. */
export function findingsOf(context: FindingContext, found: PolicyCase): readonly ReviewFinding[] {
  const { policy, rules, matters } = found;
  const whole = matters
    ? []
    : [
        ofPolicy(context, policy, {
          code: "policy-without-effect",
          severity: "info",
          certainty: "present",
          sentence: `${policyName(policy)} makes no difference: without it every connection would be decided the same`,
        }),
      ];
  const byRule = [...rules.ingress, ...rules.egress].flatMap((rule) => aboutRule(context, rule, found));
  return [...whole, ...byRule];
}

/** What is to be said about a policy that judges nobody. */
export const nobodySelected = (context: FindingContext, policy: Policy): ReviewFinding =>
  ofPolicy(context, policy, {
    code: "policy-selects-nothing",
    severity: "warning",
    certainty: "present",
    sentence: `${policyName(policy)} selects no endpoint`,
  });
