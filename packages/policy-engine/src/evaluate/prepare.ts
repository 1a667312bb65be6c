import { policySelector } from "../model/effective-selector";
import type { Direction, Policy, Rule, RuleAction } from "../model/policy";
import { compileSelector, type SelectorMatcher } from "../selector/evaluate";
import { compileRuleMatcher, type RuleMatcher } from "./match-rule";
import type { ProfileContent } from "./profiles";

/** A rule ready to be asked. */
export interface PreparedRule {
  readonly action: RuleAction;
  readonly matches: RuleMatcher;
}

/** The rules of both directions. */
export type PreparedRules = Readonly<Record<Direction, readonly PreparedRule[]>>;

/** A policy with its selector and rules compiled. */
export interface PreparedPolicy {
  readonly policy: Policy;
  readonly selects: SelectorMatcher;
  readonly rules: PreparedRules;
}

type Ruled = Readonly<Record<Direction, readonly Rule[]>>;

function prepareRules(ruled: Ruled, namespace: string): PreparedRules {
  const compile = (direction: Direction) =>
    ruled[direction].map((rule) => ({
      action: rule.action,
      matches: compileRuleMatcher(rule, { namespace, direction }),
    }));
  return { ingress: compile("ingress"), egress: compile("egress") };
}

/** Compiled once an object; policies and profiles are never changed. Not seen from outside. */
const policies = new WeakMap<Policy, PreparedPolicy>();
const profiles = new WeakMap<ProfileContent, PreparedRules>();

/** A policy with its selector and rules compiled. */
export function prepare(policy: Policy): PreparedPolicy {
  const known = policies.get(policy);
  if (known) return known;
  const rules = prepareRules(policy, policy.namespace);
  const made = { policy, selects: compileSelector(policySelector(policy)), rules };
  policies.set(policy, made);
  return made;
}

/** The rules of a profile, compiled; they are those of a policy without a namespace. */
export function preparedProfile(profile: ProfileContent): PreparedRules {
  const known = profiles.get(profile);
  if (known) return known;
  const made = prepareRules(profile, "");
  profiles.set(profile, made);
  return made;
}
