import type { PolicyHook } from "../evaluate/hook";
import type { PolicySkip, SkippedPolicy } from "../evaluate/skipped";
import type { PolicyHit, TracePolicy, TraceStep } from "../evaluate/trace";

const KINDS: Readonly<Record<string, string>> = {
  NetworkPolicy: "network policy",
  GlobalNetworkPolicy: "global network policy",
  StagedNetworkPolicy: "staged network policy",
  StagedGlobalNetworkPolicy: "staged global network policy",
  StagedKubernetesNetworkPolicy: "staged Kubernetes network policy",
  KubernetesNetworkPolicy: "Kubernetes network policy",
  ClusterNetworkPolicy: "cluster network policy",
};

/** A policy as people name it: `network policy shop/mesh.pay`. */
export const policyName = ({ kind, namespace, name }: TracePolicy): string =>
  `${KINDS[kind] ?? kind} ${namespace === "" ? name : `${namespace}/${name}`}`;

const DONE = { Allow: "Allowed", Deny: "Denied", Pass: "Passed on", Log: "Logged" } as const;

/** A policy hit of a flow as a plain sentence: `Denied by rule 2 of network policy shop/mesh.pay in tier mesh`. Rules count from 1. */
export function describePolicyHit(hit: PolicyHit): string {
  if (hit.kind === "Profile" && hit.ruleIndex < 0) return "Denied: no tier decided, and no profile allows it";
  if (hit.kind === "Profile") return `${DONE[hit.action]} by profile ${hit.name}: no tier decided`;
  if (hit.kind === "EndOfTier") {
    const trigger = hit.trigger ? ` (${policyName(hit.trigger)} applies here)` : "";
    return `${DONE[hit.action]} at the end of tier ${hit.tier}: no rule matched${trigger}`;
  }
  const policy: TracePolicy = { kind: hit.kind, namespace: hit.namespace, name: hit.name };
  return `${DONE[hit.action]} by rule ${hit.ruleIndex + 1} of ${policyName(policy)} in tier ${hit.tier}`;
}

const HOOKS: Readonly<Record<PolicyHook, string>> = {
  untracked: "before connections are tracked (doNotTrack policies)",
  "pre-dnat": "before addresses are translated (preDNAT policies)",
  forward: "as it passes through the host (applyOnForward policies)",
  normal: "as it goes to or from the host itself",
};

/** One step of a trace as a plain sentence. */
export function describeStep(step: TraceStep): string {
  switch (step.kind) {
    case "tier-skipped":
      return step.why === "empty"
        ? `Tier ${step.tier} has no policies and is skipped`
        : `Tier ${step.tier} is skipped: none of its policies selects the endpoint in this direction`;
    case "tier-entered":
      return `Tier ${step.tier} applies`;
    case "policy-passed-over":
      return `No rule of ${policyName(step.policy)} matches`;
    case "rule":
      return `${DONE[step.action]} by rule ${step.ruleIndex + 1} of ${policyName(step.policy)} in tier ${step.tier}`;
    case "end-of-tier":
      return `${DONE[step.action]} at the end of tier ${step.tier}: no rule matched`;
    case "profile":
      return `${DONE[step.action]} by profile ${step.profile}: no tier decided`;
    case "no-profile":
      return "Denied: no tier decided, and no profile allows it";
    case "hook-entered":
      return `At the host endpoint, ${HOOKS[step.hook]}`;
    case "tier-left-open":
      return `No rule of tier ${step.tier} matches, and it has no default action here`;
    case "failsafe":
      return "A failsafe port of the host lets it through, whatever policies say";
    case "hook-left-open":
      return step.why === "no-policies" ? "None of its policies is for this" : "Its policies leave it open";
    case "own-node":
      return `Allowed: it comes from the pod's own node ${step.node}, which Calico does not police`;
    case "endpoint-to-host":
      return `${step.action === "Drop" ? "Denied" : "Allowed"} to the pod's own node: DefaultEndpointToHostAction is ${step.action}`;
    case "unknown":
      return `Undecided${step.policy ? ` at ${policyName(step.policy)}` : ""}: ${step.reason}`;
  }
}

const SKIPS: Readonly<Record<PolicySkip, string>> = {
  staged: "it is staged",
  "other-hook": "it is for host endpoints, or for other packets of them",
  "other-direction": "it is not for this direction",
  "selects-others": "it selects other endpoints",
};

/** Why a policy is not asked, as a plain sentence. */
export function describeSkip({ tier, policy, why }: SkippedPolicy): string {
  const name = policyName(policy);
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} in tier ${tier} is not asked: ${SKIPS[why]}`;
}
