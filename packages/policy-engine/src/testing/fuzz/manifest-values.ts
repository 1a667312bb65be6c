import type { Draws } from "./draws";
import { writtenSelector } from "./selector-texts";

/** JSON while it is drawn. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

const CALICO = "projectcalico.org/v3";
const SELECTORS = [
  "app == 'a'",
  "app != 'a'",
  "has(x)",
  "!has(x)",
  "all()",
  "app in {'a', 'b'}",
  "",
  "app starts with 'a'",
];
const NETS = ["10.0.0.0/8", "10.0.0.1/32", "192.168.0.0/16", "0.0.0.0/0", "fd00::/8", "fd00::1/128", "::/0"];
const PORTS: readonly Value[] = [80, 443, "8080:8090", "http", 1, 65535, "0:65535", "dns"];
const PROTOCOLS: readonly Value[] = ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6", "UDPLite", 6, 17, 1, 47, 255];

/** The fields that `draws` keeps, each once in `times`. */
function fields(draws: Draws, times: number, makers: Readonly<Record<string, () => Value>>): { [key: string]: Value } {
  const kept: { [key: string]: Value } = {};
  for (const [key, make] of Object.entries(makers)) if (draws.once(times)) kept[key] = make();
  return kept;
}

const selector = (draws: Draws): string => (draws.once(3) ? writtenSelector(draws, 2) : draws.pick(SELECTORS));

const labels = (draws: Draws): Value =>
  fields(draws, 2, { app: () => draws.pick(["a", "b", ""]), x: () => "1", "y/z": () => "2" });

const ports = (draws: Draws): Value => draws.some(1, 3, () => draws.pick(PORTS));

function entity(draws: Draws): Value {
  return fields(draws, 5, {
    selector: () => selector(draws),
    notSelector: () => selector(draws),
    namespaceSelector: () => draws.pick(["global()", "all()", "team == 'web'", "has(team)"]),
    nets: () => draws.some(1, 2, () => draws.pick(NETS)),
    notNets: () => [draws.pick(NETS)],
    ports: () => ports(draws),
    notPorts: () => ports(draws),
    serviceAccounts: () => fields(draws, 2, { names: () => ["one"], selector: () => selector(draws) }),
    services: () => fields(draws, 1, { name: () => "web", namespace: () => "shop" }),
    domains: () => ["example.com", "*.example.org"],
  });
}

function http(draws: Draws): Value {
  return fields(draws, 2, {
    methods: () => draws.some(1, 2, () => draws.pick(["GET", "PUT", "*"])),
    paths: () => draws.some(1, 2, () => (draws.once(2) ? { exact: "/a" } : { prefix: "/b/" })),
    headers: () => [{ header: "x", operator: "In", values: ["1"] }],
  });
}

function rule(draws: Draws): Value {
  return {
    action: draws.pick(["Allow", "Allow", "Deny", "Pass", "Log"]),
    ...fields(draws, 4, {
      protocol: () => draws.pick(PROTOCOLS),
      notProtocol: () => draws.pick(PROTOCOLS),
      ipVersion: () => draws.pick([4, 6]),
      icmp: () => fields(draws, 2, { type: () => draws.below(255), code: () => draws.below(256) }),
      notICMP: () => ({ type: 8 }),
      http: () => http(draws),
      metadata: () => ({ annotations: { a: "b" } }),
    }),
    ...fields(draws, 2, { source: () => entity(draws), destination: () => entity(draws) }),
  };
}

const types = (draws: Draws): Value => draws.pick([["Ingress"], ["Egress"], ["Ingress", "Egress"]]);

function calicoSpec(draws: Draws, kind: string): Value {
  const global = kind.includes("Global");
  return fields(draws, 2, {
    tier: () => draws.pick(["default", "first", "second"]),
    order: () => draws.pick([1, 2.5, -3, 1e6]),
    selector: () => selector(draws),
    serviceAccountSelector: () => selector(draws),
    types: () => types(draws),
    ingress: () => draws.some(0, 3, () => rule(draws)),
    egress: () => draws.some(0, 3, () => rule(draws)),
    ...(global && { namespaceSelector: () => selector(draws) }),
    ...(global && draws.once(4) && { doNotTrack: () => true, applyOnForward: () => true }),
    ...(global && draws.once(4) && { preDNAT: () => true, applyOnForward: () => true, egress: () => [] }),
    ...(kind.startsWith("Staged") && { stagedAction: () => draws.pick(["Set", "Delete", "Learn", "Ignore"]) }),
  });
}

const kubernetesSelector = (draws: Draws): Value =>
  fields(draws, 2, {
    matchLabels: () => labels(draws),
    matchExpressions: () =>
      draws.some(1, 2, () => ({
        key: draws.pick(["app", "x"]),
        ...draws.pick<{ [key: string]: Value }>([
          { operator: "In", values: ["a", "b"] },
          { operator: "NotIn", values: ["a"] },
          { operator: "Exists" },
          { operator: "DoesNotExist" },
        ]),
      })),
  });

const kubernetesPeer = (draws: Draws): Value =>
  draws.once(3)
    ? { ipBlock: { cidr: "10.0.0.0/8", ...fields(draws, 2, { except: () => ["10.1.0.0/16"] }) } }
    : fields(draws, 2, {
        podSelector: () => kubernetesSelector(draws),
        namespaceSelector: () => kubernetesSelector(draws),
      });

