import type { DecidingPolicy, PolicyHit, PolicyKind, PolicyRef, Verdict } from "../domain";

const kinds: readonly PolicyKind[] = [
  "CalicoNetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
  "StagedKubernetesNetworkPolicy",
  "NetworkPolicy",
  "ClusterNetworkPolicy",
  "Profile",
  "EndOfTier",
];
const verdicts: readonly Verdict[] = ["allow", "deny", "pass"];

/** The kind of that name, "Unknown" for every other. */
export function kindOf(text: string): PolicyKind {
  return kinds.find((kind) => kind === text) ?? "Unknown";
}

/** The verdict of that name, "unknown" for every other. */
export function verdictOf(text: string): Verdict {
  return verdicts.find((verdict) => verdict === text) ?? "unknown";
}

// INVARIANT: names of tiers, namespaces and policies are Kubernetes names, which hold no tab; one that does is not
// from a cluster and is stored with its tabs as spaces.
const field = (value: string | number) => `${value}`.replaceAll("\t", " ");

/** One hit as the store keeps it: fields separated by tabs. */
export function encodeHit(hit: PolicyHit): string {
  const trigger = hit.trigger ? [hit.trigger.kind, hit.trigger.tier, hit.trigger.namespace, hit.trigger.name] : [];
  const own = [hit.kind, hit.tier, hit.namespace, hit.name, hit.action, hit.policyIndex, hit.ruleIndex];
  return [...own, ...trigger].map(field).join("\t");
}

/** The reverse of encodeHit. */
export function decodeHit(text: string): PolicyHit {
  const [kind = "", tier = "", namespace = "", name = "", action = "", policyIndex, ruleIndex, ...trigger] =
    text.split("\t");
  return {
    kind: kindOf(kind),
    tier,
    namespace,
    name,
    action: verdictOf(action),
    policyIndex: Number(policyIndex ?? 0),
    ruleIndex: Number(ruleIndex ?? -1),
    trigger: trigger.length < 4 ? null : decodeRef(trigger),
  };
}

function decodeRef([kind = "", tier = "", namespace = "", name = ""]: readonly string[]): PolicyRef {
  return { kind: kindOf(kind), tier, namespace, name };
}

/**
 * The policy that settled a flow's fate: the last hit that allowed or denied it. At the end of a tier that is the
 * policy which made the tier's default apply, where the trace names it.
 */
export function decidingOf(trace: readonly PolicyHit[]): DecidingPolicy | null {
  const hit = trace.findLast(({ action }) => action === "allow" || action === "deny");
  if (!hit) return null;
  const { kind, tier, namespace, name } = hit.trigger ?? hit;
  return {
    kind,
    tier,
    namespace,
    name,
    action: hit.action,
    ruleIndex: hit.ruleIndex,
    byTierDefault: hit.kind === "EndOfTier",
  };
}
