import { mutantsIn } from "./mutant";

/** What the sandbox's dataplane could get wrong about tiers, policies, profiles and host endpoints. */
export const SANDBOX_POLICIES = mutantsIn("packages/sandbox/src/dataplane", {
  "order-policies.ts": [
    [
      "tier order",
      "tiers go by name before order",
      "compareNumbers(a.order, b.order) || compareText(a.name, b.name)",
      "compareText(a.name, b.name) || compareNumbers(a.order, b.order)",
    ],
    ["tier ties", "ties of tiers go backwards", "|| compareText(a.name, b.name)", "|| compareText(b.name, a.name)"],
    [
      "policy order",
      "policies go by name before order",
      "compareNumbers(a.order, b.order) || compareText(tieBreak(a), tieBreak(b))",
      "compareText(tieBreak(a), tieBreak(b)) || compareNumbers(a.order, b.order)",
    ],
    [
      "policy ties",
      "ties of order go by namespace before name",
      "`${policy.name}/${policy.namespace}/",
      "`${policy.namespace}/${policy.name}/",
    ],
    [
      "tier skipped",
      "a tier stands in the way of the direction that it does not govern",
      "if (policy[direction] === undefined) return false;",
      "",
    ],
    [
      "applyOnForward",
      "every policy applies to what is forwarded",
      'policy.table === "normal" && policy.applyOnForward',
      'policy.table === "normal"',
    ],
  ],
  "walk-tiers.ts": [
    ["end of tier", "every tier denies at its end", "action: tier.defaultAction,", 'action: "deny",'],
    [
      "Log",
      "a Log rule ends a policy",
      'const ruleIndex = rules.findIndex((rule) => rule.action !== "log" && matches(rule, packet, program));\n  const',
      "const ruleIndex = rules.findIndex((rule) => matches(rule, packet, program));\n  const",
    ],
    [
      "staged policies",
      "what is staged is in force",
      "policies.filter((policy) => !policy.staged)",
      "policies.filter(() => true)",
    ],
    [
      "profiles of a host endpoint",
      "a missing profile is passed over",
      'return ended([...hits, { kind: "profile", name, ruleIndex: 0, action: "deny" }], "deny");',
      "continue;",
    ],
  ],
  "evaluate.ts": [
    [
      "pending end of tier",
      "a pending end of tier names the last policy",
      'walk(tiers, judgement, "first")',
      'walk(tiers, judgement, "last")',
    ],
  ],
  "inventory.ts": [
    ["fixed tiers", "tiers that pass deny", '=== "Pass" ? "pass" : "deny"', '=== "Pass" ? "deny" : "deny"'],
  ],
  "profiles.ts": [
    [
      "namespace profile",
      "a namespace allows nothing",
      "labels: prefixedLabels(namespace, NAMESPACE_PREFIX), ingress: ANYTHING, egress: ANYTHING",
      "labels: prefixedLabels(namespace, NAMESPACE_PREFIX), ingress: [], egress: []",
    ],
    ["labelsToApply", "labels of profiles are not inherited", '"labelsToApply"', '"labels"'],
  ],
  "lower-kubernetes-policy.ts": [
    ["policy order", "a policy of Kubernetes comes before others", "KUBERNETES_ORDER = 1000", "KUBERNETES_ORDER = 1"],
    ["Kubernetes peers", "peers need not be pods", "allOf([scope, IS_POD, pods])", "allOf([scope, pods])"],
    ["Kubernetes ports", "endPort is passed over", 'typeof endPort === "number" ? endPort : port', "port"],
    ["ipBlock", "except is passed over", "...(except && { notNets: except })", ""],
  ],
  "lower-cluster-policy.ts": [
    [
      "ClusterNetworkPolicy tiers",
      "the baseline goes before other tiers",
      '["Baseline", "kube-baseline"]',
      '["Baseline", "kube-admin"]',
    ],
    [
      "ClusterNetworkPolicy peers",
      "pods are of any namespace",
      "podsOf(lowerNamespaceLabels(objectOf(namespaceSelector)), ",
      "podsOf(undefined, ",
    ],
    ["ClusterNetworkPolicy protocols", "a port means all below it", '{ min: port["number"], max', "{ min: 1, max"],
    ["ClusterNetworkPolicy fails closed", "what cannot be converted is left out", "? [DENY_ALL] : []", "? [] : []"],
  ],
  "evaluate-host.ts": [
    [
      "host endpoint",
      "forwarded packets meet the policies of the host's own",
      'if (traffic === "forwarded") return next',
      "if (false) return next",
    ],
    [
      "failsafe ports",
      "failsafe ports are not let through",
      "if (isFailsafe(program.failsafes, direction, packet)) return LET_THROUGH;",
      "",
    ],
    [
      "preDNAT",
      "policies before translation see the translated packet",
      'if (direction === "egress") return NOTHING;\n  const asked = { ...judgement, packet: arrived ?? packet };',
      'if (direction === "egress") return NOTHING;\n  const asked = { ...judgement, packet };',
    ],
    [
      "doNotTrack",
      "what is forwarded out is asked before tracking",
      ' || (direction === "egress" && traffic === "forwarded")',
      "",
    ],
    ["all interfaces", "all interfaces together have untracked policies", "host.everyInterface || ", ""],
  ],
});
