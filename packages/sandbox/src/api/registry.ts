import * as columns from "./columns";
import { apiVersionOf, everyVerb, type Kind } from "./kinds";
import * as calico from "./schema/calico";
import { podDisruptionBudget } from "./schema/disruption";
import { clusterNetworkPolicy } from "./schema/cluster-network-policy";
import * as core from "./schema/core";
import * as network from "./schema/network";
import * as workloads from "./schema/workloads";
import type { ObjectSchema } from "./schema/types";

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
      "involvedObject.name",
      "involvedObject.namespace",
      "involvedObject.kind",
      "involvedObject.uid",
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
  ]),
];

const accessKinds = family("rbac.authorization.k8s.io", "v1", [
  { kind: "Role", schema: network.role },
  { kind: "RoleBinding", schema: network.roleBinding, columns: columns.binding },
  { kind: "ClusterRole", ...cluster, schema: network.clusterRole },
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

/** Kinds that are stored and served with the usual verbs. */
export const storedKinds: readonly Kind[] = [
  ...coreKinds,
  ...appKinds,
  ...batchKinds,
  ...networkKinds,
  ...accessKinds,
  ...otherKinds,
  ...calicoKinds,
  ...policyKinds,
  ...disruptionKinds,
];

const ask = { verbs: ["create"] as const, ...cluster };

/** Kinds that are answered and never stored. */
export const reviewKinds: readonly Kind[] = [
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

export const servedKinds: readonly Kind[] = [...storedKinds, ...reviewKinds];

/** The groups and versions that are served, in the order of discovery. */
export const groupVersions: readonly { readonly group: string; readonly version: string }[] = [
  ...new Map(servedKinds.map(({ group, version }) => [group, { group, version }])).values(),
];

/** The kind that a path names by group, version and plural. */
export function kindOfResource(group: string, version: string, plural: string): Kind | undefined {
  return servedKinds.find((kind) => kind.group === group && kind.version === version && kind.plural === plural);
}

/** The kind that an object says it is. */
export function kindOfObject(apiVersion: string, kind: string): Kind | undefined {
  return servedKinds.find((known) => known.kind === kind && apiVersionOf(known) === apiVersion);
}
