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

/** Whether it is still to be found that a rule makes a difference. */
export const canMatter = ({ matters, reached, rule }: RuleCase): boolean =>
  !matters && reached !== undefined && rule.action !== "Log";

/** Whether it is still to be found, in a direction, that some rule is reached. */
export const mayReach = ({ rules }: PolicyCase, direction: Direction): boolean =>
  rules[direction].some(({ reached }) => reached === undefined);

/** Whether it is still to be found, in a direction, that the policy or one of its rules makes a difference. */
export const mayMatter = ({ matters, rules }: PolicyCase, direction: Direction): boolean =>
  !matters || rules[direction].some(canMatter);
