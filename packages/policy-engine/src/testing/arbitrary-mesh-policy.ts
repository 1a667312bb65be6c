import fc from "fast-check";
import type { JsonObject } from "../json/json";
import { leaf, meshRule, NAMESPACES } from "./arbitrary-mesh-rule";
import { defined, maybe, mostly } from "./arbitrary-record";

const CALICO = "projectcalico.org/v3";

const rules = (ingress: boolean) => fc.array(meshRule(ingress), { maxLength: 3, size: "max" });

const spec = (tier: fc.Arbitrary<string>) =>
  fc
    .record({
      tier,
      order: mostly(fc.integer({ min: 1, max: 3 }), 4),
      selector: maybe(leaf, 2),
      serviceAccountSelector: maybe(fc.constantFrom("role == 'x'", "!has(role)", "all()"), 6),
      types: maybe(fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"]), 3),
      ingress: rules(true),
      egress: rules(false),
    })
    .map(defined);

const KINDS = [
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
] as const;

/** What a staged policy would do; one to be deleted says nothing else. */
function staged(body: JsonObject, stagedAction: string | undefined): JsonObject {
  if (stagedAction === "Delete") return defined({ tier: body["tier"], stagedAction });
  return { ...body, ...defined({ stagedAction }) };
}

/** A Calico policy of any kind in a tier. */
export const calicoPolicy = (tier: fc.Arbitrary<string>, name: string): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      kind: fc.constantFrom(...KINDS),
      namespace: fc.constantFrom(...NAMESPACES),
      body: spec(tier),
      namespaceSelector: maybe(fc.constantFrom("team == 'web'", "!has(team)", "all()"), 5),
      applyOnForward: maybe(fc.constant(true), 2),
      stagedAction: fc.constantFrom(undefined, "Set", "Set", "Set", "Delete", "Learn", "Ignore"),
    })
    .map(({ kind, namespace, body, namespaceSelector, applyOnForward, stagedAction }): JsonObject => {
      const isGlobal = kind.includes("Global");
      const metadata = isGlobal ? { name } : { name, namespace };
      const whole = { ...body, ...(isGlobal && defined({ namespaceSelector, applyOnForward })) };
      return {
        apiVersion: CALICO,
        kind,
        metadata,
        spec: kind.startsWith("Staged") ? staged(whole, stagedAction) : whole,
      };
    });

const podPeer = fc.constantFrom<JsonObject>(
  { podSelector: {} },
  { podSelector: { matchLabels: { app: "a" } } },
  { namespaceSelector: {} },
  { namespaceSelector: { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] } },
  { ipBlock: { cidr: "10.0.0.0/8", except: ["10.2.0.0/30"] } },
);

const kubernetesPolicy = (name: string): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      namespace: fc.constantFrom(...NAMESPACES),
      from: fc.array(podPeer, { maxLength: 2 }),
      to: fc.array(podPeer, { maxLength: 2 }),
    })
    .map(({ namespace, from, to }) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{ from }], egress: [{ to }] },
    }));

const clusterPeer = fc.constantFrom<JsonObject>(
  { namespaces: {} },
  { namespaces: { matchExpressions: [{ key: "team", operator: "NotIn", values: ["web"] }] } },
  { pods: { podSelector: { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] } } },
);

const clusterPolicy = (name: string): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      tier: fc.constantFrom("Admin", "Baseline"),
      action: fc.constantFrom("Accept", "Deny", "Pass"),
      peer: clusterPeer,
    })
    .map(({ tier, action, peer }) => ({
      apiVersion: "policy.networking.k8s.io/v1alpha2",
      kind: "ClusterNetworkPolicy",
      metadata: { name },
      spec: {
        tier,
        priority: 5,
        subject: { namespaces: {} },
        ingress: [{ action, from: [peer] }],
        egress: [{ action, to: [peer, { networks: ["10.3.0.0/16"] }] }],
      },
    }));

/** A policy of a cluster's own, of any kind. */
export const ownPolicy = (name: string): fc.Arbitrary<JsonObject> =>
  fc.oneof(
    { weight: 4, arbitrary: calicoPolicy(fc.constant("default"), name) },
    { weight: 1, arbitrary: kubernetesPolicy(name) },
    { weight: 1, arbitrary: clusterPolicy(name) },
  );

const DENY = { action: "Deny", source: { selector: "app == 'a'" } };

/** What no cluster can hold once rules for other clusters stand beside its own: too many rules, too long a selector. */
export const beyondLimits = (name: string): fc.Arbitrary<JsonObject> =>
  fc
    .constantFrom(
      Array.from({ length: 600 }, () => DENY),
      [{ ...DENY, source: { selector: `app != '${"x".repeat(1_000)}'` } }],
    )
    .map((ingress) => ({
      apiVersion: CALICO,
      kind: "GlobalNetworkPolicy",
      metadata: { name },
      spec: { tier: "one", selector: "app == 'b'", types: ["Ingress"], ingress },
    }));
