import {
  FIXED_TIERS,
  PROTOCOLS,
  type Cluster,
  type Fields,
  type Header,
  type Labels,
  type Manifest,
  type Packet,
} from "../cluster";
import type { Asked, ClauseCase } from "./clause";

const CALICO = "projectcalico.org/v3";

/** In namespace `shop`, app `web`. */
export const WEB = "10.1.0.1";
export const WEB6 = "fd00:1::1";
/** In namespace `shop`, app `api`, of service account `api`; its ports are `http` 8080/TCP, `http` 8081/SCTP and `dns` 53/UDP. */
export const API = "10.1.0.2";
export const API6 = "fd00:1::2";
export const SECOND_API = "10.1.1.2";
/** In namespace `ops`, app `tool`. */
export const TOOL = "10.1.0.3";
/** In the GlobalNetworkSet `partners`, of role `partner`. */
export const PARTNER = "198.51.100.5";
export const PARTNER6 = "2001:db8:1::5";
/** In the NetworkSet `shop/depot`, of app `web`. */
export const DEPOT = "198.51.100.70";
/** In nothing. */
export const STRANGER = "203.0.113.9";
/** The address that host endpoints expect. */
export const HOST = "10.9.0.1";

/** A packet of TCP, UDP or SCTP. */
export const tcp = (destinationPort: number, sourcePort = 40_000): Header => ({
  protocol: PROTOCOLS.TCP,
  sourcePort,
  destinationPort,
});
export const udp = (destinationPort: number, sourcePort = 40_000): Header => ({
  protocol: PROTOCOLS.UDP,
  sourcePort,
  destinationPort,
});
export const sctp = (destinationPort: number): Header => ({
  protocol: PROTOCOLS.SCTP,
  sourcePort: 40_000,
  destinationPort,
});

/** A packet of a protocol that has no ports here. */
export const protocol = (number: number): Header => ({ protocol: number, sourcePort: 0, destinationPort: 0 });

/** An ICMP packet, of IPv4 unless the number says otherwise. */
export const icmp = (type: number, code = 0, number: number = PROTOCOLS.ICMP): Header => ({
  ...protocol(number),
  icmp: { type, code },
});

const named = (path: string): { readonly name: string; readonly namespace?: string } => {
  const [first = "", second] = path.split("/");
  return second === undefined ? { name: first } : { name: second, namespace: first };
};

/** A Calico object; `path` is `name` or `namespace/name`. */
export const calico = (kind: string, path: string, spec: Fields): Manifest => ({
  apiVersion: CALICO,
  kind,
  metadata: named(path),
  spec,
});

export const tier = (name: string, order: number | undefined, defaultAction = "Deny"): Manifest =>
  calico("Tier", name, { ...(order !== undefined && { order }), defaultAction });

/** A policy over the pod `api`, unless it selects otherwise; of ingress alone, unless it says otherwise. */
const overApi = (spec: Fields): Fields => ({
  selector: "app == 'api'",
  ...(spec["egress"] === undefined && { types: ["Ingress"] }),
  ...spec,
});

export const np = (path: string, spec: Fields): Manifest => calico("NetworkPolicy", path, overApi(spec));
export const gnp = (name: string, spec: Fields): Manifest => calico("GlobalNetworkPolicy", name, overApi(spec));
export const staged = (kind: string, path: string, spec: Fields): Manifest => calico(kind, path, overApi(spec));

export const knp = (path: string, spec: Fields): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: named(path),
  spec: { podSelector: { matchLabels: { app: "api" } }, ...spec },
});

export const cnp = (name: string, spec: Fields): Manifest => ({
  apiVersion: "policy.networking.k8s.io/v1alpha2",
  kind: "ClusterNetworkPolicy",
  metadata: { name },
  spec: { tier: "Admin", priority: 1, subject: { namespaces: {} }, ...spec },
});

/** A HostEndpoint with the label `role: edge`. */
export const hostEndpoint = (name: string, spec: Fields, labels: Labels = { role: "edge" }): Manifest => ({
  apiVersion: CALICO,
  kind: "HostEndpoint",
  metadata: { name, labels },
  spec: { node: "node-1", expectedIPs: [HOST], ...spec },
});

/** Rules in short. */
export const allow = (more: Fields = {}): Fields => ({ action: "Allow", ...more });
export const deny = (more: Fields = {}): Fields => ({ action: "Deny", ...more });
export const pass = (more: Fields = {}): Fields => ({ action: "Pass", ...more });
export const log = (more: Fields = {}): Fields => ({ action: "Log", ...more });

/** What the profile of `shop` says, and of `ops`. */
export const SHOP_ALLOWS = "profile|kns.shop|0|Allow";

const set = (path: string, labels: Labels, nets: readonly string[]): Manifest => ({
  apiVersion: CALICO,
  kind: path.includes("/") ? "NetworkSet" : "GlobalNetworkSet",
  metadata: { ...named(path), labels },
  spec: { nets },
});

const ALWAYS: readonly Manifest[] = [
  ...FIXED_TIERS,
  set("partners", { role: "partner" }, ["198.51.100.0/28", "2001:db8:1::/48"]),
  set("shop/depot", { app: "web" }, ["198.51.100.64/28"]),
];

/** The cluster of a case. */
export const clusterOf = ({ manifests, failsafes }: ClauseCase): Cluster => ({
  ...(failsafes && { failsafes }),
  namespaces: [
    { name: "shop", labels: { team: "web" } },
    { name: "ops", labels: { team: "ops" } },
  ],
  serviceAccounts: [
    { namespace: "shop", name: "api", labels: { role: "backend" } },
    { namespace: "shop", name: "default", labels: {} },
    { namespace: "ops", name: "default", labels: {} },
  ],
  pods: [
    {
      name: "web",
      namespace: "shop",
      labels: { app: "web" },
      serviceAccount: "default",
      addresses: [WEB, WEB6],
      ports: [],
    },
    {
      name: "api",
      namespace: "shop",
      labels: { app: "api" },
      serviceAccount: "api",
      addresses: [API, API6, SECOND_API],
      ports: [
        { name: "http", protocol: "TCP", containerPort: 8080 },
        { name: "http", protocol: "SCTP", containerPort: 8081 },
        { name: "dns", protocol: "UDP", containerPort: 53 },
      ],
    },
    {
      name: "tool",
      namespace: "ops",
      labels: { app: "tool" },
      serviceAccount: "default",
      addresses: [TOOL],
      ports: [],
    },
  ],
  services: [{ name: "api", namespace: "shop", addresses: [API, API6], protocol: "TCP", port: 8080 }],
  manifests: [...ALWAYS, ...manifests],
  outsiders: [PARTNER, PARTNER6, DEPOT, STRANGER],
});

/** The packet of a case, at whoever judges it. */
export function packetOf({ pods }: Cluster, { from, to, what, at }: Asked): Packet {
  const base = { source: from, destination: to, ...what };
  if (typeof at === "object") {
    const { direction, host: name, ...rest } = at;
    return { ...base, direction, at: { kind: "host", name, ...rest } };
  }
  const direction = at === "source" ? "egress" : "ingress";
  const own = at === "source" ? from : to;
  const index = pods.findIndex(({ addresses }) => addresses.includes(own));
  if (index < 0) throw new Error(`nothing runs at ${own}`);
  return { ...base, direction, at: { kind: "pod", index } };
}
