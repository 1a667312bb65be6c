import { formatCidr, type Cidr } from "../net/address";
import type { JsonObject } from "../json/json";
import { nodesOf } from "./nodes";
import { ofVersions, uncovered, versionsOf } from "./ranges";
import type { ClusterRouting, Reach, RoutingNode } from "./types";

/** What would change an expectation: an object to create in one cluster, or words where no object does it. */
export type Cure = ManifestCure | WordsCure;

/** An object for one cluster. Where `placeholders` are named, a person fills them in: they are not known here. */
export interface ManifestCure {
  readonly kind: "manifest";
  readonly code: "disabled-pool" | "bgp-peer";
  readonly clusterId: string;
  readonly title: string;
  readonly why: string;
  readonly manifest: CureManifest;
  readonly placeholders: readonly string[];
}

/** A manifest of a cluster-wide object. */
export type CureManifest = JsonObject & {
  readonly apiVersion: "projectcalico.org/v3";
  readonly kind: "IPPool" | "BGPPeer";
  readonly metadata: { readonly name: string };
  readonly spec: JsonObject;
};

/** Advice that no single object follows. */
export interface WordsCure {
  readonly kind: "words";
  readonly code: "renumber" | "overlay" | "export" | "read-facts";
  readonly title: string;
  readonly why: string;
}

/** Cures of a judgement of `from` to `to`, those with certain effect first. */
export function curesOf(from: ClusterRouting, to: ClusterRouting, reach: Reach): readonly Cure[] {
  const has = (...codes: readonly string[]): boolean => reach.findings.some(({ code }) => codes.includes(code));
  if (has("ranges-overlap")) return [RENUMBER];
  return [
    ...(has("translated") ? disabledPools(from, to) : []),
    ...(has("not-exported") ? [exportRange(to)] : []),
    ...(has("not-peered", "one-sided-peering") ? missingPeers(from, to) : []),
    ...(has("not-peered") ? [OVERLAY] : []),
    ...([from, to].some(lacksReadable) ? [READ_FACTS] : []),
  ];
}

/** Whether something is missing that the agent would read if it might. */
const lacksReadable = ({ missing }: ClusterRouting): boolean =>
  missing.some((fact) => fact !== "service ranges" && fact !== "pod ranges");

const RENUMBER: WordsCure = {
  kind: "words",
  code: "renumber",
  title: "Give one of the clusters another range",
  why: "No route and no overlay tells two pods with the same address apart. Add a pool with a free range, disable the old one, and let the workloads move over by restarting them.",
};

const OVERLAY: WordsCure = {
  kind: "words",
  code: "overlay",
  title: "Or carry the pods' packets in an overlay",
  why: "Where the network between the clusters cannot learn pod ranges, a tunnel between their nodes (WireGuard or VXLAN, set up outside Calico) carries them; the disabled pools for the remote ranges are needed all the same.",
};

const READ_FACTS: WordsCure = {
  kind: "words",
  code: "read-facts",
  title: "Let the agent read what is missing",
  why: "Apply the agent's manifest again: its ClusterRole lists ippools, bgpconfigurations and bgppeers, to be read only.",
};

const exportRange = (to: ClusterRouting): WordsCure => ({
  kind: "words",
  code: "export",
  title: `Announce the pod ranges of ${to.name}`,
  why: "Take disableBGPExport off the pool that the reasons name, or announce its range by other means.",
});

function disabledPools(from: ClusterRouting, to: ClusterRouting): readonly ManifestCure[] {
  const wanted = ofVersions(to.podCidrs, versionsOf(from.podCidrs));
  const open = uncovered(wanted, from.pools);
  return open.map((cidr) => ({
    kind: "manifest",
    code: "disabled-pool",
    clusterId: from.id,
    title: `A disabled pool for ${formatCidr(cidr)} in ${from.name}`,
    why: `Calico translates what leaves for an address that is in none of its pools. A disabled pool allocates nothing and takes ${formatCidr(cidr)} of ${to.name} out of that.`,
    manifest: {
      apiVersion: "projectcalico.org/v3",
      kind: "IPPool",
      metadata: { name: poolName(to.name, cidr) },
      spec: { cidr: formatCidr(cidr), disabled: true, natOutgoing: false, nodeSelector: "all()", ...blockOf(cidr) },
    },
    placeholders: [],
  }));
}

/** `remote-<cluster>-<range>`, the same for the same range. */
export function poolName(cluster: string, cidr: Cidr): string {
  const text = formatCidr(cidr).replaceAll(/[.:/]+/g, "-");
  return `remote-${objectName(cluster)}-${text}`;
}

const objectName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 100) || "cluster";

/** A pool must hold a whole block, whose default is /26 (IPv6: /122). */
function blockOf({ version, prefix }: Cidr): { readonly blockSize?: number } {
  return prefix > (version === 4 ? 26 : 122) ? { blockSize: prefix } : {};
}

function missingPeers(from: ClusterRouting, to: ClusterRouting): readonly ManifestCure[] {
  return [
    ...(namesNodesOf(from, to) ? [] : [peerManifest(from, to)]),
    ...(namesNodesOf(to, from) ? [] : [peerManifest(to, from)]),
  ];
}

function namesNodesOf(from: ClusterRouting, to: ClusterRouting): boolean {
  return from.bgp.peers.some(({ address }) => nodesOf(to).has(address));
}

/** A peering needs one node of the other end: its route reflector where exactly one is known, else a person says which. */
function peerManifest(at: ClusterRouting, other: ClusterRouting): ManifestCure {
  const reflectors = other.nodes.filter(({ routeReflector }) => routeReflector);
  const [only] = reflectors.length === 1 ? reflectors : other.nodes.length === 1 ? other.nodes : [];
  const address = only?.addresses[0];
  const asNumber = other.missing.includes("BGP configuration") ? undefined : (only?.asNumber ?? other.bgp.asNumber);
  const peerIP = address ?? `<address of a node or router of ${other.name}>`;
  const as = asNumber ?? `<AS number of ${other.name}>`;
  const placeholders = [peerIP, as].filter((value): value is string => String(value).startsWith("<"));
  return {
    kind: "manifest",
    code: "bgp-peer",
    clusterId: at.id,
    title: `${other.name} as a BGP peer of ${at.name}`,
    why: `Nodes of ${at.name} learn the pod ranges of ${other.name} from it, and tell it their own.${known(other.nodes, address)}`,
    manifest: {
      apiVersion: "projectcalico.org/v3",
      kind: "BGPPeer",
      metadata: { name: `remote-${objectName(other.name)}` },
      spec: { peerIP, asNumber: as },
    },
    placeholders,
  };
}

const SHOWN_NODES = 4;

function known(nodes: readonly RoutingNode[], chosen: string | undefined): string {
  if (chosen !== undefined || nodes.length === 0) return "";
  const shown = nodes.slice(0, SHOWN_NODES).map(({ name, addresses }) => `${name} ${addresses[0] ?? ""}`.trim());
  const more = nodes.length > SHOWN_NODES ? ` and ${nodes.length - SHOWN_NODES} more` : "";
  return ` Its nodes: ${shown.join(", ")}${more}.`;
}
