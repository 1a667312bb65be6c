import * as columns from "./columns";
import { apiVersionOf, everyVerb, resourceOf, type Kind } from "./kinds";
import * as calico from "./schema/calico";
import { podDisruptionBudget } from "./schema/disruption";
import { clusterNetworkPolicy } from "./schema/cluster-network-policy";
import * as core from "./schema/core";
import * as network from "./schema/network";
import * as workloads from "./schema/workloads";
import type { ObjectSchema } from "./schema/types";
import type { CalicoApi } from "../scenario-types";
import { calicoStorageGroup } from "./calico-storage";

type Given = Partial<Kind> & { readonly kind: string; readonly schema: ObjectSchema };

function family(group: string, version: string, kinds: readonly Given[]): readonly Kind[] {
  return kinds.map((given) => ({
    group,
    version,
    plural: `${given.kind.toLowerCase()}s`,
    singular: given.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: everyVerb,
    subresources: [],
    columns: [],
    generation: false,
    origin: "built-in",
    selectable: [],
    ...given,
  }));
}

const all = { categories: ["all"] };
const cluster = { namespaced: false };
const status = { subresources: ["status"] as const };
const workload = { ...all, generation: true, subresources: ["status", "scale"] as const };

const coreKinds = family("", "v1", [
  { kind: "Namespace", shortNames: ["ns"], ...cluster, ...status, schema: core.namespace, columns: columns.namespace },
  { kind: "Node", shortNames: ["no"], ...cluster, ...status, schema: core.node, columns: columns.node },
  {
    kind: "Pod",
    shortNames: ["po"],
    ...all,
    ...status,
    generation: true,
    schema: workloads.pod,
    columns: columns.pod,
    selectable: ["spec.nodeName", "status.phase", "status.podIP", "spec.serviceAccountName"],
  },
  { kind: "Service", shortNames: ["svc"], ...all, ...status, schema: core.service, columns: columns.service },
  { kind: "ServiceAccount", shortNames: ["sa"], schema: core.serviceAccount, columns: columns.serviceAccount },
  { kind: "Secret", schema: core.secret, columns: columns.secret, selectable: ["type"] },
  { kind: "ConfigMap", shortNames: ["cm"], schema: core.configMap, columns: columns.configMap },
  {
    kind: "Event",
    shortNames: ["ev"],
    schema: core.event,
    columns: columns.event,
    selectable: [
      ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
        (field) => `involvedObject.${field}`,
      ),
      "reason",
      "reportingComponent",
      "source",
      "type",
    ],
  },
]);

const appKinds = family("apps", "v1", [
  {
    kind: "Deployment",
    shortNames: ["deploy"],
    ...workload,
    schema: workloads.deployment,
    columns: columns.deployment,
  },
  { kind: "ReplicaSet", shortNames: ["rs"], ...workload, schema: workloads.replicaSet, columns: columns.replicaSet },
  {
    kind: "StatefulSet",
    shortNames: ["sts"],
    ...workload,
    schema: workloads.statefulSet,
    columns: columns.statefulSet,
  },
  {
    kind: "DaemonSet",
    shortNames: ["ds"],
    ...all,
    ...status,
    generation: true,
    schema: workloads.daemonSet,
    columns: columns.daemonSet,
  },
]);

const batchKinds = family("batch", "v1", [
  { kind: "Job", ...all, ...status, generation: true, schema: workloads.job },
  {
    kind: "CronJob",
    shortNames: ["cj"],
    ...all,
    ...status,
    generation: true,
    schema: workloads.cronJob,
    columns: columns.cronJob,
  },
]);

const networkKinds = [
  ...family("discovery.k8s.io", "v1", [
    { kind: "EndpointSlice", schema: network.endpointSlice, columns: columns.endpointSlice },
  ]),
  ...family("networking.k8s.io", "v1", [
    {
      kind: "NetworkPolicy",
      plural: "networkpolicies",
      shortNames: ["netpol"],
      generation: true,
      schema: network.kubernetesNetworkPolicy,
      columns: columns.kubernetesNetworkPolicy,
    },
    {
      kind: "ServiceCIDR",
      ...cluster,
      ...status,
      generation: true,
      schema: network.serviceCidr,
      columns: columns.serviceCidr,
    },
  ]),
];

