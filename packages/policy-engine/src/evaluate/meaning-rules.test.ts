import { describe, expect, it } from "vitest";
import { ask, globalSet, gnp, hostEndpoint, knp, networkSet, np, SHOP, type Asked } from "../testing/shop-world";
import { buildWorld } from "./world";
import type { WorldInput } from "./world-input";

interface Row {
  readonly name: string;
  /** Where Calico or Kubernetes say so. */
  readonly from: string;
  readonly manifests: readonly unknown[];
  readonly asked?: Asked;
  readonly input?: Partial<WorldInput>;
  readonly verdict: "allow" | "deny" | "unknown";
}

const PEERS = "libcalico-go syncersv1/updateprocessors/rules.go, getEndpointSelector";
const SCANNER = "felix/calc/rule_scanner.go, ruleToParsedRule";
const RENDER = "felix/rules/policy.go, ProtoRuleToIptablesRules";
const DOCS = "docs: reference/resources/globalnetworkpolicy, Rule and EntityRule";
const KUBERNETES = "libcalico-go backend/k8s/conversion/conversion.go, k8sRuleToCalico";
const SERVICES = "felix/serviceindex/serviceindex.go";

const ICMP = 1;
const UDP = 17;
const SCTP = 132;
const UDP_LITE = 136;
const SCRAPER = { peer: "10.0.0.3" } as const;
const STRANGER = { peer: "192.0.2.1" } as const;

/** A global policy for redis whose one rule allows; everything else is denied at the end of the tier. */
const allows = (rule: object) => gnp("a", { selector: "app == 'redis'", ingress: [{ action: "Allow", ...rule }] });
const from = (source: object) => allows({ source });
const to = (destination: object, protocol: unknown = "TCP") => allows({ protocol, destination });
const namespaced = (source: object) => np("a", { ingress: [{ action: "Allow", source }] });

