import { describe, expect, it } from "vitest";
import { ask, gnp, knp, np, SHOP, shop, spellHits, tier, type Asked } from "../testing/shop-world";
import { buildWorld } from "./world";
import type { WorldInput } from "./world-input";

interface Row {
  readonly name: string;
  /** Where Calico or Kubernetes say so. */
  readonly from: string;
  readonly manifests: readonly unknown[];
  readonly asked?: Asked;
  readonly input?: Partial<WorldInput>;
  readonly hits: readonly string[];
}

const SORTER = "felix/calc/policy_sorter.go";
const TIERS = "docs: network-policy/policy-tiers/tiered-policy";
const SELECTS = "libcalico-go syncersv1/updateprocessors/globalnetworkpolicyprocessor.go";
const TYPES = "docs: reference/resources/networkpolicy, types";
const PROFILES = "felix/rules/endpoints.go, endpointIptablesChain";

const allow = { ingress: [{ action: "Allow" }] } as const;
const deny = { ingress: [{ action: "Deny" }] } as const;
const ALLOWED = ["kns.shop|0|Allow"];
const OUT: Asked = { at: "redis", direction: "egress" };

const order: readonly Row[] = [
  {
    name: "tiers by their order",
    from: TIERS,
    manifests: [tier("b", 1), tier("a", 2), gnp("b.x", { tier: "b", ...allow }), gnp("a.x", { tier: "a", ...deny })],
    hits: ["b|b.x|0|Allow"],
  },
  {
    name: "equal orders by name",
    from: TIERS,
    manifests: [tier("b", 1), tier("a", 1), gnp("b.x", { tier: "b", ...allow }), gnp("a.x", { tier: "a", ...deny })],
    hits: ["a|a.x|0|Deny"],
  },
  {
    name: "a tier without an order comes last",
    from: TIERS,
    manifests: [
      { apiVersion: "projectcalico.org/v3", kind: "Tier", metadata: { name: "a" }, spec: {} },
      gnp("a.x", { tier: "a", ...deny }),
      gnp("x", allow),
    ],
    hits: ["default|x|0|Allow"],
  },
  {
    name: "orders may be fractions and negative",
    from: TIERS,
    manifests: [tier("b", -0.5), tier("a", 0), gnp("b.x", { tier: "b", ...allow }), gnp("a.x", { tier: "a", ...deny })],
    hits: ["b|b.x|0|Allow"],
  },
  {
    name: "the default tier stands at 1,000,000",
    from: TIERS,
    manifests: [tier("z", 1_000_001), gnp("z.x", { tier: "z", ...deny }), gnp("x", allow)],
    hits: ["default|x|0|Allow"],
  },
  {
    name: "policies of a tier that does not exist have no say",
    from: SORTER,
    manifests: [gnp("gone.x", { tier: "gone", ...deny })],
    hits: ALLOWED,
  },
  {
    name: "policies by their order, whatever their kind",
    from: SORTER,
    manifests: [gnp("a", { order: 2, ...deny }), np("b", { order: 1, ...allow })],
    hits: ["default|b|0|Allow"],
  },
  {
    name: "one without an order comes last",
    from: SORTER,
    manifests: [gnp("a", deny), np("b", { order: 9e9, ...allow })],
    hits: ["default|b|0|Allow"],
  },
  {
    name: "equal orders by name",
    from: SORTER,
    manifests: [gnp("b", { order: 1, ...deny }), np("a", { order: 1, ...allow })],
    hits: ["default|a|0|Allow"],
  },
  {
    name: "equal names by namespace: global ones first",
    from: SORTER,
    manifests: [np("a", { order: 1, ...deny }), gnp("a", { order: 1, ...allow })],
    hits: ["default|a|0|Allow"],
  },
  {
    name: "Kubernetes policies stand at 1000",
    from: "libcalico-go conversion.go, K8sNetworkPolicyToCalico",
    manifests: [knp("k", { podSelector: {}, ingress: [{}] }), gnp("a", { order: 999, ...deny })],
    hits: ["default|a|0|Deny"],
  },
  {
    name: "after it others have no say",
    from: "libcalico-go conversion.go, K8sNetworkPolicyToCalico",
    manifests: [knp("k", { podSelector: {}, ingress: [{}] }), gnp("a", { order: 1001, ...deny })],
    hits: ["default|k|0|Allow"],
  },
];

