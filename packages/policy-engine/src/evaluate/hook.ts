import type { Policy } from "../model/policy";

/**
 * Where on its way a packet meets the policies of an endpoint. Workloads have `normal` alone. At a host endpoint packets
 * meet `untracked` ones (doNotTrack) before connections are tracked, `pre-dnat` ones before addresses are translated,
 * and then `normal` ones if they come from or go to the host itself, `forward` ones (applyOnForward) if they pass
 * through it (Calico, felix event sequencer, tierInfoToProtoTierInfo).
 */
export type PolicyHook = "untracked" | "pre-dnat" | "forward" | "normal";

/** Whether a policy has a say at a hook. */
export function speaksAt({ doNotTrack, preDnat, applyOnForward }: Policy, hook: PolicyHook): boolean {
  if (doNotTrack) return hook === "untracked";
  if (preDnat) return hook === "pre-dnat";
  return hook === "normal" || (hook === "forward" && applyOnForward);
}

/**
 * Whether a tier in which no rule matched has its default action. Before conversion and tracking it has not: policies
 * that may still allow come later (Calico, felix rules/endpoints.go, endpointIptablesChain).
 */
export const tiersEndAt = (hook: PolicyHook): boolean => hook === "normal" || hook === "forward";
