import type { JsonObject } from "../json/json";
import type { FieldPath } from "../diagnostic";
import type { EndpointPort } from "../model/policy";
import type { Labels, ResourceRef } from "../model/resource";

/** A namespace as policies see it. */
export interface MeshNamespace {
  readonly name: string;
  readonly labels: Labels;
}

/** A service account as policies see it. */
export interface MeshServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

/** The controller that owns a pod, as people know it: `Deployment` and its name, or `Pod` and its own name. */
export interface MeshWorkload {
  readonly kind: string;
  readonly name: string;
}

/** A pod with its addresses; a pod without an address (host network, pending, finished) has an empty list. */
export interface MeshPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  /** IPv4 or IPv6 addresses without a prefix length. */
  readonly addresses: readonly string[];
  /** Named container ports; absent where the agent does not report them: then rules cannot name them across clusters. */
  readonly ports?: readonly EndpointPort[];
  readonly workload: MeshWorkload;
}

/** One cluster of the mesh, as its agent reports it. */
export interface MeshCluster {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** Name of the routable network: pod addresses mean the same endpoint within one network, and nothing across two. */
  readonly network: string;
  readonly podCidrs: readonly string[];
  /** True where only `crd.projectcalico.org/v1` is served: nothing is written there. */
  readonly readOnly: boolean;
  readonly namespaces: readonly MeshNamespace[];
  readonly pods: readonly MeshPod[];
  /** Absent where the agent does not report them: a service account then has no labels but its implied name. */
  readonly serviceAccounts?: readonly MeshServiceAccount[];
  /** Manifests of policies in the cluster that are not ours (by UID, not by label): Calico v3, Kubernetes and ClusterNetworkPolicy. */
  readonly unmanagedPolicies: readonly unknown[];
  /** Manifests of the tiers (`projectcalico.org/v3` Tier) that exist in the cluster and are not ours (by UID). */
  readonly existingTiers: readonly unknown[];
}

/** A tier that Isthmus owns. `order` absent means last. */
export interface MeshTier {
  readonly name: string;
  readonly order?: number;
  readonly defaultAction: "Deny" | "Pass";
}

/** An approved policy revision and the clusters that it was placed on. */
export interface MeshPolicy {
  readonly policyId: string;
  readonly revisionId: string;
  /** The approval. The same revision approved once more is to be written once more, over what others changed. */
  readonly applicationId: string;
  /** A Calico v3 NetworkPolicy, GlobalNetworkPolicy or one of their staged kinds, as written by its author. */
  readonly manifest: unknown;
  readonly clusterIds: readonly string[];
}

/** A person's approval to publish the identities of a namespace of one cluster into another. */
export interface Publication {
  readonly sourceClusterId: string;
  readonly namespace: string;
  readonly targetClusterId: string;
}

/**
 * A person's leave to publish though a policy of the cluster's own would then judge otherwise. It holds for that policy
 * as it was when the person saw it: a change of the policy makes it void.
 */
export interface AcceptedDifference {
  readonly clusterId: string;
  readonly ref: ResourceRef;
  /** The `fingerprint` of the problem that told of the difference. */
  readonly fingerprint: string;
}

/** Everything that decides what each cluster should hold. The order of its lists does not matter. */
export interface MeshInput {
  readonly clusters: readonly MeshCluster[];
  readonly tiers: readonly MeshTier[];
  readonly policies: readonly MeshPolicy[];
  readonly publications: readonly Publication[];
  /** Absent: nothing was accepted. */
  readonly accepted?: readonly AcceptedDifference[];
}

/** A workload that is published: cluster, namespace and controller. */
export interface WorkloadIdentity {
  readonly sourceClusterId: string;
  readonly namespace: string;
  readonly workloadKind: string;
  readonly workloadName: string;
}

/** Why a resource is in the plan. */
export type ResourceOrigin =
  | { readonly kind: "tier"; readonly tier: string }
  | ({ readonly kind: "identity"; readonly shard: number } & WorkloadIdentity)
  | {
      readonly kind: "policy";
      readonly policyId: string;
      readonly revisionId: string;
      readonly applicationId: string;
    };

/** One object that the cluster should hold. */
export interface PlannedResource {
  readonly ref: ResourceRef;
  /** The whole manifest with keys in canonical order. */
  readonly manifest: JsonObject;
  /** Hex SHA-256 of the manifest's canonical JSON. */
  readonly hash: string;
  /** Place in the apply plan: tiers, sets, policies; what shares a place does not depend on each other (`orderPlan`). */
  readonly position: number;
  readonly origin: ResourceOrigin;
}

/** A GlobalNetworkSet that holds addresses of one remote workload, and whose it is. */
export interface PublishedSet extends WorkloadIdentity {
  /** Name of the GlobalNetworkSet. */
  readonly name: string;
  readonly shard: number;
}

/** Codes of what the compiler could not do; each is final, nothing is truncated or guessed. */
export type MeshProblemCode =
  | "invalid-policy"
  | "unsupported-policy"
  | "unknown-cluster"
  | "unknown-tier"
  | "tier-not-ours"
  | "duplicate-policy"
  | "read-only-cluster"
  | "namespace-absent"
  | "overlapping-pod-ranges"
  | "different-networks"
  | "address-outside-pod-ranges"
  | "invalid-address"
  | "ambiguous-address"
  | "would-change-unmanaged-policy"
  | "unknown-unmanaged-policy"
  | "peer-not-published"
  | "too-many-rules"
  | "selector-too-long"
  | "name-too-long"
  | "identity-collision";

/** Something the plan could not honour, as a sentence for a person. `error`: something was left out; `warning`: it waits or has a gap. */
export interface MeshProblem {
  readonly code: MeshProblemCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint?: string;
  readonly clusterId?: string;
  readonly policyId?: string;
  /** Field of the policy's manifest, where the problem has one. */
  readonly path?: FieldPath;
  /** The object in the cluster that the problem is about, as `would-change-unmanaged-policy` names its policy. */
  readonly ref?: ResourceRef;
  /** Names the content of that object: what a person who accepts the difference accepts. */
  readonly fingerprint?: string;
  /** The published workload that the problem is about. */
  readonly identity?: WorkloadIdentity;
}

/** What one cluster should hold. */
export interface ClusterPlan {
  readonly clusterId: string;
  readonly resources: readonly PlannedResource[];
  readonly publishedSets: readonly PublishedSet[];
  readonly problems: readonly MeshProblem[];
}

/** The desired state of every cluster of the mesh, in the order of the clusters' ids. */
export interface MeshPlan {
  readonly clusters: readonly ClusterPlan[];
  /** What belongs to no cluster of the input, such as a placement on a cluster that is not there. */
  readonly problems: readonly MeshProblem[];
}