const peers: readonly Row[] = [
  {
    name: "a selector of a global policy means every namespace",
    from: PEERS,
    manifests: [from({ selector: "app == 'scraper'" })],
    asked: SCRAPER,
    verdict: "allow",
  },
  {
    name: "of a namespaced one its own",
    from: PEERS,
    manifests: [namespaced({ selector: "app == 'scraper'" })],
    asked: SCRAPER,
    verdict: "deny",
  },
  {
    name: "unless namespaceSelector says otherwise",
    from: PEERS,
    manifests: [namespaced({ selector: "app == 'scraper'", namespaceSelector: "projectcalico.org/name == 'ops'" })],
    asked: SCRAPER,
    verdict: "allow",
  },
  {
    name: "namespaceSelector sees labels of the namespace, not of the pod",
    from: PEERS,
    manifests: [from({ namespaceSelector: "app == 'cart'" })],
    verdict: "deny",
  },
  {
    name: "namespaceSelector with or",
    from: PEERS,
    manifests: [from({ namespaceSelector: "team == 'x' || team == 'web'" })],
    verdict: "allow",
  },
  {
    name: "namespaceSelector all() takes in a network set of a namespace",
    from: PEERS,
    manifests: [
      networkSet({ namespace: "ops", name: "n" }, {}, { nets: ["192.0.2.0/24"] }),
      from({ namespaceSelector: "all()" }),
    ],
    asked: STRANGER,
    verdict: "allow",
  },
  {
    name: "and leaves a global one out",
    from: PEERS,
    manifests: [globalSet("g", {}, { nets: ["192.0.2.0/24"] }), from({ namespaceSelector: "all()" })],
    asked: STRANGER,
    verdict: "deny",
  },
  {
    name: "global() takes in a global network set",
    from: PEERS,
    manifests: [globalSet("g", {}, { nets: ["192.0.2.0/24"] }), from({ namespaceSelector: "global()" })],
    asked: STRANGER,
    verdict: "allow",
  },
  {
    name: "and host endpoints by their expected addresses",
    from: PEERS,
    manifests: [
      hostEndpoint("h", { role: "node" }, { node: "n", expectedIPs: ["192.0.2.1"] }),
      from({ namespaceSelector: "global()", selector: "role == 'node'" }),
    ],
    asked: STRANGER,
    verdict: "allow",
  },
  {
    name: "in a namespaced policy, too",
    from: PEERS,
    manifests: [
      globalSet("g", { a: "b" }, { nets: ["192.0.2.0/24"] }),
      namespaced({ namespaceSelector: "global()", selector: "a == 'b'" }),
    ],
    asked: STRANGER,
    verdict: "allow",
  },
  { name: "and no pods", from: PEERS, manifests: [from({ namespaceSelector: "global()" })], verdict: "deny" },
  {
    name: "a host endpoint without expected addresses is no peer",
    from: "felix/labelindex: host endpoints contribute ExpectedIPv4Addrs and ExpectedIPv6Addrs",
    manifests: [
      hostEndpoint("h", { role: "node" }, { node: "n", interfaceName: "eth0" }),
      from({ selector: "role == 'node'" }),
    ],
    input: { nodes: [{ name: "n", addresses: ["192.0.2.1"] }] },
    asked: STRANGER,
    verdict: "deny",
  },
  {
    name: "labels of a namespace are under pcns.",
    from: "libcalico-go conversion.go, NamespaceToProfile",
    manifests: [from({ selector: "pcns.team == 'web'" })],
    verdict: "allow",
  },
  {
    name: "a pod's own label hides one of its namespace",
    from: "felix/labelindex: own labels come before inherited ones",
    manifests: [from({ selector: "pcns.team == 'web'" })],
    input: { pods: SHOP.pods.map((pod) => ({ ...pod, labels: { ...pod.labels, "pcns.team": "own" } })) },
    verdict: "deny",
  },
  {
    name: "labels of a service account are under pcsa.",
    from: "libcalico-go conversion.go, ServiceAccountToProfile",
    manifests: [from({ selector: "pcsa.role == 'client'" })],
    verdict: "allow",
  },
  {
    name: "a service account by name",
    from: "updateprocessors/rules.go, parseServiceAccounts",
    manifests: [from({ serviceAccounts: { names: ["x", "cart"] } })],
    verdict: "allow",
  },
  {
    name: "of a namespaced policy in its own namespace",
    from: PEERS,
    manifests: [namespaced({ serviceAccounts: { names: ["scraper"] } })],
    asked: SCRAPER,
    verdict: "deny",
  },
  {
    name: "by label",
    from: "updateprocessors/rules.go, parseServiceAccounts",
    manifests: [from({ serviceAccounts: { selector: "role == 'client'" } })],
    verdict: "allow",
  },
  {
    name: "names and labels must both hold",
    from: "updateprocessors/rules.go, parseServiceAccounts",
    manifests: [from({ serviceAccounts: { names: ["cart"], selector: "role == 'store'" } })],
    verdict: "deny",
  },
  {
    name: "a name of 63 characters is no label of the pod, so no rule finds it by name",
    from: "libcalico-go workload_endpoint_default.go, podToDefaultWorkloadEndpoint",
    manifests: [from({ serviceAccounts: { names: ["s".repeat(63)] } })],
    input: { pods: SHOP.pods.map((pod) => ({ ...pod, serviceAccount: "s".repeat(63) })) },
    verdict: "deny",
  },
  {
    name: "one of 62 is",
    from: "libcalico-go workload_endpoint_default.go, podToDefaultWorkloadEndpoint",
    manifests: [from({ serviceAccounts: { names: ["s".repeat(62)] } })],
    input: { pods: SHOP.pods.map((pod) => ({ ...pod, serviceAccount: "s".repeat(62) })) },
    verdict: "allow",
  },
  {
    name: "nets of either family by address",
    from: RENDER,
    manifests: [from({ nets: ["fd00::/64"] })],
    asked: { peer: "fd00::1" },
    verdict: "allow",
  },
  {
    name: "nets beside a selector: both must hold",
    from: DOCS,
    manifests: [from({ selector: "app == 'cart'", nets: ["10.0.0.0/32"] })],
    verdict: "deny",
  },
  {
    name: "notNets take out",
    from: DOCS,
    manifests: [from({ nets: ["10.0.0.0/8"], notNets: ["10.0.0.0/24"] })],
    verdict: "deny",
  },
  {
    name: "notNets of the other family alone take the rule out",
    from: "felix/rules/policy.go, FilterRuleToIPVersion",
    manifests: [from({ notNets: ["fd00::/8"] })],
    verdict: "deny",
  },
  {
    name: "both ends of the rule must match",
    from: DOCS,
    manifests: [allows({ source: { selector: "app == 'cart'" }, destination: { selector: "app == 'cart'" } })],
    verdict: "deny",
  },
  {
    name: "one dual-stack peer is one, over IPv6",
    from: "felix/labelindex: an endpoint contributes all its addresses",
    manifests: [from({ selector: "app == 'cart'" })],
    asked: { peer: "fd00::1" },
    verdict: "allow",
  },
  {
    name: "an address of several holders matches by any of them",
    from: "felix IP sets: an address is in the set if any member brings it",
    manifests: [globalSet("g", { zone: "a" }, { nets: ["10.0.0.0/24"] }), from({ selector: "zone == 'a'" })],
    verdict: "allow",
  },
];

