import type { EndpointPort } from "../model/policy";
import type { Labels } from "../model/resource";
import type { FelixSettings } from "./felix-settings";

/** A pod in one cluster. */
export interface WorldPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly addresses: readonly string[];
  /** Named container ports; absent means none. */
  readonly ports?: readonly EndpointPort[];
  /** The node that it runs on; absent: not known, and then what nodes do to it is not judged. */
  readonly node?: string;
}

/** A node and its addresses. */
export interface WorldNode {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Which interface has which of them, where that is known. */
  readonly interfaces?: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

/** What a DNS name was seen to resolve to. */
export interface WorldDomain {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** A namespace or service account and its labels. */
export interface WorldNamespace {
  readonly name: string;
  readonly labels: Labels;
}

/** Where a Kubernetes service sends to. */
export interface WorldService {
  readonly namespace: string;
  readonly name: string;
  readonly targets: readonly { readonly address: string; readonly protocol: number; readonly port: number }[];
}

/** Everything in one cluster that decides verdicts. */
export interface WorldInput {
  /** Which cluster of a mesh it is; absent: the empty name. */
  readonly cluster?: string;
  readonly namespaces: readonly WorldNamespace[];
  /** Absent: each pod's account is taken to exist, without labels. */
  readonly serviceAccounts?: readonly (WorldNamespace & { readonly namespace: string })[];
  readonly pods: readonly WorldPod[];
  /** Manifests of policies, tiers, network sets, host endpoints and profiles; what cannot be read makes verdicts unknown. */
  readonly manifests: readonly unknown[];
  /** Absent: rules that name services are undecided. */
  readonly services?: readonly WorldService[];
  readonly nodes?: readonly WorldNode[];
  /** Felix' settings; absent: Calico's defaults. */
  readonly felix?: FelixSettings;
  /** What DNS was observed to answer; absent: rules that name domains are undecided. */
  readonly domains?: readonly WorldDomain[];
}