const kubernetesRule = (draws: Draws, peers: string): Value =>
  fields(draws, 2, {
    [peers]: () => draws.some(0, 2, () => kubernetesPeer(draws)),
    ports: () =>
      draws.some(0, 2, () =>
        fields(draws, 2, { protocol: () => draws.pick(["TCP", "UDP", "SCTP"]), port: () => draws.pick([80, "http"]) }),
      ),
  });

const kubernetesSpec = (draws: Draws): Value => ({
  podSelector: kubernetesSelector(draws),
  ...fields(draws, 2, {
    policyTypes: () => types(draws),
    ingress: () => draws.some(0, 2, () => kubernetesRule(draws, "from")),
    egress: () => draws.some(0, 2, () => kubernetesRule(draws, "to")),
  }),
});

const clusterPeer = (draws: Draws): Value =>
  draws.pick<() => Value>([
    () => ({ namespaces: kubernetesSelector(draws) }),
    () => ({ pods: { namespaceSelector: kubernetesSelector(draws), podSelector: kubernetesSelector(draws) } }),
    () => ({ networks: [draws.pick(NETS)] }),
    () => ({ domainNames: ["example.com"] }),
  ])();

const clusterRule = (draws: Draws, peers: string): Value => ({
  action: draws.pick(["Accept", "Deny", "Pass"]),
  [peers]: draws.some(1, 2, () => clusterPeer(draws)),
  ...fields(draws, 2, {
    name: () => "a rule",
    protocols: () => [
      draws.pick<Value>([
        { tcp: { destinationPort: { number: 80 } } },
        { udp: { destinationPort: { range: { start: 1, end: 99 } } } },
        { destinationNamedPort: "http" },
      ]),
    ],
  }),
});

const clusterSpec = (draws: Draws): Value => ({
  tier: draws.pick(["Admin", "Baseline"]),
  priority: draws.below(1000),
  subject: draws.once(2)
    ? { namespaces: kubernetesSelector(draws) }
    : { pods: { namespaceSelector: kubernetesSelector(draws), podSelector: kubernetesSelector(draws) } },
  ...fields(draws, 2, {
    ingress: () => draws.some(1, 2, () => clusterRule(draws, "from")),
    egress: () => draws.some(1, 2, () => clusterRule(draws, "to")),
  }),
});

const setSpec = (draws: Draws): Value => ({ nets: draws.some(0, 4, () => draws.pick(NETS)) });

const tierSpec = (draws: Draws): Value =>
  fields(draws, 2, { order: () => draws.below(100), defaultAction: () => draws.pick(["Pass", "Deny"]) });

const hostSpec = (draws: Draws): Value => ({
  node: "node-1",
  ...fields(draws, 2, {
    interfaceName: () => draws.pick(["eth0", "*"]),
    expectedIPs: () => ["10.0.9.1"],
    profiles: () => ["p"],
    ports: () => [{ name: "http", port: 80, protocol: "TCP" }],
  }),
});

const profileSpec = (draws: Draws): Value =>
  fields(draws, 2, {
    labelsToApply: () => labels(draws),
    ingress: () => draws.some(0, 2, () => rule(draws)),
    egress: () => draws.some(0, 2, () => rule(draws)),
  });

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly spec: (draws: Draws) => Value;
}

const calicoPolicy = (kind: string): Kind => ({
  apiVersion: CALICO,
  kind,
  namespaced: !kind.includes("Global"),
  spec: (draws) => calicoSpec(draws, kind),
});

const KINDS: readonly Kind[] = [
  ...["NetworkPolicy", "GlobalNetworkPolicy", "StagedNetworkPolicy", "StagedGlobalNetworkPolicy"].map(calicoPolicy),
  ...["NetworkPolicy", "GlobalNetworkPolicy"].map(calicoPolicy),
  { apiVersion: CALICO, kind: "StagedKubernetesNetworkPolicy", namespaced: true, spec: kubernetesSpec },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespaced: true, spec: kubernetesSpec },
  {
    apiVersion: "policy.networking.k8s.io/v1alpha2",
    kind: "ClusterNetworkPolicy",
    namespaced: false,
    spec: clusterSpec,
  },
  { apiVersion: CALICO, kind: "NetworkSet", namespaced: true, spec: setSpec },
  { apiVersion: CALICO, kind: "GlobalNetworkSet", namespaced: false, spec: setSpec },
  { apiVersion: CALICO, kind: "Tier", namespaced: false, spec: tierSpec },
  { apiVersion: CALICO, kind: "HostEndpoint", namespaced: false, spec: hostSpec },
  { apiVersion: CALICO, kind: "Profile", namespaced: false, spec: profileSpec },
];

/** A manifest of any kind, near to valid: fields are drawn one by one, and some do not go together. */
export function writtenManifest(draws: Draws): Value {
  const { apiVersion, kind, namespaced, spec } = draws.pick(KINDS);
  const name = draws.pick(["one", "two", "first.one", "default.two", kind === "Tier" ? "first" : "x"]);
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...((namespaced || draws.once(8)) && { namespace: draws.pick(["shop", "ops"]) }),
      ...fields(draws, 3, { labels: () => labels(draws), annotations: () => ({ a: "b" }), uid: () => "u" }),
    },
    spec: spec(draws),
  };
}