const traffic: readonly Row[] = [
  { name: "a protocol by name", from: DOCS, manifests: [allows({ protocol: "TCP" })], verdict: "allow" },
  { name: "by number", from: DOCS, manifests: [allows({ protocol: 6 })], verdict: "allow" },
  {
    name: "by a number in quotes",
    from: "numorstring.ProtocolFromString",
    manifests: [allows({ protocol: "6" })],
    verdict: "allow",
  },
  {
    name: "a number without a name",
    from: DOCS,
    manifests: [allows({ protocol: 47 })],
    asked: { protocol: 47 },
    verdict: "allow",
  },
  {
    name: "UDPLite is a protocol of its own",
    from: DOCS,
    manifests: [allows({ protocol: "UDPLite" })],
    asked: { protocol: UDP_LITE },
    verdict: "allow",
  },
  {
    name: "and not UDP",
    from: DOCS,
    manifests: [allows({ protocol: "UDP" })],
    asked: { protocol: UDP_LITE },
    verdict: "deny",
  },
  {
    name: "notProtocol",
    from: DOCS,
    manifests: [allows({ notProtocol: "TCP" })],
    asked: { protocol: UDP },
    verdict: "allow",
  },
  { name: "notProtocol of this one", from: DOCS, manifests: [allows({ notProtocol: "TCP" })], verdict: "deny" },
  {
    name: "protocol and notProtocol are both asked",
    from: RENDER,
    manifests: [allows({ protocol: "TCP", notProtocol: "TCP" })],
    verdict: "deny",
  },
  { name: "a port", from: DOCS, manifests: [to({ ports: [6379] })], verdict: "allow" },
  { name: "the ends of a range belong to it", from: DOCS, manifests: [to({ ports: ["6000:6379"] })], verdict: "allow" },
  { name: "and nothing beyond", from: DOCS, manifests: [to({ ports: ["6000:6378"] })], verdict: "deny" },
  { name: "notPorts", from: DOCS, manifests: [to({ notPorts: [80, 443] })], verdict: "allow" },
  { name: "notPorts with this one", from: DOCS, manifests: [to({ notPorts: ["6000:7000"] })], verdict: "deny" },
  {
    name: "source ports",
    from: DOCS,
    manifests: [allows({ protocol: "TCP", source: { ports: ["40000:40001"] } })],
    verdict: "allow",
  },
  {
    name: "of another number",
    from: DOCS,
    manifests: [allows({ protocol: "TCP", source: { ports: [1] } })],
    verdict: "deny",
  },
  {
    name: "a source port that is not known",
    from: "unknown is never allowed",
    manifests: [allows({ protocol: "TCP", source: { ports: [1] } })],
    asked: { hides: "sourcePort" },
    verdict: "unknown",
  },
  {
    name: "a named port is what the endpoint calls so",
    from: SCANNER,
    manifests: [to({ ports: ["db"] })],
    verdict: "allow",
  },
  {
    name: "of the same protocol",
    from: SCANNER,
    manifests: [to({ ports: ["db"] }, "UDP")],
    asked: { protocol: UDP },
    verdict: "deny",
  },
  {
    name: "on another port of it",
    from: SCANNER,
    manifests: [to({ ports: ["db"] })],
    asked: { destinationPort: 80 },
    verdict: "deny",
  },
  {
    name: "names and numbers are alternatives",
    from: SCANNER,
    manifests: [to({ ports: ["db", 80] })],
    asked: { destinationPort: 80 },
    verdict: "allow",
  },
  {
    name: "a named port and a selector mean the same endpoint",
    from: SCANNER,
    manifests: [to({ ports: ["db"], selector: "app == 'cart'" })],
    verdict: "deny",
  },
  {
    name: "and not one of them the port and another the labels",
    from: SCANNER,
    manifests: [
      globalSet("g", { zone: "a" }, { nets: ["10.0.0.2/32"] }),
      to({ ports: ["db"], selector: "zone == 'a'" }),
    ],
    verdict: "deny",
  },
  { name: "notPorts by name", from: SCANNER, manifests: [to({ notPorts: ["db"] })], verdict: "deny" },
  { name: "of another name", from: SCANNER, manifests: [to({ notPorts: ["web"] })], verdict: "allow" },
  {
    name: "without a protocol a name is one of TCP",
    from: SCANNER,
    manifests: [allows({ destination: { ports: ["db"] } })],
    asked: { protocol: UDP },
    verdict: "deny",
  },
  {
    name: "SCTP has ports",
    from: DOCS,
    manifests: [to({ ports: [6379] }, "SCTP")],
    asked: { protocol: SCTP },
    verdict: "allow",
  },
  {
    name: "ICMP by type and code",
    from: DOCS,
    manifests: [allows({ protocol: "ICMP", icmp: { type: 8, code: 0 } })],
    asked: { protocol: ICMP, icmp: { type: 8, code: 0 } },
    verdict: "allow",
  },
  {
    name: "another code",
    from: DOCS,
    manifests: [allows({ protocol: "ICMP", icmp: { type: 3, code: 0 } })],
    asked: { protocol: ICMP, icmp: { type: 3, code: 1 } },
    verdict: "deny",
  },
  {
    name: "a type alone means all its codes",
    from: DOCS,
    manifests: [allows({ protocol: "ICMP", icmp: { type: 3 } })],
    asked: { protocol: ICMP, icmp: { type: 3, code: 7 } },
    verdict: "allow",
  },
  {
    name: "notICMP",
    from: DOCS,
    manifests: [allows({ protocol: "ICMP", notICMP: { type: 8 } })],
    asked: { protocol: ICMP, icmp: { type: 8, code: 0 } },
    verdict: "deny",
  },
  {
    name: "notICMP of another type",
    from: DOCS,
    manifests: [allows({ protocol: "ICMP", notICMP: { type: 8 } })],
    asked: { protocol: ICMP, icmp: { type: 0, code: 0 } },
    verdict: "allow",
  },
  {
    name: "an ICMP type that is not known",
    from: "unknown is never allowed",
    manifests: [allows({ protocol: "ICMP", icmp: { type: 8 } })],
    asked: { protocol: ICMP },
    verdict: "unknown",
  },
  {
    name: "ICMPv6",
    from: DOCS,
    manifests: [allows({ protocol: "ICMPv6", icmp: { type: 128 } })],
    asked: { protocol: 58, icmp: { type: 128, code: 0 }, peer: "fd00::1" },
    verdict: "allow",
  },
  {
    name: "ipVersion",
    from: DOCS,
    manifests: [allows({ ipVersion: 6 })],
    asked: { peer: "fd00::1" },
    verdict: "allow",
  },
  { name: "of the other family", from: DOCS, manifests: [allows({ ipVersion: 6 })], verdict: "deny" },
];