const ends: readonly Row[] = [
  {
    name: "the end of a tier with Pass goes on",
    from: TIERS,
    manifests: [tier("a", 1, "Pass"), gnp("a.x", { tier: "a", ingress: [{ action: "Deny", protocol: "UDP" }] })],
    hits: ["a|end|Pass", ...ALLOWED],
  },
  {
    name: "the end of a tier with Deny denies",
    from: TIERS,
    manifests: [tier("a", 1), gnp("a.x", { tier: "a", ingress: [{ action: "Allow", protocol: "UDP" }] })],
    hits: ["a|end|Deny"],
  },
  {
    name: "a policy without rules is enough for it",
    from: TIERS,
    manifests: [tier("a", 1), gnp("a.x", { tier: "a", types: ["Ingress"] })],
    hits: ["a|end|Deny"],
  },
  {
    name: "a tier without policies for the pod is skipped",
    from: TIERS,
    manifests: [tier("a", 1), gnp("a.x", { tier: "a", selector: "app == 'nobody'", ...deny })],
    hits: ALLOWED,
  },
  {
    name: "or for this direction",
    from: TIERS,
    manifests: [tier("a", 1), gnp("a.x", { tier: "a", types: ["Egress"] })],
    hits: ALLOWED,
  },
  {
    name: "staged policies alone do not keep a tier from being skipped",
    from: TIERS,
    manifests: [tier("a", 1), gnp("a.x", { tier: "a", ...deny }, "StagedGlobalNetworkPolicy")],
    hits: ALLOWED,
  },
  {
    name: "Pass of the last tier leads to the profile",
    from: TIERS,
    manifests: [gnp("a", { ingress: [{ action: "Pass" }] })],
    hits: ["default|a|0|Pass", ...ALLOWED],
  },
  {
    name: "Log decides nothing and is no hit",
    from: "felix/rules/policy.go, CombineMatchAndActionsForProtoRule",
    manifests: [gnp("a", { ingress: [{ action: "Log" }, { action: "Allow" }] })],
    hits: ["default|a|1|Allow"],
  },
  {
    name: "the first rule that matches decides",
    from: PROFILES,
    manifests: [gnp("a", { ingress: [{ action: "Deny", protocol: "UDP" }, { action: "Allow" }, { action: "Deny" }] })],
    hits: ["default|a|1|Allow"],
  },
  {
    name: "a namespace that is not known has no profile, and what stands in for it denies",
    from: "felix/calc/active_rules_calculator.go: rules of a missing profile drop",
    manifests: [],
    input: { namespaces: [] },
    hits: ["kns.shop|0|Deny"],
  },
];

const selects: readonly Row[] = [
  {
    name: "a policy without a selector selects everything",
    from: SELECTS,
    manifests: [gnp("a", deny)],
    hits: ["default|a|0|Deny"],
  },
  {
    name: "a namespaced one only its own namespace",
    from: SELECTS,
    manifests: [np("a", deny)],
    asked: { at: "scraper" },
    hits: ["kns.ops|0|Allow"],
  },
  {
    name: "namespaceSelector",
    from: SELECTS,
    manifests: [gnp("a", { namespaceSelector: "team == 'web'", ...deny })],
    hits: ["default|a|0|Deny"],
  },
  {
    name: "of another namespace",
    from: SELECTS,
    manifests: [gnp("a", { namespaceSelector: "team == 'web'", ...deny })],
    asked: { at: "scraper" },
    hits: ["kns.ops|0|Allow"],
  },
  {
    name: "namespaceSelector beside a selector",
    from: SELECTS,
    manifests: [gnp("a", { selector: "app == 'cart'", namespaceSelector: "all()", ...deny })],
    hits: ALLOWED,
  },
  {
    name: "serviceAccountSelector",
    from: SELECTS,
    manifests: [np("a", { serviceAccountSelector: "role == 'store'", ...deny })],
    hits: ["default|a|0|Deny"],
  },
  {
    name: "of another account",
    from: SELECTS,
    manifests: [np("a", { serviceAccountSelector: "role == 'client'", ...deny })],
    hits: ALLOWED,
  },
  {
    name: "serviceAccountSelector all() needs an account",
    from: SELECTS,
    manifests: [gnp("a", { serviceAccountSelector: "all()", ...deny })],
    input: { pods: SHOP.pods.map((pod) => ({ ...pod, serviceAccount: "" })) },
    hits: ALLOWED,
  },
  {
    name: "the orchestrator is a label",
    from: "libcalico-go workload_endpoint_default.go",
    manifests: [gnp("a", { selector: "projectcalico.org/orchestrator == 'k8s'", ...deny })],
    hits: ["default|a|0|Deny"],
  },
];

