import { mutantsIn } from "./mutant";

/** What the policy engine could get wrong about tiers, policies, profiles and host endpoints. */
export const ENGINE_POLICIES = mutantsIn("packages/policy-engine/src", {
  "evaluate/tier-order.ts": [
    ["tier order", "the last tier is the first", "a.order < b.order ? -1 : 1", "a.order < b.order ? 1 : -1"],
    ["tier ties", "ties of tiers go backwards", "compareBytes(a.name, b.name) :", "compareBytes(b.name, a.name) :"],
    [
      "fixed tiers",
      "tiers that pass deny",
      "settings.set(name, { name, order, defaultAction })",
      'settings.set(name, { name, order, defaultAction: "Deny" })',
    ],
    ["policy order", "the last policy is the first", "left < right ? -1 : 1", "left < right ? 1 : -1"],
    [
      "policy ties",
      "ties of order go by namespace before name",
      "`${policy.name}/${policy.namespace}/${sortedKind(policy)}`",
      "`${policy.namespace}/${policy.name}/${sortedKind(policy)}`",
    ],
  ],
  "evaluate/walk.ts": [
    ["end of tier", "every tier denies at its end", 'return action === "Pass" ? "pass" : "deny";', 'return "deny";'],
    [
      "tier skipped",
      "a tier that selects nothing denies",
      '"none-selects" });\n    return "pass";',
      '"none-selects" });\n    return "deny";',
    ],
    ["Allow and Deny", "Deny passes", 'Deny: "deny"', 'Deny: "pass"'],
    ["Pass", "Pass allows", 'Pass: "pass"', 'Pass: "allow"'],
    [
      "Log",
      "Log allows",
      'if (action !== "Log") return OUTCOMES[action];',
      'return action === "Log" ? "allow" : OUTCOMES[action];',
    ],
    [
      "pending end of tier",
      "a pending end of tier names the last policy",
      'walk.view === "pending" ? 0 : policies.length - 1',
      "policies.length - 1",
    ],
    [
      "profiles of a host endpoint",
      "a missing profile is passed over",
      'walk.trace.push({ kind: "profile", profile, ruleIndex: 0, action: "Deny" });\n      return "deny";',
      "continue;",
    ],
  ],
  "evaluate/applying.ts": [
    ["types", "types are passed over", " || !policy.types.includes(direction)", ""],
    ["staged policies", "what is staged is in force", "enforced: view(inForce),", "enforced: view(() => true),"],
    [
      "staged policies",
      "enforced policies are left out of the pending view",
      "inForce(policy) || isPending(policy.stagedAction)",
      "isPending(policy.stagedAction)",
    ],
  ],
  "model/policy.ts": [
    [
      "stagedAction",
      "only what is staged to be set is pending",
      'action !== undefined && action !== "Delete"',
      'action === "Set"',
    ],
  ],
  "evaluate/profiles.ts": [
    [
      "namespace profile",
      "a namespace allows nothing",
      "profiles.set(namespaceProfile(namespace), allowing)",
      "profiles.set(namespaceProfile(namespace), silent)",
    ],
    ["labelsToApply", "labels of profiles are not inherited", "profile?.labelsToApply ?? {}", "({})"],
  ],
  "decode/calico-policy.ts": [
    [
      "types defaults",
      "a policy without rules has both types",
      'if (egress === 0) return ["ingress"];',
      'if (egress === 0) return ["ingress", "egress"];',
    ],
  ],
  "decode/label-selector.ts": [
    [
      "Kubernetes peers",
      "a pod selector of Kubernetes matches network sets",
      "conjunction([IS_POD, ...terms(reader)])",
      "conjunction(terms(reader))",
    ],
  ],
  "decode/kubernetes-policy.ts": [
    ["Kubernetes ports", "endPort is passed over", "to: Math.max(from, to)", "to: from"],
    ["ipBlock", "except is passed over", "return { ...ANY, nets, notNets };", "return { ...ANY, nets };"],
  ],
  "decode/cluster-policy.ts": [
    [
      "ClusterNetworkPolicy tiers",
      "the baseline goes before other tiers",
      'Baseline: "kube-baseline"',
      'Baseline: "kube-admin"',
    ],
  ],
  "decode/cluster-policy-rule.ts": [
    [
      "ClusterNetworkPolicy peers",
      "pods are of any namespace",
      "entity: { ...ANY, ...readPods(at) }",
      "entity: { ...ANY, selector: readPods(at).selector }",
    ],
    [
      "ClusterNetworkPolicy fails closed",
      "what cannot be converted is left out",
      'if (action === "Allow") return [];',
      "return [];",
    ],
  ],
  "decode/cluster-policy-port.ts": [
    ["ClusterNetworkPolicy protocols", "a port means all below it", "from: number, to: number", "from: 1, to: number"],
  ],
  "evaluate/world.ts": [
    [
      "both IP versions",
      "only the first address of a pod counts",
      "addresses: addressesOf(pod.addresses)",
      "addresses: addressesOf(pod.addresses).slice(0, 1)",
    ],
    ["host endpoint as peer", "host endpoints hold no addresses", "addEndpoints(index, hostEndpoints);", ""],
  ],
  "evaluate/host-walk.ts": [
    [
      "host endpoint",
      "a host endpoint allows what no policy speaks of",
      'if (hook === "normal") return walkProfiles(walk);',
      'if (hook === "normal") return "allow";',
    ],
    ["failsafe ports", "failsafe ports are let through it, too", 'if (hook === "forward") return "none";', ""],
    [
      "preDNAT",
      "policies before translation see the translated packet",
      "early ? (beforeDnat ?? walk.packet) : walk.packet",
      "walk.packet",
    ],
    [
      "doNotTrack",
      "what is forwarded out is asked before tracking",
      'return route === "local" ? [...early, last] : [last];',
      "return [...early, last];",
    ],
    ["all interfaces", "all interfaces together have untracked policies", "everyInterface ? [] :", "false ? [] :"],
  ],
  "evaluate/hook.ts": [
    [
      "applyOnForward",
      "every policy applies to what is forwarded",
      '(hook === "forward" && applyOnForward)',
      'hook === "forward"',
    ],
  ],
});
