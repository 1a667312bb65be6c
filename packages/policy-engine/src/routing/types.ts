/** An IPPool as routing between clusters sees it. */
export interface RoutingPool {
  readonly name: string;
  readonly cidr: string;
  /** Nothing is allocated from it, but traffic to its range counts as traffic inside the mesh. */
  readonly disabled: boolean;
  readonly natOutgoing: boolean;
  readonly ipipMode: string;
  readonly vxlanMode: string;
  /** Empty: every use. */
  readonly allowedUses: readonly string[];
  readonly disableBGPExport: boolean;
}

/** A node as its BGP neighbours see it. */
export interface RoutingNode {
  readonly name: string;
  /** Without prefix lengths. */
  readonly addresses: readonly string[];
  /** Undefined: the cluster's. */
  readonly asNumber: number | undefined;
  readonly routeReflector: boolean;
}

/** A BGPPeer. */
export interface RoutingPeer {
  readonly name: string;
  /** Without port; empty where the peer is chosen by `peerSelector` among the cluster's own nodes. */
  readonly address: string;
  readonly asNumber: number | undefined;
  /** Whether every node has this peering. */
  readonly everyNode: boolean;
}

/** BGP of a cluster; Calico's defaults where it says nothing. */
export interface RoutingBgp {
  readonly asNumber: number;
  readonly nodeToNodeMesh: boolean;
  /** Ranges of service addresses that are announced. */
  readonly serviceRanges: readonly string[];
  readonly peers: readonly RoutingPeer[];
}

/** What is known of a cluster's addresses and routes. */
export interface ClusterRouting {
  readonly id: string;
  readonly name: string;
  /** Clusters of different networks are not meant to reach each other. */
  readonly network: string;
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  readonly pools: readonly RoutingPool[];
  readonly nodes: readonly RoutingNode[];
  readonly bgp: RoutingBgp;
  /** Facts that could not be read, as `IP pools` or `BGP peers`: what depends on them is unknown. */
  readonly missing: readonly RoutingFact[];
}

/** A kind of fact that may be missing. */
export type RoutingFact = "pod ranges" | "service ranges" | "IP pools" | "BGP configuration" | "BGP peers" | "nodes";

/** Two ranges of different clusters that share addresses. */
export interface RangeOverlap {
  readonly range: string;
  readonly use: "pods" | "services";
  readonly otherRange: string;
  readonly otherUse: "pods" | "services";
}

/** What is to be expected of a connection from a pod of one cluster to a pod of another, by address. */
export type ReachKind = "direct" | "translated" | "no-route" | "overlap" | "unknown";

/** What a finding is about; the order is that of a trace: addresses, translation, routes. */
export type ReachCode =
  | "ranges-overlap"
  | "fact-missing"
  | "different-networks"
  | "no-common-family"
  | "range-covered"
  | "no-nat"
  | "translated"
  | "peered"
  | "shared-router"
  | "different-routers"
  | "one-sided-peering"
  | "as-differs"
  | "only-some-nodes"
  | "not-exported"
  | "not-peered";

/** One step of a judgement, with what it makes of the connection. */
export interface ReachFinding {
  readonly code: ReachCode;
  readonly effect: ReachKind;
  /** A sentence for a person. */
  readonly message: string;
}

/** A judgement: the weightiest effect of its findings, and the findings in the order of a trace. */
export interface Reach {
  readonly kind: ReachKind;
  readonly findings: readonly ReachFinding[];
}