const types: readonly Row[] = [
  { name: "no rules: ingress", from: TYPES, manifests: [np("a", {})], hits: ["default|end|Deny"] },
  { name: "and not egress", from: TYPES, manifests: [np("a", {})], asked: OUT, hits: ALLOWED },
  { name: "ingress rules: not egress", from: TYPES, manifests: [np("a", allow)], asked: OUT, hits: ALLOWED },
  {
    name: "egress rules: egress",
    from: TYPES,
    manifests: [np("a", { egress: [{ action: "Deny" }] })],
    asked: OUT,
    hits: ["default|a|0|Deny"],
  },
  { name: "and not ingress", from: TYPES, manifests: [np("a", { egress: [{ action: "Deny" }] })], hits: ALLOWED },
  {
    name: "both rules: both",
    from: TYPES,
    manifests: [np("a", { ...allow, egress: [{ action: "Deny" }] })],
    asked: OUT,
    hits: ["default|a|0|Deny"],
  },
  {
    name: "types are taken at their word",
    from: TYPES,
    manifests: [np("a", { types: ["Ingress"], egress: [{ action: "Deny" }] })],
    asked: OUT,
    hits: ALLOWED,
  },
  {
    name: "both types without rules",
    from: TYPES,
    manifests: [np("a", { types: ["Ingress", "Egress"] })],
    asked: OUT,
    hits: ["default|end|Deny"],
  },
];

describe("which policies speak, and in which order", () => {
  it.each([...order, ...ends, ...selects, ...types])("$name ($from)", ({ manifests, asked, input, hits }) => {
    expect(spellHits(ask(buildWorld({ ...SHOP, ...input, manifests }), asked))).toEqual(hits);
  });

  it.each([...order, ...ends, ...selects])(
    "$name, whatever the order of the manifests",
    ({ manifests, asked, input, hits }) => {
      expect(spellHits(ask(buildWorld({ ...SHOP, ...input, manifests: manifests.toReversed() }), asked))).toEqual(hits);
    },
  );
});

const withField = (kind: string, spec: object) => ({
  apiVersion: "projectcalico.org/v3",
  kind,
  metadata: { name: "x" },
  spec: { ...spec, zebra: 1 },
});
const unread = (namespace: string | undefined) => ({
  apiVersion: "projectcalico.org/v3",
  kind: namespace === undefined ? "GlobalNetworkPolicy" : "NetworkPolicy",
  metadata: { name: "x", ...(namespace !== undefined && { namespace }) },
  spec: { selector: "a ==" },
});

describe("what nobody understands makes verdicts unknown wherever it might have a say", () => {
  it.each([
    { name: "a field of a tier", manifest: withField("Tier", { order: 1 }), verdict: "unknown" },
    { name: "of a network set", manifest: withField("GlobalNetworkSet", {}), verdict: "unknown" },
    {
      name: "of a host endpoint",
      manifest: withField("HostEndpoint", { node: "n", interfaceName: "*" }),
      verdict: "unknown",
    },
    { name: "of a profile", manifest: withField("Profile", {}), verdict: "unknown" },
    {
      name: "of a policy that selects the pod or might",
      manifest: withField("GlobalNetworkPolicy", { selector: "app == 'x'" }),
      verdict: "unknown",
    },
    { name: "a global policy that cannot be read", manifest: unread(undefined), verdict: "unknown" },
    { name: "one of the pod's namespace", manifest: unread("shop"), verdict: "unknown" },
    { name: "but not one of another", manifest: unread("ops"), verdict: "allow" },
  ])("$name: $verdict", ({ manifest, verdict }) => {
    expect(ask(shop(manifest)).verdict).toBe(verdict);
  });
});
