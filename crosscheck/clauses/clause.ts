import type { Cluster, Header, Manifest } from "../cluster";

/** The clauses of what policies mean, by the words that the cases and mutants of each go by. */
export const CLAUSES = [
  "tier order",
  "tier ties",
  "end of tier",
  "tier skipped",
  "fixed tiers",
  "policy order",
  "policy ties",
  "types defaults",
  "types",
  "Allow and Deny",
  "Pass",
  "Log",
  "namespace profile",
  "service account profile",
  "selector",
  "notSelector",
  "rule namespaceSelector",
  "global()",
  "policy namespaceSelector",
  "serviceAccountSelector",
  "serviceAccounts in rules",
  "services in rules",
  "network sets",
  "nets",
  "notNets",
  "ports",
  "named ports",
  "notPorts",
  "source ports",
  "protocol by name",
  "protocol by number",
  "notProtocol",
  "ICMP",
  "notICMP",
  "ipVersion",
  "both IP versions",
  "Kubernetes peers",
  "Kubernetes ports",
  "ipBlock",
  "staged policies",
  "stagedAction",
  "pending end of tier",
  "ClusterNetworkPolicy tiers",
  "ClusterNetworkPolicy peers",
  "ClusterNetworkPolicy protocols",
  "ClusterNetworkPolicy fails closed",
  "host endpoint",
  "host endpoint as peer",
  "profiles of a host endpoint",
  "labelsToApply",
  "failsafe ports",
  "applyOnForward",
  "preDNAT",
  "doNotTrack",
  "all interfaces",
] as const;

/** One of them. */
export type Clause = (typeof CLAUSES)[number];

/** A case of a clause: what Calico's documentation, source or tests say of one packet in the cluster of `world.ts`. */
export interface ClauseCase {
  readonly clause: Clause;
  readonly name: string;
  /** Where Calico (or Kubernetes) says so: a page of its documentation, or file and function or test of its repository. */
  readonly cites: string;
  /** Beside those of the cluster. */
  readonly manifests: readonly Manifest[];
  /** Absent: Felix's own. */
  readonly failsafes?: Cluster["failsafes"];
  readonly asked: Asked;
  readonly verdict: "allow" | "deny";
  /** The enforced steps, the last of which decided. */
  readonly hits: readonly string[];
  /** Absent: as enforced. */
  readonly pending?: readonly string[];
}

/** A packet as a case writes it. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly what: Header;
  /** Absent: the pod at `to`. */
  readonly at?: "source" | HostAsked;
}

/** A packet at the host endpoint `eth0`, or the one that is named. */
export interface HostAsked {
  readonly host: string;
  readonly traffic: "local" | "forwarded";
  readonly direction: "ingress" | "egress";
  readonly arrivedFor?: string;
}