const accessKinds = family("rbac.authorization.k8s.io", "v1", [
  { kind: "Role", schema: network.role, columns: columns.createdAt },
  { kind: "RoleBinding", schema: network.roleBinding, columns: columns.binding },
  { kind: "ClusterRole", ...cluster, schema: network.clusterRole, columns: columns.createdAt },
  { kind: "ClusterRoleBinding", ...cluster, schema: network.roleBinding, columns: columns.binding },
]);

const otherKinds = [
  ...family("coordination.k8s.io", "v1", [{ kind: "Lease", schema: core.lease, columns: columns.lease }]),
  ...family("apiextensions.k8s.io", "v1", [
    {
      kind: "CustomResourceDefinition",
      shortNames: ["crd", "crds"],
      categories: ["api-extensions"],
      ...cluster,
      verbs: ["get", "list", "watch"],
      schema: core.customResourceDefinition,
      columns: columns.createdAt,
    },
  ]),
  ...family("apiregistration.k8s.io", "v1", [
    {
      kind: "APIService",
      categories: ["api-extensions"],
      ...cluster,
      verbs: ["get", "list", "watch"],
      schema: core.apiService,
      columns: columns.apiService,
    },
  ]),
];

const disruptionKinds = family("policy", "v1", [
  {
    kind: "PodDisruptionBudget",
    shortNames: ["pdb"],
    ...status,
    generation: true,
    schema: podDisruptionBudget,
    columns: columns.podDisruptionBudget,
  },
]);

const policy = { generation: true, columns: columns.policy, selectable: ["spec.tier"] };

const calicoKinds = family("projectcalico.org", "v3", [
  { kind: "Tier", ...cluster, ...status, generation: true, schema: calico.tier, columns: columns.tier },
  {
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    shortNames: ["cnp", "caliconetworkpolicy", "caliconetworkpolicies"],
    ...policy,
    schema: calico.networkPolicy,
  },
  {
    kind: "GlobalNetworkPolicy",
    plural: "globalnetworkpolicies",
    shortNames: ["gnp", "cgnp"],
    ...cluster,
    ...policy,
    schema: calico.globalNetworkPolicy,
  },
  {
    kind: "StagedNetworkPolicy",
    plural: "stagednetworkpolicies",
    shortNames: ["scnp", "snp"],
    ...policy,
    schema: calico.stagedNetworkPolicy,
  },
  {
    kind: "StagedGlobalNetworkPolicy",
    plural: "stagedglobalnetworkpolicies",
    shortNames: ["sgnp"],
    ...cluster,
    ...policy,
    schema: calico.stagedGlobalNetworkPolicy,
  },
  {
    kind: "StagedKubernetesNetworkPolicy",
    plural: "stagedkubernetesnetworkpolicies",
    shortNames: ["sknp"],
    generation: true,
    schema: calico.stagedKubernetesNetworkPolicy,
  },
  { kind: "NetworkSet", shortNames: ["netsets"], generation: true, schema: calico.networkSet },
  { kind: "GlobalNetworkSet", shortNames: ["gns"], ...cluster, generation: true, schema: calico.networkSet },
  { kind: "IPPool", ...cluster, ...status, generation: true, schema: calico.ipPool, columns: columns.ipPool },
  { kind: "FelixConfiguration", ...cluster, generation: true, schema: calico.felixConfiguration },
  { kind: "BGPConfiguration", ...cluster, generation: true, schema: calico.bgpConfiguration },
  { kind: "BGPPeer", ...cluster, generation: true, schema: calico.bgpPeer, columns: columns.bgpPeer },
  {
    kind: "ClusterInformation",
    shortNames: ["clusterinfo", "clusterinfos"],
    ...cluster,
    generation: true,
    schema: calico.clusterInformation,
    columns: columns.clusterInformation,
  },
  {
    kind: "HostEndpoint",
    shortNames: ["hep", "heps"],
    ...cluster,
    generation: true,
    schema: calico.hostEndpoint,
    columns: columns.hostEndpoint,
  },
]);

