import type { EndpointToHostAction } from "./felix-settings";
import type { PolicyHook } from "./hook";
import type { Direction, PolicyKind, RuleAction } from "../model/policy";

/** Names a policy in a trace. */
export interface TracePolicy {
  readonly kind: PolicyKind;
  /** Empty for global policies. */
  readonly namespace: string;
  readonly name: string;
}

/** Why a tier had no say. */
export type TierSkip =
  /** There is no policy in it. */
  | "empty"
  /** None of its policies selects the endpoint in this direction, so not even its default action applies. */
  | "none-selects";

/** Why a hook of a host endpoint decided nothing. */
export type OpenHook =
  /** None of its policies is for this hook. */
  | "no-policies"
  /** Its tiers were passed. */
  | "passed";

/** One thing that happened while a packet was judged at an endpoint, in order. */
export type TraceStep =
  | { readonly kind: "tier-skipped"; readonly tier: string; readonly why: TierSkip }
  | { readonly kind: "tier-entered"; readonly tier: string }
  | { readonly kind: "policy-passed-over"; readonly tier: string; readonly policy: TracePolicy }
  | {
      readonly kind: "rule";
      readonly tier: string;
      readonly policy: TracePolicy;
      /** Place among the tier's policies that select the endpoint, from 0. */
      readonly policyIndex: number;
      readonly ruleIndex: number;
      readonly action: RuleAction;
      /** Whether a staged policy said so, in a pending verdict. */
      readonly staged: boolean;
    }
  | {
      readonly kind: "end-of-tier";
      readonly tier: string;
      /** A policy of the tier that selects the endpoint, and so is why the tier had a say: the last, the first in a pending verdict. */
      readonly policy: TracePolicy;
      readonly policyIndex: number;
      readonly action: "Deny" | "Pass";
    }
  | { readonly kind: "profile"; readonly profile: string; readonly ruleIndex: number; readonly action: RuleAction }
  | { readonly kind: "no-profile" }
  /** At a host endpoint: the hook that the following steps belong to. */
  | { readonly kind: "hook-entered"; readonly hook: PolicyHook }
  /** No rule matched in a tier whose default action does not count at this hook. */
  | { readonly kind: "tier-left-open"; readonly tier: string; readonly hook: PolicyHook }
  /** A failsafe port of the host lets it through, past the policies of this hook. */
  | { readonly kind: "failsafe"; readonly hook: PolicyHook }
  /** Nothing at this hook decided, and what is left open at it goes on. */
  | { readonly kind: "hook-left-open"; readonly hook: PolicyHook; readonly why: OpenHook }
  /** Calico does not police what a node says to its own pods. */
  | { readonly kind: "own-node"; readonly node: string }
  /** What becomes of a packet from a pod to its own node. */
  | { readonly kind: "endpoint-to-host"; readonly action: EndpointToHostAction }
  | {
      readonly kind: "unknown";
      readonly reason: string;
      readonly tier?: string;
      readonly policy?: TracePolicy;
      readonly ruleIndex?: number;
    };

/** Allowed, denied, or not decided by what is known. Unknown is never allowed. */
export type Verdict = "allow" | "deny" | "unknown";

/** A verdict and how it came about. */
export interface JudgedVerdict {
  readonly verdict: Verdict;
  readonly trace: readonly TraceStep[];
}

/** What an endpoint's policies say in one direction: as enforced, and as it would be if staged policies were. */
export interface EndpointVerdict extends JudgedVerdict {
  readonly direction: Direction;
  readonly pending: JudgedVerdict;
}

/** A policy's part in a verdict, as flow logs tell it. */
export interface PolicyHit {
  readonly kind: PolicyKind | "EndOfTier" | "Profile";
  readonly tier: string;
  readonly namespace: string;
  readonly name: string;
  readonly action: "Allow" | "Deny" | "Pass";
  readonly policyIndex: number;
  /** -1 at the end of a tier. */
  readonly ruleIndex: number;
  /** At the end of a tier: the policy that brought it about. */
  readonly trigger?: TracePolicy;
}

function hitOf(step: TraceStep): Omit<PolicyHit, "policyIndex"> | undefined {
  switch (step.kind) {
    case "rule":
      if (step.action === "Log") return undefined;
      return { ...step.policy, tier: step.tier, action: step.action, ruleIndex: step.ruleIndex };
    case "end-of-tier": {
      const { tier, action, policy } = step;
      return { kind: "EndOfTier", tier, namespace: "", name: "", action, ruleIndex: -1, trigger: policy };
    }
    case "profile":
      if (step.action === "Log") return undefined;
      return {
        kind: "Profile",
        tier: "",
        namespace: "",
        name: step.profile,
        action: step.action,
        ruleIndex: step.ruleIndex,
      };
    case "no-profile":
      return { kind: "Profile", tier: "", namespace: "", name: "__PROFILE__", action: "Deny", ruleIndex: -1 };
    default:
      return undefined;
  }
}

/** The policies that had a say, in order, one for each tier that was visited, as flow logs list them. */
export function policyHits(trace: readonly TraceStep[]): readonly PolicyHit[] {
  return trace.flatMap((step) => hitOf(step) ?? []).map((hit, policyIndex) => ({ ...hit, policyIndex }));
}
