import type { JsonValue } from "../json/json";
import type { ClusterRouting, RoutingBgp, RoutingFact, RoutingNode, RoutingPeer, RoutingPool } from "./types";

/** Kinds of a cluster's objects that say something about its routes. */
export const ROUTING_KINDS = ["IPPool", "BGPConfiguration", "BGPPeer", "Node"] as const;

/** What is known of a cluster beside its objects. */
export interface RoutingFacts {
  readonly id: string;
  readonly name: string;
  readonly network: string;
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  /** Kinds of ROUTING_KINDS that could not be read. */
  readonly unread: readonly string[];
}

/** As Calico has it where no BGPConfiguration says otherwise. */
const DEFAULT_AS = 64_512;

/** Reads a cluster's routing from its objects as Kubernetes shapes them; other kinds are passed over. */
export function readRouting(facts: RoutingFacts, objects: readonly JsonValue[]): ClusterRouting {
  const ofKind = (kind: string): readonly Fields[] => objects.map(fieldsOf).filter((object) => object["kind"] === kind);
  const bgp = bgpOf(ofKind("BGPConfiguration"), ofKind("BGPPeer"));
  const { id, name, network, podCidrs, unread } = facts;
  const serviceCidrs = [...new Set([...facts.serviceCidrs, ...bgp.serviceRanges])];
  const missing: readonly RoutingFact[] = [
    ...(podCidrs.length === 0 ? (["pod ranges"] as const) : []),
    ...(serviceCidrs.length === 0 ? (["service ranges"] as const) : []),
    ...(unread.includes("IPPool") ? (["IP pools"] as const) : []),
    ...(unread.includes("BGPConfiguration") ? (["BGP configuration"] as const) : []),
    ...(unread.includes("BGPPeer") ? (["BGP peers"] as const) : []),
    ...(unread.includes("Node") ? (["nodes"] as const) : []),
  ];
  return {
    id,
    name,
    network,
    podCidrs,
    serviceCidrs,
    pools: ofKind("IPPool").map(poolOf),
    nodes: ofKind("Node").map(nodeOf),
    bgp,
    missing,
  };
}

type Fields = Readonly<Record<string, JsonValue | undefined>>;

const fieldsOf = (value: JsonValue | undefined): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const textOf = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");
const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];
const nameOf = (object: Fields): string => textOf(fieldsOf(object["metadata"])["name"]);

/** An AS number, which an annotation writes as text and perhaps in two parts (`1.10`, RFC 5396). */
function asOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === "number") return value === 0 ? undefined : value;
  const [high = "", low, ...rest] = textOf(value).split(".");
  if (rest.length > 0 || !/^\d+$/.test(high) || (low !== undefined && !/^\d+$/.test(low))) return undefined;
  return low === undefined ? Number(high) : Number(high) * 65_536 + Number(low);
}

function poolOf(object: Fields): RoutingPool {
  const spec = fieldsOf(object["spec"]);
  return {
    name: nameOf(object),
    cidr: textOf(spec["cidr"]),
    disabled: spec["disabled"] === true,
    natOutgoing: spec["natOutgoing"] === true,
    ipipMode: textOf(spec["ipipMode"]) || "Never",
    vxlanMode: textOf(spec["vxlanMode"]) || "Never",
    allowedUses: listOf(spec["allowedUses"]).map(textOf),
    disableBGPExport: spec["disableBGPExport"] === true,
  };
}

const withoutPrefix = (address: string): string => address.split("/")[0] ?? "";

function nodeOf(object: Fields): RoutingNode {
  const annotations = fieldsOf(fieldsOf(object["metadata"])["annotations"]);
  const own = [annotations["projectcalico.org/IPv4Address"], annotations["projectcalico.org/IPv6Address"]];
  const reported = listOf(fieldsOf(object["status"])["addresses"])
    .map(fieldsOf)
    .filter(({ type }) => type === "InternalIP")
    .map(({ address }) => address);
  return {
    name: nameOf(object),
    addresses: [...new Set([...own, ...reported].map((each) => withoutPrefix(textOf(each))))].filter(
      (address) => address !== "",
    ),
    asNumber: asOf(annotations["projectcalico.org/ASNumber"]),
    routeReflector: textOf(annotations["projectcalico.org/RouteReflectorClusterID"]) !== "",
  };
}

/** `192.0.2.1`, `192.0.2.1:1790`, `2001:db8::1` or `[2001:db8::1]:1790`. */
function withoutPort(text: string): string {
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(text);
  if (bracketed) return bracketed[1] ?? "";
  return text.split(":").length === 2 ? (text.split(":")[0] ?? "") : text;
}

function peerOf(object: Fields): RoutingPeer {
  const spec = fieldsOf(object["spec"]);
  const chosen = textOf(spec["nodeSelector"]);
  return {
    name: nameOf(object),
    address: withoutPort(textOf(spec["peerIP"])),
    asNumber: asOf(spec["asNumber"]),
    everyNode: textOf(spec["node"]) === "" && (chosen === "" || chosen === "all()"),
  };
}

const cidrsOf = (value: JsonValue | undefined): readonly string[] =>
  listOf(value)
    .map((each) => textOf(fieldsOf(each)["cidr"]))
    .filter((cidr) => cidr !== "");

function bgpOf(configurations: readonly Fields[], peers: readonly Fields[]): RoutingBgp {
  const spec = fieldsOf(configurations.find((each) => nameOf(each) === "default")?.["spec"]);
  return {
    asNumber: asOf(spec["asNumber"]) ?? DEFAULT_AS,
    nodeToNodeMesh: spec["nodeToNodeMeshEnabled"] !== false,
    serviceRanges: cidrsOf(spec["serviceClusterIPs"]),
    // A peering with a workload of the node leads to no other cluster.
    peers: peers.filter((each) => textOf(fieldsOf(each["spec"])["localWorkloadSelector"]) === "").map(peerOf),
  };
}
