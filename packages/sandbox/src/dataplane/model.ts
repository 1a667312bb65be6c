import type { SelectorNode } from "@isthmus/policy-engine/selector-syntax";
import type { Address, IpVersion, Net } from "./address";
import type { Labels } from "./selector";

/** Which side of a packet judges it: egress at its source, ingress at its destination. */
export type Direction = "ingress" | "egress";

/** IP protocol numbers that have names in policies. */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, udplite: 136 } as const;

/** The first packet of a connection, after the service address was translated; both addresses are of one version. */
export interface Packet {
  readonly protocol: number;
  readonly source: Address;
  readonly sourcePort: number;
  readonly destination: Address;
  readonly destinationPort: number;
  /** Of ICMP and ICMPv6. */
  readonly icmp?: { readonly type: number; readonly code: number };
}

/** A port of an endpoint that a policy may name. */
export interface NamedPort {
  readonly name: string;
  readonly protocol: number;
  readonly port: number;
}

/** A pod with addresses of its own. */
export interface Endpoint {
  readonly kind: "workload";
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  /** `frontend-6d8f9c7b5-`, or the pod's name where it has none. */
  readonly generateName: string | undefined;
  /** The first of `addresses`, from which connections are made. */
  readonly address: Address;
  readonly addresses: readonly Address[];
  /** As on the pod, with Calico's own. */
  readonly ownLabels: Labels;
  /** With those that its profiles apply: of its namespace (`pcns.`) and service account (`pcsa.`). */
  readonly labels: Labels;
  readonly ports: readonly NamedPort[];
  /** Names of profiles, in the order in which they are asked. */
  readonly profiles: readonly string[];
}

/** An interface of a node, or all of them, under Calico's policy. */
export interface HostEndpoint {
  readonly kind: "host";
  readonly name: string;
  readonly node: string;
  /** `interfaceName: "*"`, which takes no untracked policy. */
  readonly everyInterface: boolean;
  readonly addresses: readonly Address[];
  readonly labels: Labels;
  readonly ports: readonly NamedPort[];
  readonly profiles: readonly string[];
}

/** A NetworkSet, or a GlobalNetworkSet where `namespace` is absent. */
export interface NetworkSet {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly ownLabels: Labels;
  readonly labels: Labels;
  readonly nets: readonly Net[];
}

/** Kinds as Goldmane names them, without the staged ones. */
export type PolicyKind = "CalicoNetworkPolicy" | "GlobalNetworkPolicy" | "NetworkPolicy" | "ClusterNetworkPolicy";

/** What a rule does with a packet that it matches. */
export type RuleAction = "allow" | "deny" | "pass" | "log";

/** An inclusive range of ports. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** Ports as numbers and by name. */
export interface PortMatch {
  readonly ranges: readonly PortRange[];
  readonly names: readonly string[];
}

/** One side of a rule; what is absent matches everything. */
export interface EntityMatch {
  readonly nets?: readonly Net[];
  readonly notNets?: readonly Net[];
  readonly selector?: SelectorNode;
  readonly notSelector?: SelectorNode;
  readonly ports?: PortMatch;
  readonly notPorts?: PortMatch;
  readonly service?: { readonly namespace: string; readonly name: string };
}

/** An ICMP type, and code where given. */
export interface IcmpMatch {
  readonly type: number;
  readonly code?: number;
}

/** A rule in the form that is matched against packets. */
export interface Rule {
  readonly action: RuleAction;
  readonly ipVersion?: IpVersion;
  readonly protocol?: number;
  readonly notProtocol?: number;
  readonly icmp?: IcmpMatch;
  readonly notIcmp?: IcmpMatch;
  readonly source: EntityMatch;
  readonly destination: EntityMatch;
}

/**
 * Which of an interface's chains a policy is rendered into: the raw table before connection tracking, the mangle table
 * before destination NAT, or the filter table. Workloads have the last alone.
 */
export type Table = "untracked" | "pre-dnat" | "normal";

/** A policy of any kind in the form that is programmed. */
export interface Policy {
  readonly kind: PolicyKind;
  readonly staged: boolean;
  readonly name: string;
  readonly namespace: string;
  readonly tier: string;
  /** Infinity where none is given. */
  readonly order: number;
  readonly table: Table;
  /** Whether a host endpoint asks it about forwarded packets, too. */
  readonly applyOnForward: boolean;
  readonly selector: SelectorNode;
  readonly ingress: readonly Rule[] | undefined;
  readonly egress: readonly Rule[] | undefined;
}

/** What endpoints inherit: labels always, a verdict where no tier gave one. */
export interface Profile {
  readonly name: string;
  readonly labels: Labels;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

/** A tier; `order` is Infinity where none is given. */
export interface Tier {
  readonly name: string;
  readonly order: number;
  readonly defaultAction: "deny" | "pass";
}

/** A port that a host endpoint always lets through, from or to `net` where one is given. */
export interface FailsafePort {
  readonly protocol: number;
  readonly port: number;
  readonly net: Net | undefined;
}

/** The ports that host endpoints let through in each direction. */
export type Failsafes = Readonly<Record<Direction, readonly FailsafePort[]>>;

/** One step of a verdict's trace; the index of a hit is its place in the list. */
export type Hit =
  | { readonly kind: "rule"; readonly policy: Policy; readonly ruleIndex: number; readonly action: HitAction }
  | { readonly kind: "end-of-tier"; readonly tier: string; readonly trigger: Policy; readonly action: HitAction }
  | { readonly kind: "profile"; readonly name: string; readonly ruleIndex: number; readonly action: HitAction };

/** How a step of the trace ended. */
export type HitAction = "allow" | "deny" | "pass";

/** What one end decides about a packet, and what it would decide with the staged policies in force. */
export interface Verdict {
  readonly action: "allow" | "deny";
  readonly enforced: readonly Hit[];
  readonly pending: readonly Hit[];
}
