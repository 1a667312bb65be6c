import type { Cidr } from "../net/address";
import type { SelectorNode } from "../selector/ast";
import type { Labels, ResourceRef } from "./resource";

/** Which way a connection is judged: as it leaves its source or as it reaches its destination. */
export type Direction = "ingress" | "egress";

/** What a rule does with what it matches. */
export type RuleAction = "Allow" | "Deny" | "Log" | "Pass";

/** A selector as it was written, and parsed. */
export interface Selector {
  readonly text: string;
  readonly node: SelectorNode;
}

/** A port of a rule: a number as a range of one, or a name that each endpoint resolves for itself. */
export type Port =
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  | { readonly kind: "named"; readonly name: string };

/** Service accounts that a rule matches: by name, by label, or both at once. */
export interface ServiceAccountMatch {
  readonly names: readonly string[];
  readonly selector?: Selector;
}

/** A Kubernetes service whose endpoints a rule matches; without a namespace it is the policy's own. */
export interface ServiceMatch {
  readonly name: string;
  readonly namespace?: string;
}

/** One end of a rule. Every part that is present must hold; lists that are empty are absent. */
export interface EntityRule {
  readonly selector?: Selector;
  readonly notSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly nets: readonly Cidr[];
  readonly notNets: readonly Cidr[];
  readonly ports: readonly Port[];
  readonly notPorts: readonly Port[];
  readonly serviceAccounts?: ServiceAccountMatch;
  readonly services?: ServiceMatch;
}

/** ICMP type and code. */
export interface IcmpMatch {
  readonly type?: number;
  readonly code?: number;
}

/** An HTTP path of a rule. */
export type HttpPath =
  { readonly kind: "exact"; readonly path: string } | { readonly kind: "prefix"; readonly path: string };

/** HTTP requests that a rule matches. */
export interface HttpMatch {
  readonly methods: readonly string[];
  readonly paths: readonly HttpPath[];
}

/** A rule. `unknown` names what it holds that this engine does not understand: it then never decides as if it were not there. */
export interface Rule {
  readonly action: RuleAction;
  readonly protocol?: number;
  readonly notProtocol?: number;
  readonly ipVersion?: 4 | 6;
  readonly icmp?: IcmpMatch;
  readonly notIcmp?: IcmpMatch;
  readonly http?: HttpMatch;
  readonly source: EntityRule;
  readonly destination: EntityRule;
  readonly annotations: Labels;
  readonly unknown: readonly string[];
}

/** What a staged policy would do to the enforced one of its name. */
export type StagedAction = "Set" | "Delete" | "Learn" | "Ignore";

/** Kinds of policy that this engine evaluates. */
export type PolicyKind =
  | "NetworkPolicy"
  | "GlobalNetworkPolicy"
  | "StagedNetworkPolicy"
  | "StagedGlobalNetworkPolicy"
  | "StagedKubernetesNetworkPolicy"
  | "KubernetesNetworkPolicy";

/**
 * A policy of any kind, in Calico's terms. A Kubernetes NetworkPolicy is what Calico makes of it: tier `default`, order
 * 1000, one rule a peer and protocol.
 */
export interface Policy {
  readonly resource: "policy";
  readonly kind: PolicyKind;
  readonly ref: ResourceRef;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** The name that orders it in its tier and that flow logs show. */
  readonly name: string;
  /** Empty for global policies. */
  readonly namespace: string;
  readonly tier: string;
  /** Absent: after every policy that has one. */
  readonly order?: number;
  readonly selector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly serviceAccountSelector?: Selector;
  /** Directions that it judges, with Calico's default applied. */
  readonly types: readonly Direction[];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
  readonly doNotTrack: boolean;
  readonly preDnat: boolean;
  readonly applyOnForward: boolean;
  /** Present on staged kinds alone. */
  readonly stagedAction?: StagedAction;
  readonly unknown: readonly string[];
}

/** A tier. */
export interface Tier {
  readonly resource: "tier";
  readonly ref: ResourceRef;
  readonly labels: Labels;
  readonly name: string;
  readonly order?: number;
  readonly defaultAction: "Deny" | "Pass";
}

/** A NetworkSet or GlobalNetworkSet. */
export interface NetworkSet {
  readonly resource: "network-set";
  readonly kind: "NetworkSet" | "GlobalNetworkSet";
  readonly ref: ResourceRef;
  readonly labels: Labels;
  readonly nets: readonly Cidr[];
  readonly unknown: readonly string[];
}

/** A named port of an endpoint. */
export interface EndpointPort {
  readonly name: string;
  readonly protocol: number;
  readonly port: number;
}

/** A host endpoint. */
export interface HostEndpoint {
  readonly resource: "host-endpoint";
  readonly ref: ResourceRef;
  readonly labels: Labels;
  readonly node: string;
  readonly interfaceName: string;
  readonly expectedIps: readonly string[];
  readonly profiles: readonly string[];
  readonly ports: readonly EndpointPort[];
}

/** A profile: labels and rules for endpoints after the last tier. */
export interface Profile {
  readonly resource: "profile";
  readonly ref: ResourceRef;
  readonly labels: Labels;
  readonly labelsToApply: Labels;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

/** Anything that `parseResource` reads. */
export type Resource = Policy | Tier | NetworkSet | HostEndpoint | Profile;