const services = [{ namespace: "shop", name: "redis", targets: [{ address: "10.0.0.2", protocol: 6, port: 6379 }] }];
const egress = (destination: object) =>
  np("a", { selector: "app == 'cart'", types: ["Egress"], egress: [{ action: "Allow", destination }] });
const out: Asked = { at: "cart", direction: "egress", peer: "10.0.0.2" };

const byServices: readonly Row[] = [
  {
    name: "a service at a destination: address, protocol and port",
    from: SERVICES,
    manifests: [egress({ services: { name: "redis" } })],
    input: { services },
    asked: out,
    verdict: "allow",
  },
  {
    name: "another port of its pod",
    from: SERVICES,
    manifests: [egress({ services: { name: "redis" } })],
    input: { services },
    asked: { ...out, destinationPort: 22 },
    verdict: "deny",
  },
  {
    name: "of another namespace",
    from: SERVICES,
    manifests: [egress({ services: { name: "redis", namespace: "ops" } })],
    input: { services },
    asked: out,
    verdict: "deny",
  },
  {
    name: "a service at a source: address alone",
    from: SCANNER,
    manifests: [from({ services: { name: "redis", namespace: "shop" } })],
    input: { services: [{ ...services[0]!, targets: [{ address: "10.0.0.1", protocol: 6, port: 1 }] }] },
    verdict: "allow",
  },
  {
    name: "services that nobody reports are unknown",
    from: "unknown is never allowed",
    manifests: [egress({ services: { name: "redis" } })],
    asked: out,
    verdict: "unknown",
  },
];

