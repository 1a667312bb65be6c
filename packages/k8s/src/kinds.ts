import type { ResourceKind } from "./object";

type Scope = "namespaced" | "cluster";

const kindsOf =
  (apiVersion: string) =>
  (kind: string, plural: string, scope: Scope): ResourceKind => ({
    apiVersion,
    kind,
    plural,
    namespaced: scope === "namespaced",
  });

/** The group version in which Calico serves its API to others. */
export const CALICO_V3 = "projectcalico.org/v3";

/** Calico's storage, internal to it: where only this is served, a cluster is read-only to us. */
export const CALICO_CRD = "crd.projectcalico.org/v1";

const core = kindsOf("v1");
const apps = kindsOf("apps/v1");
const calico = kindsOf(CALICO_V3);

/** Kubernetes' own kinds in use. */
export const CORE_KINDS = {
  namespaces: core("Namespace", "namespaces", "cluster"),
  nodes: core("Node", "nodes", "cluster"),
  pods: core("Pod", "pods", "namespaced"),
  services: core("Service", "services", "namespaced"),
  serviceAccounts: core("ServiceAccount", "serviceaccounts", "namespaced"),
  secrets: core("Secret", "secrets", "namespaced"),
  configMaps: core("ConfigMap", "configmaps", "namespaced"),
  endpointSlices: kindsOf("discovery.k8s.io/v1")("EndpointSlice", "endpointslices", "namespaced"),
  deployments: apps("Deployment", "deployments", "namespaced"),
  replicaSets: apps("ReplicaSet", "replicasets", "namespaced"),
  statefulSets: apps("StatefulSet", "statefulsets", "namespaced"),
  daemonSets: apps("DaemonSet", "daemonsets", "namespaced"),
  jobs: kindsOf("batch/v1")("Job", "jobs", "namespaced"),
  networkPolicies: kindsOf("networking.k8s.io/v1")("NetworkPolicy", "networkpolicies", "namespaced"),
} as const;

/** The ranges of service addresses (Kubernetes 1.33 and later): looked at, and no part of the inventory. */
export const SERVICE_CIDR_KIND = kindsOf("networking.k8s.io/v1")("ServiceCIDR", "servicecidrs", "cluster");

/** Calico's kinds in use, as `projectcalico.org/v3` serves them. */
export const CALICO_KINDS = {
  tiers: calico("Tier", "tiers", "cluster"),
  networkPolicies: calico("NetworkPolicy", "networkpolicies", "namespaced"),
  globalNetworkPolicies: calico("GlobalNetworkPolicy", "globalnetworkpolicies", "cluster"),
  stagedNetworkPolicies: calico("StagedNetworkPolicy", "stagednetworkpolicies", "namespaced"),
  stagedGlobalNetworkPolicies: calico("StagedGlobalNetworkPolicy", "stagedglobalnetworkpolicies", "cluster"),
  stagedKubernetesNetworkPolicies: calico(
    "StagedKubernetesNetworkPolicy",
    "stagedkubernetesnetworkpolicies",
    "namespaced",
  ),
  networkSets: calico("NetworkSet", "networksets", "namespaced"),
  globalNetworkSets: calico("GlobalNetworkSet", "globalnetworksets", "cluster"),
  ipPools: calico("IPPool", "ippools", "cluster"),
  clusterInformations: calico("ClusterInformation", "clusterinformations", "cluster"),
  hostEndpoints: calico("HostEndpoint", "hostendpoints", "cluster"),
  felixConfigurations: calico("FelixConfiguration", "felixconfigurations", "cluster"),
  bgpConfigurations: calico("BGPConfiguration", "bgpconfigurations", "cluster"),
  bgpPeers: calico("BGPPeer", "bgppeers", "cluster"),
} as const;

const KNOWN: ReadonlyMap<string, ResourceKind> = new Map(
  [...Object.values(CORE_KINDS), ...Object.values(CALICO_KINDS)].map((each) => [
    `${each.apiVersion}|${each.kind}`,
    each,
  ]),
);

/** The kind that a ref names; undefined for one that Isthmus does not use. */
export function resourceKind(apiVersion: string, name: string): ResourceKind | undefined {
  return KNOWN.get(`${apiVersion}|${name}`);
}