const policyKinds = family("policy.networking.k8s.io", "v1alpha2", [
  {
    origin: "definition",
    kind: "ClusterNetworkPolicy",
    plural: "clusternetworkpolicies",
    shortNames: ["cnp"],
    ...cluster,
    ...status,
    generation: true,
    schema: clusterNetworkPolicy,
    columns: columns.clusterNetworkPolicy,
  },
]);

/** Calico's kinds as custom resources of the API server. */
const nativeKinds = calicoKinds.map((kind): Kind => ({ ...kind, origin: "definition" }));

/** Calico's kinds as its own API server answers them: no printed columns, and strategic merge patches. */
const aggregatedKinds = calicoKinds.map((kind): Kind => ({
  ...kind,
  columns: columns.createdAt,
  origin: "calico-server",
}));

/** Calico's kinds as it keeps them where its own API server serves them, or nothing does. */
const storageKinds = calicoKinds.map((kind): Kind => ({
  ...kind,
  group: calicoStorageGroup,
  version: "v1",
  shortNames: [],
  columns: [],
  selectable: [],
  subresources: [],
  origin: "definition",
}));

/** What every cluster serves and stores beside Calico's kinds. */
const commonKinds: readonly Kind[] = [
  ...coreKinds,
  ...appKinds,
  ...batchKinds,
  ...networkKinds,
  ...accessKinds,
  ...otherKinds,
  ...disruptionKinds,
];

/** Kinds that are stored: what controllers, the dataplane and the seed know, whatever a cluster serves of them. */
export const storedKinds: readonly Kind[] = [...commonKinds, ...nativeKinds, ...policyKinds];

const ask = { verbs: ["create"] as const, ...cluster };

/** Kinds that are answered and never stored. */
const reviewKinds: readonly Kind[] = [
  ...family("authentication.k8s.io", "v1", [
    { kind: "TokenReview", ...ask, schema: network.tokenReview },
    { kind: "SelfSubjectReview", ...ask, schema: network.selfSubjectReview },
  ]),
  ...family("authorization.k8s.io", "v1", [
    { kind: "SelfSubjectAccessReview", ...ask, schema: network.selfSubjectAccessReview },
    { kind: "SubjectAccessReview", ...ask, schema: network.subjectAccessReview },
    { kind: "SelfSubjectRulesReview", ...ask, schema: network.selfSubjectRulesReview },
  ]),
];

/** What a cluster serves. */
export interface KindRegistry {
  readonly calicoApi: CalicoApi;
  readonly kinds: readonly Kind[];
  /** In the order of discovery. */
  readonly groupVersions: readonly GroupVersion[];
  /** The kind that a path names by group, version and plural. */
  ofResource(group: string, version: string, plural: string): Kind | undefined;
  /** The kind that an object says it is. */
  ofObject(apiVersion: string, kind: string): Kind | undefined;
}

export type GroupVersion = Pick<Kind, "group" | "version">;

/** ClusterNetworkPolicy came with the Calico that serves its kinds natively. */
const kindsByStyle: Readonly<Record<CalicoApi, readonly Kind[]>> = {
  native: [...nativeKinds, ...policyKinds],
  aggregated: [...aggregatedKinds, ...storageKinds],
  "crd-only": storageKinds,
};

/** The kinds of a cluster with this style of Calico's API. */
export function registryOf(calicoApi: CalicoApi): KindRegistry {
  const kinds = [...commonKinds, ...kindsByStyle[calicoApi], ...reviewKinds];
  const byResource = new Map(kinds.map((kind) => [`${kind.version}/${resourceOf(kind)}`, kind]));
  const byObject = new Map(kinds.map((kind) => [`${apiVersionOf(kind)}/${kind.kind}`, kind]));
  return {
    calicoApi,
    kinds,
    groupVersions: [...new Map(kinds.map(({ group, version }) => [group, { group, version }])).values()],
    ofResource: (group, version, plural) => byResource.get(`${version}/${resourceOf({ group, plural })}`),
    ofObject: (apiVersion, kind) => byObject.get(`${apiVersion}/${kind}`),
  };
}

/** The stored kind that an object says it is. */
export function kindOfObject(apiVersion: string, kind: string): Kind | undefined {
  return storedKinds.find((known) => known.kind === kind && apiVersionOf(known) === apiVersion);
}
