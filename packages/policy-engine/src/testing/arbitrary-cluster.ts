import fc from "fast-check";
import type { Packet } from "../evaluate/packet";
import type { WorldInput, WorldPod } from "../evaluate/world-input";
import type { JsonObject } from "../json/json";
import type { IpAddress } from "../net/address";
import { parseAddress } from "../net/address";
import { NAMESPACES, policyManifest, setManifest, tierManifest } from "./arbitrary-policy";
import { defined, mostly, seldom } from "./arbitrary-rule";

const CALICO = "projectcalico.org/v3";

const podLabels = fc
  .record({ app: mostly(fc.constantFrom("a", "b", "c", "ab"), 6), extra: seldom(fc.constant("1"), 3) })
  .map((labels) => defined(labels) as Record<string, string>);

const PORTS = [
  { name: "web", protocol: 6, port: 80 },
  { name: "web", protocol: 6, port: 8080 },
  { name: "dns", protocol: 17, port: 80 },
  { name: "other", protocol: 6, port: 80 },
];

/** Pod number `index`, from 1: IPv4, IPv6 for some, two IPv4 addresses or none for a few. */
export const podNumber = (index: number): fc.Arbitrary<WorldPod> =>
  fc
    .record({
      namespace: fc.constantFrom(...NAMESPACES, "shop", "ops", "gone"),
      labels: podLabels,
      serviceAccount: fc.constantFrom("one", "two", "missing", ""),
      node: seldom(fc.constantFrom("n1", "n2"), 2),
      more: fc.constantFrom([], [], [`fd00::${index}`], [`fd00::${index}`], ["10.0.0.7"]),
      ports: seldom(fc.subarray(PORTS), 1),
    })
    .map(({ more, ports, node, ...rest }) => ({
      ...rest,
      ...(node !== undefined && { node }),
      name: `pod-${index}`,
      addresses: [`10.0.0.${index}`, ...more],
      ...(ports && { ports }),
    }));

const POD_NUMBERS = [1, 2, 3, 4, 5, 6] as const;

/** Services of random clusters. */
export const SERVICES = [
  {
    namespace: "shop",
    name: "web",
    targets: [
      { address: "10.0.0.1", protocol: 6, port: 80 },
      { address: "10.0.0.2", protocol: 6, port: 8080 },
      { address: "fd00::3", protocol: 17, port: 80 },
    ],
  },
];

const HOST: JsonObject = {
  apiVersion: CALICO,
  kind: "HostEndpoint",
  metadata: { name: "node-eth0", labels: { app: "a" } },
  spec: {
    node: "node",
    interfaceName: "eth0",
    expectedIPs: ["10.0.0.4", "10.9.9.9"],
    ports: [{ name: "web", protocol: "TCP", port: 80 }],
  },
};

/** A profile in the place of a namespace's own, with rules. */
const PROFILE: JsonObject = {
  apiVersion: CALICO,
  kind: "Profile",
  metadata: { name: "kns.ops" },
  spec: {
    ingress: [
      { action: "Log", source: {}, destination: {} },
      { action: "Deny", protocol: "TCP", source: { selector: "app == 'a'" }, destination: { ports: [80] } },
      { action: "Pass", source: { selector: "app == 'b'" }, destination: {} },
      { action: "Allow", source: {}, destination: {} },
    ],
    egress: [{ action: "Allow", source: {}, destination: { notSelector: "app == 'c'" } }],
  },
};

/** Nodes of random clusters; one has an address that is a peer's, too. */
export const NODES = [
  { name: "n1", addresses: ["10.9.9.9", "10.0.0.5"] },
  { name: "n2", addresses: ["192.168.7.7"] },
];

/** What DNS answered in random clusters. */
export const DOMAINS = [{ name: "api.example.com", addresses: ["192.168.0.9", "10.0.0.2"] }];

/** Names an object among those of its cluster. */
export const objectKey = (manifest: JsonObject): string => {
  const { apiVersion, kind, metadata } = manifest as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  return `${apiVersion}/${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
};

/** A small random cluster: every kind of policy, peer, port, set and profile. */
export const randomCluster: fc.Arbitrary<WorldInput> = fc
  .record({
    teams: fc.tuple(seldom(fc.constant("web"), 1), seldom(fc.constant("web"), 1)),
    pods: fc.tuple(...POD_NUMBERS.map((index) => mostly(podNumber(index), 5))),
    accounts: fc.boolean(),
    manifests: fc.uniqueArray(
      fc.oneof(
        { weight: 8, arbitrary: policyManifest },
        { weight: 2, arbitrary: tierManifest },
        { weight: 2, arbitrary: setManifest },
        { weight: 1, arbitrary: fc.constantFrom(HOST, PROFILE) },
      ),
      { minLength: 2, maxLength: 12, size: "max", selector: objectKey },
    ),
    services: mostly(fc.constant(SERVICES), 4),
    nodes: seldom(fc.constant(NODES), 3),
    domains: mostly(fc.constant(DOMAINS), 3),
    endpointToHost: seldom(fc.constantFrom<"Drop" | "Return">("Drop", "Return"), 3),
  })
  .map(({ teams, pods, accounts, manifests, services, nodes, domains, endpointToHost }) => ({
    namespaces: NAMESPACES.map((name, i) => ({
      name,
      labels: defined({ team: teams[i] }) as Record<string, string>,
    })),
    ...(accounts && { serviceAccounts: [{ namespace: "shop", name: "one", labels: { role: "x" } }] }),
    pods: pods.filter((pod) => pod !== undefined),
    manifests,
    ...(services && { services }),
    ...(nodes && { nodes }),
    ...(domains && { domains }),
    ...(endpointToHost && { felix: { defaultEndpointToHostAction: endpointToHost } }),
  }));

const OUTSIDE = ["192.168.0.9", "10.9.9.9", "fd00::99", "10.0.0.7"].flatMap((text) => parseAddress(text) ?? []);

type Header = Omit<Packet, "source" | "destination">;

const HEADERS: readonly Header[] = [
  { protocol: 6, sourcePort: 1500, destinationPort: 80 },
  { protocol: 6, sourcePort: 5000, destinationPort: 8080, http: { method: "GET", path: "/" } },
  { protocol: 6, destinationPort: 22 },
  { protocol: 6 },
  { protocol: 17, sourcePort: 1500, destinationPort: 80 },
  { protocol: 132, sourcePort: 1, destinationPort: 80 },
  { protocol: 1, icmp: { type: 8, code: 0 } },
  { protocol: 1, icmp: { type: 3, code: 1 } },
  { protocol: 1 },
  { protocol: 47 },
];

/** Packets of every header between addresses of one version: the endpoint's own and a peer's, which may be anybody. */
export function packetsBetween(
  own: IpAddress,
  peers: readonly IpAddress[],
): readonly (Header & { readonly peer: IpAddress })[] {
  return [...peers, ...OUTSIDE]
    .filter(({ version }) => version === own.version)
    .flatMap((peer) => HEADERS.map((header) => ({ ...header, peer })));
}
