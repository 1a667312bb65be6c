import type { Policy } from "../model/policy";
import type { Direction, Rule } from "../model/rule";
import type { ReviewWitness } from "./types";

/** What is found out about one rule, over everything that it is asked about. */
export interface RuleCase {
  readonly policy: Policy;
  readonly direction: Direction;
  readonly index: number;
  readonly rule: Rule;
  /** Whether it matches, or may match, anything. */
  matched: boolean;
  /** A connection that gets as far as it, and that it matches or may match. */
  reached: ReviewWitness | undefined;
  /** Whether something would be decided otherwise without it, or might be. */
  matters: boolean;
}

/** What is found out about one policy. */
export interface PolicyCase {
  readonly policy: Policy;
  readonly rules: Readonly<Record<Direction, readonly RuleCase[]>>;
  /** Whether it judges any endpoint in a direction that is asked. */
  judges: boolean;
  /** Whether something would be decided otherwise without it, or might be. */
  matters: boolean;
}

function rulesOf(policy: Policy, direction: Direction): readonly RuleCase[] {
  if (!policy.types.includes(direction)) return [];
  return policy[direction].map((rule, index) => ({
    policy,
    direction,
    index,
    rule,
    matched: false,
    reached: undefined,
    matters: false,
  }));
}

/** A case with nothing found out yet. */
export const openCase = (policy: Policy): PolicyCase => ({
  policy,
  rules: { ingress: rulesOf(policy, "ingress"), egress: rulesOf(policy, "egress") },
  judges: false,
  matters: false,
});

/** Whether more could be found out about a rule. */
const isOpen = ({ matched, reached, matters, rule }: RuleCase): boolean =>
  !matched || reached === undefined || (!matters && rule.action !== "Log");

/** Whether more could be found out about a policy in a direction. */
export const isOpenCase = ({ matters, rules }: PolicyCase, direction: Direction): boolean =>
  !matters || rules[direction].some(isOpen);
