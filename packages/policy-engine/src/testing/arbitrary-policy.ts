import fc from "fast-check";
import type { JsonObject } from "../json/json";
import { calicoRule, defined, mostly, seldom, selector } from "./arbitrary-rule";

const CALICO = "projectcalico.org/v3";

/** Namespaces of random clusters; there may be pods in one that is gone. */
export const NAMESPACES = ["shop", "ops"] as const;

const KINDS = [
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
] as const;

const spec = fc
  .record({
    // `ghost` never exists.
    tier: mostly(fc.constantFrom("one", "one", "two", "two", "default", "ghost"), 6),
    order: mostly(fc.constantFrom(1, 2, 1000), 5),
    selector: mostly(selector, 3),
    serviceAccountSelector: seldom(fc.constantFrom("role == 'x'", "!has(role)", "all()"), 6),
    types: seldom(fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"]), 3),
    ingress: fc.array(calicoRule(true), { maxLength: 3, size: "max" }),
    egress: fc.array(calicoRule(false), { maxLength: 3, size: "max" }),
  })
  .map(defined);

const calicoPolicy: fc.Arbitrary<JsonObject> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    name: fc.constantFrom("a", "ab", "a-b", "b", "c", "d"),
    namespace: fc.constantFrom(...NAMESPACES),
    body: spec,
    namespaceSelector: seldom(fc.constantFrom("team == 'web'", "!has(team)", "all()"), 5),
    stagedAction: mostly(fc.constantFrom("Set", "Set", "Set", "Delete", "Learn", "Ignore"), 2),
    more: seldom(fc.constantFrom<JsonObject>({ somethingNew: true }), 30),
    untracked: seldom(fc.constantFrom<JsonObject>({ doNotTrack: true, applyOnForward: true }), 20),
  })
  .map(({ kind, name, namespace, body, namespaceSelector, stagedAction, more, untracked }) => {
    const global = kind.includes("Global");
    return {
      apiVersion: CALICO,
      kind,
      metadata: global ? { name } : { name, namespace },
      spec:
        kind.startsWith("Staged") && stagedAction === "Delete"
          ? defined({ tier: body.tier, stagedAction })
          : {
              ...body,
              ...(global && defined({ namespaceSelector })),
              ...(kind.startsWith("Staged") && defined({ stagedAction })),
              ...more,
              ...(kind === "GlobalNetworkPolicy" && untracked),
            },
    };
  });

const labelSelector = fc.constantFrom<JsonObject>(
  {},
  { matchLabels: { app: "a" } },
  { matchExpressions: [{ key: "app", operator: "NotIn", values: ["a"] }] },
  { matchExpressions: [{ key: "extra", operator: "Exists" }] },
);

const kubernetesPeer = fc.oneof(
  labelSelector.map((podSelector): JsonObject => ({ podSelector })),
  labelSelector.map((podSelector): JsonObject => ({
    podSelector,
    namespaceSelector: { matchLabels: { team: "web" } },
  })),
  fc.constantFrom<JsonObject>(
    { ipBlock: { cidr: "10.0.0.0/24", except: ["10.0.0.2/32"] } },
    { ipBlock: { cidr: "0.0.0.0/0" } },
  ),
);

const kubernetesPort = fc.constantFrom<JsonObject>(
  { protocol: "TCP", port: 80 },
  { protocol: "TCP", port: "web" },
  { protocol: "UDP" },
  { port: 70, endPort: 90, protocol: "TCP" },
);

const kubernetesRule = (peers: "from" | "to"): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      peers: seldom(fc.array(kubernetesPeer, { maxLength: 2 }), 1),
      ports: seldom(fc.array(kubernetesPort, { maxLength: 2 }), 1),
    })
    .map(({ peers: some, ports }) => defined({ [peers]: some, ports }));

const kubernetesPolicy: fc.Arbitrary<JsonObject> = fc
  .record({
    name: fc.constantFrom("k", "l"),
    namespace: fc.constantFrom(...NAMESPACES),
    podSelector: labelSelector,
    policyTypes: fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"]),
    ingress: fc.array(kubernetesRule("from"), { maxLength: 2 }),
    egress: fc.array(kubernetesRule("to"), { maxLength: 2 }),
  })
  .map(({ name, namespace, ...body }) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace },
    spec: body,
  }));

/** A policy of any kind, as a manifest. */
export const policyManifest: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 5, arbitrary: calicoPolicy },
  { weight: 1, arbitrary: kubernetesPolicy },
);

/** A tier that policies of random clusters are in. */
export const tierManifest: fc.Arbitrary<JsonObject> = fc
  .record({
    name: fc.constantFrom("one", "two"),
    order: mostly(fc.constantFrom(1, 2, 2_000_000), 5),
    defaultAction: fc.constantFrom("Pass", "Pass", "Deny"),
  })
  .map(({ name, ...settings }) => ({ apiVersion: CALICO, kind: "Tier", metadata: { name }, spec: defined(settings) }));

/** A network set, or a profile or host endpoint that holds one of the addresses of pods or stands beside them. */
export const setManifest: fc.Arbitrary<JsonObject> = fc
  .record({
    global: fc.boolean(),
    name: fc.constantFrom("s", "t"),
    namespace: fc.constantFrom(...NAMESPACES),
    labels: fc.constantFrom<JsonObject>({ set: "corp" }, { app: "a" }, { app: "b", extra: "1" }, {}),
    domains: seldom(fc.constantFrom(["api.example.com"], ["*.example.com"], ["nobody.example.org"]), 8),
    nets: fc.constantFrom(
      ["10.0.0.0/31"],
      ["10.0.0.3", "192.168.0.0/16"],
      ["fd00::/127"],
      ["10.0.0.0/24", "10.0.0.1/32"],
    ),
  })
  .map(({ global, name, namespace, labels, nets, domains }) => ({
    apiVersion: CALICO,
    kind: global ? "GlobalNetworkSet" : "NetworkSet",
    metadata: { name, labels, ...(!global && { namespace }) },
    spec: { nets, ...(domains && { allowedEgressDomains: domains }) },
  }));
