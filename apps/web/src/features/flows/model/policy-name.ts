import type { DecidingPolicy, PolicyRef } from "@isthmus/flow-store";

/** A policy's name as the pages write it: `tier.name`, with its namespace where it has one. */
export function policyName({ kind, tier, namespace, name }: PolicyRef): string {
  if (kind === "Profile") return namespace === "" ? "profile" : `profile ${name}`;
  if (kind === "EndOfTier") return `end of ${tier}`;
  const full = name.startsWith(`${tier}.`) || kind === "NetworkPolicy" || tier === "" ? name : `${tier}.${name}`;
  const place = namespace === "" ? full : `${namespace}/${full}`;
  return kind === "NetworkPolicy" ? `k8s ${place}` : place;
}

/** What decided: the policy and its rule (from 1), or the tier's default. The short form leaves the namespace out. */
export function decidedBy(whole: DecidingPolicy | null, form: "full" | "short" = "full"): string {
  if (whole === null) return "";
  const deciding = form === "full" || whole.kind === "Profile" ? whole : { ...whole, namespace: "" };
  if (deciding.byTierDefault)
    return deciding.kind === "EndOfTier" ? policyName(deciding) : `${policyName(deciding)}, no rule`;
  const rule = deciding.kind === "Profile" || deciding.ruleIndex < 0 ? "" : ` ▸ ${deciding.ruleIndex + 1}`;
  return `${policyName(deciding)}${rule}`;
}
