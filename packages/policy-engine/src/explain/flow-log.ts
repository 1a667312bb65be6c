import type { PolicyKind } from "../model/policy";
import { policyHits, type JudgedVerdict, type PolicyHit, type TracePolicy } from "../evaluate/trace";

/** Goldmane's numbers for kinds of policy hits (goldmane/proto/api.proto, PolicyKind). */
export const GOLDMANE_POLICY_KINDS: Readonly<Record<PolicyHit["kind"], number>> = {
  NetworkPolicy: 1,
  GlobalNetworkPolicy: 2,
  StagedNetworkPolicy: 3,
  StagedGlobalNetworkPolicy: 4,
  StagedKubernetesNetworkPolicy: 5,
  KubernetesNetworkPolicy: 6,
  Profile: 9,
  EndOfTier: 10,
  ClusterNetworkPolicy: 11,
};

/** Names that flow logs have for profiles and for what no rule matched (felix/calc/policy_lookup_cache.go). */
const PROFILE_TIER = "__PROFILE__";
const NO_MATCH = "__NO_MATCH__";
const KUBERNETES_PREFIX = "knp.default.";

const isStaged = (kind: PolicyKind): boolean => kind.startsWith("Staged");
const isKubernetes = (kind: PolicyKind): boolean => kind.endsWith("KubernetesNetworkPolicy");

/** The tier stands once before the name, whether the object's own name has it or not. */
function policyText(tier: string, { kind, namespace, name }: TracePolicy): string {
  const staged = isStaged(kind) ? "staged:" : "";
  if (isKubernetes(kind)) return `${namespace}/${staged}${KUBERNETES_PREFIX}${name}`;
  const bare = name.startsWith(`${tier}.`) ? name.slice(tier.length + 1) : name;
  return `${namespace === "" ? "" : `${namespace}/`}${tier}.${staged}${bare}`;
}

function hitText(hit: PolicyHit): string {
  const { kind, tier, namespace, name, action, policyIndex, ruleIndex, trigger } = hit;
  const word = action.toLowerCase();
  if (kind === "Profile") {
    const profile = ruleIndex < 0 ? NO_MATCH : name;
    return [policyIndex, PROFILE_TIER, `${PROFILE_TIER}.${profile}`, word, ruleIndex].join("|");
  }
  const policy = kind === "EndOfTier" ? trigger : { kind, namespace, name };
  return [policyIndex, tier, policy ? policyText(tier, policy) : NO_MATCH, word, ruleIndex].join("|");
}

/**
 * The policies of a verdict as flow logs write them, `<index>|<tier>|<policy>|<action>|<rule index>`: the rule is -1 at
 * the end of a tier, which is told by a policy that brought it about (felix/calc/policy_lookup_cache.go, RuleID; docs:
 * observability/elastic/flow/datatypes).
 */
export const flowLogPolicies = ({ trace }: Pick<JudgedVerdict, "trace">): readonly string[] =>
  policyHits(trace).map(hitText);
