import type { Cidr } from "../net/address";
import type { Labels, ResourceRef } from "./resource";
import type { Direction, Rule, Selector } from "./rule";

export type * from "./rule";

/** What a staged policy would do to the enforced one of its name. */
export type StagedAction = "Set" | "Delete" | "Learn" | "Ignore";

/**
 * Whether a staged action has a pending verdict: Felix evaluates what is staged among the enforced policies, to be learnt
 * or ignored as well as to be set; deletions alone are kept from it (libcalico-go,
 * ConvertStagedNetworkPolicyV3ToV1Value and its siblings).
 */
export const isPending = (action: StagedAction | undefined): boolean => action !== undefined && action !== "Delete";

/** Kinds of policy that this engine evaluates. */
export type PolicyKind =
  | "NetworkPolicy"
  | "GlobalNetworkPolicy"
  | "StagedNetworkPolicy"
  | "StagedGlobalNetworkPolicy"
  | "StagedKubernetesNetworkPolicy"
  | "KubernetesNetworkPolicy"
  | "ClusterNetworkPolicy";

/**
 * A policy of any kind, in Calico's terms. A Kubernetes NetworkPolicy is what Calico makes of it: tier `default`, order
 * 1000, one rule a peer and protocol. A ClusterNetworkPolicy is a global one in tier `kube-admin` or `kube-baseline`.
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
  /** Calico Enterprise: DNS names whose observed addresses belong to the set, in egress rules alone. */
  readonly allowedEgressDomains: readonly string[];
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
