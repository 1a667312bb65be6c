import type { ClusterModel } from "../connectivity/cluster-model";
import { planOf, type RuleEnd } from "../connectivity/rule-end";
import type { WorldTier } from "../evaluate/tier-order";
import { holdingsOf } from "../evaluate/world";
import { policyName } from "../explain/describe-hit";
import type { Policy } from "../model/policy";
import { compileSelector } from "../selector/evaluate";
import { printSelector } from "../selector/printer";
import type { PolicyCase, RuleCase } from "./cases";
import type { Decider } from "./deciders";
import type { Evidence } from "./evidence";
import { evidenceOf, nameRule } from "./name";
import { isPartOfEntry, rulePath, selectorPath } from "./rule-path";
import { neverSelects, structureOf, substitutesOf } from "./structural";
import { tracePolicy, type ReviewCertainty, type ReviewEvidence, type ReviewFinding } from "./types";

/** What findings are made with. */
export interface FindingContext {
  readonly cluster: string;
  readonly model: ClusterModel;
  readonly evidence: Evidence;
  /** The tiers by which what is true of every world is worked out; none where not all policies are known. */
  readonly tiers: readonly WorldTier[];
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

/** `a`, `a and b`, or `a, b, and 3 more`. */
function listed(evidence: readonly ReviewEvidence[]): string {
  const [first, second, ...others] = evidence.map(({ sentence }) => sentence);
  if (second === undefined) return first ?? "";
  return others.length === 0 ? `${first} and ${second}` : `${first}, ${second}, and ${others.length} more`;
}

const evidenceList = (deciders: readonly Decider[], { direction }: RuleCase): readonly ReviewEvidence[] =>
  deciders.map((decider) => evidenceOf(decider, direction));

const allowsAll = (deciders: readonly Decider[]): boolean =>
  deciders.length > 0 && deciders.every((decider) => decider.kind === "rule" && decider.action === "Allow");

function shadowed(
  context: FindingContext,
  found: RuleCase,
  { certainty, takers }: { readonly certainty: ReviewCertainty; readonly takers: readonly Decider[] },
): ReviewFinding {
  const evidence = evidenceList(takers, found);
  const open = found.rule.action === "Deny" && allowsAll(takers);
  const name = nameRule(found.policy, found);
  return ofRule(context, found, {
    code: open ? "deny-shadowed" : "rule-shadowed",
    severity: "warning",
    certainty,
    sentence: `${name} decides nothing: all that it matches is decided before${evidence.length > 0 ? `: ${listed(evidence)}` : ""}`,
    evidence,
  });
}

function redundant(
  context: FindingContext,
  found: RuleCase,
  { certainty, others }: { readonly certainty: ReviewCertainty; readonly others: readonly Decider[] },
): ReviewFinding {
  const evidence = evidenceList(others, found);
  return ofRule(context, found, {
    code: "rule-redundant",
    severity: "info",
    certainty,
    sentence: `${nameRule(found.policy, found)} makes no difference: without it the same would be decided: ${listed(evidence)}`,
    evidence,
  });
}

/** What is true of a rule whatever endpoints and sets there are. */
function aboutStructure(context: FindingContext, found: RuleCase): ReviewFinding | undefined {
  const structure = structureOf(found, context.tiers);
  const name = nameRule(found.policy, found);
  const certainty = "structural";
  switch (structure?.kind) {
    case undefined:
      return undefined;
    case "never-matches": {
      const sentence = `${name} can match nothing: what it asks for excludes itself`;
      return ofRule(context, found, { code: "rule-never-matches", severity: "warning", certainty, sentence });
    }
    case "duplicate": {
      const evidence = evidenceList([structure.of], found);
      const sentence = `${name} repeats an earlier one: ${listed(evidence)}`;
      return ofRule(context, found, { code: "rule-duplicate", severity: "warning", certainty, sentence, evidence });
    }
    case "shadowed":
      return shadowed(context, found, { certainty, takers: structure.by });
  }
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
  const { policy, direction, index, rule } = found;
  return (["source", "destination"] as const).flatMap((side) => {
    const written = rule[side].notSelector;
    if (!written || !matchesNobody(context, { node: written.node, text: printSelector(written.node) })) return [];
    const { text } = written;
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

/** What is true of a rule for the endpoints and sets that there are. */
function aboutPresent(context: FindingContext, found: RuleCase): ReviewFinding {
  const certainty = "present";
  if (!found.matched) {
    const sentence = `${nameRule(found.policy, found)} matches nothing: there is no connection that it could mean`;
    return (
      emptySelector(context, found) ??
      ofRule(context, found, { code: "rule-never-matches", severity: "info", certainty, sentence })
    );
  }
  return shadowed(context, found, { certainty, takers: context.evidence.takers(found) });
}

function aboutRedundant(context: FindingContext, found: RuleCase, whole: PolicyCase): ReviewFinding {
  const others = whole.rules[found.direction];
  const structural = substitutesOf(found, (index) => others[index]?.reached === undefined);
  return structural
    ? redundant(context, found, { certainty: "structural", others: structural })
    : redundant(context, found, { certainty: "present", others: context.evidence.substitutes(found) });
}

function aboutRule(context: FindingContext, found: RuleCase, whole: PolicyCase): readonly ReviewFinding[] {
  const idle = found.matched ? idleNotSelectors(context, found) : [];
  if (found.reached) {
    const useless = !found.matters && found.rule.action !== "Log" && whole.matters;
    return useless ? [aboutRedundant(context, found, whole), ...idle] : idle;
  }
  return [aboutStructure(context, found) ?? aboutPresent(context, found), ...idle];
}

const rulesOf = ({ rules }: PolicyCase): readonly RuleCase[] => [...rules.ingress, ...rules.egress];

/** What is to be said about a policy that judges somebody. */
export function findingsOf(context: FindingContext, found: PolicyCase): readonly ReviewFinding[] {
  const { policy, matters } = found;
  const sentence = `${policyName(policy)} makes no difference: without it every connection would be decided the same`;
  const whole = matters
    ? []
    : [ofPolicy(context, policy, { code: "policy-without-effect", severity: "info", certainty: "present", sentence })];
  return [...whole, ...rulesOf(found).flatMap((rule) => aboutRule(context, rule, found))];
}

/** What is to be said about the rules of a policy whatever it judges. */
export const structuralFindings = (context: FindingContext, found: PolicyCase): readonly ReviewFinding[] =>
  rulesOf(found).flatMap((rule) => aboutStructure(context, rule) ?? []);

/** What is to be said about a policy that judges nobody. */
export function nobodySelected(context: FindingContext, policy: Policy): ReviewFinding {
  const never = neverSelects(policy);
  return ofPolicy(context, policy, {
    code: "policy-selects-nothing",
    severity: never ? "warning" : "info",
    certainty: never ? "structural" : "present",
    sentence: `${policyName(policy)} ${never ? "can select no endpoint: its selectors exclude each other" : "selects no endpoint"}`,
  });
}
