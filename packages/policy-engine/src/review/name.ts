import { policyName } from "../explain/describe-hit";
import type { Policy } from "../model/policy";
import type { Decider } from "./deciders";
import { rulePath } from "./rule-path";
import type { ReviewEvidence, ReviewRule } from "./types";
import { tracePolicy } from "./types";

/** A rule as people name it. Rules count from 1. */
export const nameRule = (policy: Policy, { direction, index }: ReviewRule): string =>
  `${direction} rule ${index + 1} of ${policyName(policy)}`;

const DOES = { Allow: "allows", Deny: "denies", Pass: "passes" } as const;

/** What decides, in data and in words. */
export function evidenceOf(decider: Decider, direction: ReviewRule["direction"]): ReviewEvidence {
  switch (decider.kind) {
    case "rule": {
      const { tier, policy, index, action } = decider;
      const rule = { direction, index };
      return {
        kind: "rule",
        policy: tracePolicy(policy),
        ref: policy.ref,
        tier,
        rule,
        path: rulePath(policy, rule),
        action,
        sentence: `${nameRule(policy, rule)} in tier ${tier} ${DOES[action]} it`,
      };
    }
    case "end-of-tier": {
      const { tier, action } = decider;
      return { kind: "end-of-tier", tier, action, sentence: `the end of tier ${tier} ${DOES[action]} it` };
    }
    case "profile":
      return { kind: "profile", profile: decider.profile, sentence: `profile ${decider.profile} decides it` };
    case "no-profile":
      return { kind: "no-profile", sentence: "no tier and no profile decides it, so that it is denied" };
  }
}

/** A name that is equal for deciders that are the same. */
export function deciderKey(decider: Decider): string {
  if (decider.kind !== "rule") return JSON.stringify(decider);
  const { policy, index } = decider;
  return JSON.stringify([policy.kind, policy.namespace, policy.name, index]);
}