const block = (cidr: string, except: readonly string[] = []) =>
  knp("k", { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr, except } }] }] });

const kubernetes: readonly Row[] = [
  {
    name: "peers of a list are alternatives",
    from: KUBERNETES,
    manifests: [
      knp("k", {
        podSelector: {},
        ingress: [
          { from: [{ podSelector: { matchLabels: { app: "x" } } }, { podSelector: { matchLabels: { app: "cart" } } }] },
        ],
      }),
    ],
    verdict: "allow",
  },
  {
    name: "a podSelector alone means the own namespace",
    from: KUBERNETES,
    manifests: [knp("k", { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] })],
    asked: SCRAPER,
    verdict: "deny",
  },
  {
    name: "an empty namespaceSelector means all of them",
    from: KUBERNETES,
    manifests: [knp("k", { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] })],
    asked: SCRAPER,
    verdict: "allow",
  },
  {
    name: "a rule without peers means anybody",
    from: KUBERNETES,
    manifests: [knp("k", { podSelector: {}, ingress: [{}] })],
    asked: STRANGER,
    verdict: "allow",
  },
  {
    name: "no rules mean nobody",
    from: KUBERNETES,
    manifests: [knp("k", { podSelector: {}, ingress: [] })],
    verdict: "deny",
  },
  { name: "an ipBlock", from: KUBERNETES, manifests: [block("10.0.0.0/8")], verdict: "allow" },
  {
    name: "and what it leaves out",
    from: KUBERNETES,
    manifests: [block("10.0.0.0/8", ["10.0.0.0/24"])],
    verdict: "deny",
  },
  {
    name: "a port without a protocol is one of TCP",
    from: KUBERNETES,
    manifests: [knp("k", { podSelector: {}, ingress: [{ ports: [{ port: 6379 }] }] })],
    asked: { protocol: UDP },
    verdict: "deny",
  },
  {
    name: "a protocol without a port is all of them",
    from: KUBERNETES,
    manifests: [knp("k", { podSelector: {}, ingress: [{ ports: [{ protocol: "UDP" }] }] })],
    asked: { protocol: UDP },
    verdict: "allow",
  },
  {
    name: "a named port",
    from: KUBERNETES,
    manifests: [knp("k", { podSelector: {}, ingress: [{ ports: [{ port: "db" }] }] })],
    verdict: "allow",
  },
  {
    name: "endPort",
    from: KUBERNETES,
    manifests: [knp("k", { podSelector: {}, ingress: [{ ports: [{ port: 6000, endPort: 6378 }] }] })],
    verdict: "deny",
  },
  {
    name: "NotIn matches what has no such label",
    from: "Kubernetes label selectors",
    manifests: [
      knp("k", {
        podSelector: {},
        ingress: [
          { from: [{ podSelector: { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] } }] },
        ],
      }),
    ],
    verdict: "allow",
  },
  {
    name: "policyTypes Egress alone leaves ingress alone",
    from: "libcalico-go conversion.go, K8sNetworkPolicyToCalico",
    manifests: [knp("k", { podSelector: {}, policyTypes: ["Egress"] })],
    verdict: "allow",
  },
  {
    name: "rules of egress without policyTypes judge both directions",
    from: "Kubernetes API: policyTypes defaults",
    manifests: [knp("k", { podSelector: {}, egress: [{}] })],
    verdict: "deny",
  },
];

describe("what rules mean", () => {
  it.each([...peers, ...traffic, ...byServices, ...kubernetes])(
    "$name ($from)",
    ({ manifests, asked, input, verdict }) => {
      expect(ask(buildWorld({ ...SHOP, ...input, manifests }), asked).verdict).toBe(verdict);
    },
  );
});
