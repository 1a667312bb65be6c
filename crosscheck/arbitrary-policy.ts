import fc from "fast-check";
import type { Fields, Manifest } from "./cluster";
import { clusterPolicy } from "./arbitrary-cluster-policy";
import { passage } from "./arbitrary-host";
import { calicoRule, defined, mostly, seldom } from "./arbitrary-rule";
import { accountSelector, labelSelector, policyNamespaces, selector } from "./arbitrary-selector";

const CALICO = "projectcalico.org/v3";

export const TIER_NAMES = ["one", "two", "default", "kube-admin"] as const;
export const NAMESPACES = ["shop", "ops"] as const;

/** So alike that ties of order are settled by the tail of a name, by namespace and by kind. */
const name = fc.constantFrom("a", "ab", "a-b", "b");
const namespace = fc.constantFrom(...NAMESPACES);
const types = fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"]);

const KINDS = [
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
] as const;

const calicoSpec = fc
  .record({
    tier: mostly(fc.constantFrom(...TIER_NAMES, "one", "two"), 4),
    order: mostly(fc.constantFrom(1, 2, 1000), 5),
    selector: seldom(selector, 3),
    serviceAccountSelector: seldom(accountSelector, 7),
    types: seldom(types, 4),
    ingress: fc.array(calicoRule("ingress"), { maxLength: 3, size: "max" }),
    egress: fc.array(calicoRule("egress"), { maxLength: 3, size: "max" }),
  })
  .map(defined);

/** What is staged to be deleted has nothing but its place; what is to be learnt or ignored has no say. */
const staged = (spec: Fields, action: string | undefined): Fields =>
  action === "Delete"
    ? defined({ tier: spec["tier"], stagedAction: action })
    : defined({ ...spec, stagedAction: action });

/** Before destination NAT there is no egress. */
const throughHosts = (spec: Fields, passes: Fields): Fields =>
  passes["preDNAT"] === true
    ? defined({ ...spec, ...passes, egress: undefined, types: ["Ingress"] })
    : { ...spec, ...passes };

const calicoPolicy: fc.Arbitrary<Manifest> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    name,
    namespace,
    spec: calicoSpec,
    namespaceSelector: seldom(policyNamespaces, 5),
    stagedAction: mostly(fc.constantFrom("Set", "Set", "Delete", "Learn", "Ignore"), 2),
    passes: passage,
  })
  .map(({ kind, name: own, namespace: home, spec, namespaceSelector, stagedAction, passes }) => {
    const global = kind.includes("Global");
    const scoped = global ? throughHosts(defined({ ...spec, namespaceSelector }), passes) : spec;
    return {
      apiVersion: CALICO,
      kind,
      metadata: global ? { name: own } : { name: own, namespace: home },
      spec: kind.startsWith("Staged") ? staged(scoped, stagedAction) : scoped,
    };
  });

const peer = fc.oneof(
  fc
    .record({ pods: labelSelector("app", "extra", "set"), namespaces: labelSelector("team"), which: fc.nat(2) })
    .map(({ pods, namespaces, which }): Fields => {
      if (which === 0) return { podSelector: pods };
      return which === 1 ? { namespaceSelector: namespaces } : { podSelector: pods, namespaceSelector: namespaces };
    }),
  fc.constantFrom<Fields>(
    { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.2/31", "10.2.0.0/24"] } },
    { ipBlock: { cidr: "192.168.0.0/16" } },
    { ipBlock: { cidr: "fd00::/8" } },
  ),
);

const port = fc.constantFrom<Fields>(
  { port: 80 },
  { protocol: "TCP", port: 80, endPort: 81 },
  { protocol: "UDP", port: 53 },
  { protocol: "UDP" },
  { port: "web" },
  { protocol: "UDP", port: "dns" },
  { protocol: "SCTP", port: 80 },
);

const kubernetesRule = (peers: "from" | "to"): fc.Arbitrary<Fields> =>
  fc
    .record({
      peers: seldom(fc.array(peer, { maxLength: 2, size: "max" }), 2),
      ports: seldom(fc.array(port, { maxLength: 3, size: "max" }), 2),
    })
    .map((rule) => defined({ [peers]: rule.peers, ports: rule.ports }));

const kubernetesPolicy: fc.Arbitrary<Manifest> = fc
  .record({
    staged: seldom(fc.constantFrom("Set", "Ignore"), 3),
    name,
    namespace,
    podSelector: labelSelector("app", "extra"),
    policyTypes: seldom(types, 3),
    ingress: fc.array(kubernetesRule("from"), { maxLength: 2, size: "max" }),
    egress: fc.array(kubernetesRule("to"), { maxLength: 2, size: "max" }),
  })
  .map(({ staged: stagedAction, name: own, namespace: home, ...spec }) => ({
    apiVersion: stagedAction === undefined ? "networking.k8s.io/v1" : CALICO,
    kind: stagedAction === undefined ? "NetworkPolicy" : "StagedKubernetesNetworkPolicy",
    metadata: { name: own, namespace: home },
    spec: defined({ ...spec, stagedAction }),
  }));

const identity = ({ apiVersion, kind, metadata }: Manifest): string =>
  `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

/** Policies of every kind, enforced and staged. */
export const policies: fc.Arbitrary<readonly Manifest[]> = fc.uniqueArray(
  fc.oneof(
    { weight: 8, arbitrary: calicoPolicy },
    { weight: 2, arbitrary: kubernetesPolicy },
    { weight: 2, arbitrary: clusterPolicy },
  ),
  { minLength: 1, maxLength: 6, size: "max", selector: identity },
);
