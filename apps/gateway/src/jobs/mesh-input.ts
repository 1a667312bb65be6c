import type {
  MeshInventory,
  MeshSource,
  MeshSourceCluster,
  MeshSourceLabelled,
  MeshSourceManifest,
  MeshSourceOwned,
  MeshSourceOwner,
  MeshSourcePod,
} from "@isthmus/db";
import {
  protocolNumber,
  type MeshCluster,
  type MeshInput,
  type MeshPod,
  type MeshWorkload,
} from "@isthmus/policy-engine";
import { groupBy } from "@isthmus/std";

/**
 * What the compiler is told, from what the stores say. A cluster takes part once its first sync is whole: of a part of
 * its policies nobody can say whether a set would change what they mean.
 */
export function meshInput(source: MeshSource): MeshInput {
  const clusters = source.clusters.filter(({ synced }) => synced);
  const of = clusterContents(source, source.unmanaged);
  return meshOf(
    source,
    clusters.map((cluster) => meshCluster(cluster, of(cluster.id))),
  );
}

/** The mesh of clusters that are made already. */
export function meshOf(
  { tiers, policies, publications }: Pick<MeshSource, "tiers" | "policies" | "publications">,
  clusters: readonly MeshCluster[],
): MeshInput {
  const known = new Set(clusters.map(({ id }) => id));
  return {
    clusters,
    tiers,
    policies: policies.map((policy) => ({ ...policy, clusterIds: policy.clusterIds.filter((id) => known.has(id)) })),
    publications: publications.filter((each) => known.has(each.sourceClusterId) && known.has(each.targetClusterId)),
  };
}

/** What each cluster holds, by its id. */
export function clusterContents(
  inventory: MeshInventory,
  manifests: readonly MeshSourceManifest[],
): (clusterId: string) => ClusterContents {
  const owners = ownerIndex(inventory.owned);
  const labelled = groupBy(inventory.labelled, ({ clusterId }) => clusterId);
  const pods = groupBy(inventory.pods, ({ clusterId }) => clusterId);
  const unmanaged = groupBy(manifests, ({ clusterId }) => clusterId);
  return (id) => ({
    labelled: labelled.get(id) ?? [],
    pods: (pods.get(id) ?? []).map((pod) => meshPod(pod, owners)),
    unmanaged: unmanaged.get(id) ?? [],
  });
}

/** What one cluster holds, in the compiler's terms. */
export interface ClusterContents {
  readonly labelled: readonly MeshSourceLabelled[];
  readonly pods: readonly MeshPod[];
  readonly unmanaged: readonly MeshSourceManifest[];
}

/** A cluster as the compiler reads it. */
export function meshCluster(cluster: MeshSourceCluster, { labelled, pods, unmanaged }: ClusterContents): MeshCluster {
  const { id, name, labels, network, podCidrs, calicoApi } = cluster;
  return {
    id,
    name,
    labels,
    network,
    podCidrs,
    readOnly: calicoApi !== "projectcalico.org/v3",
    namespaces: labelled
      .filter(({ kind }) => kind === "Namespace")
      .map((each) => ({ name: each.name, labels: each.labels })),
    serviceAccounts: labelled
      .filter(({ kind }) => kind === "ServiceAccount")
      .map((each) => ({ namespace: each.namespace, name: each.name, labels: each.labels })),
    pods,
    unmanagedPolicies: unmanaged.filter(({ kind }) => kind !== "Tier").map(({ manifest }) => manifest),
    existingTiers: unmanaged.filter(({ kind }) => kind === "Tier").map(({ manifest }) => manifest),
  };
}

type Owners = ReadonlyMap<string, MeshSourceOwner>;

const ownerKey = (clusterId: string, namespace: string, { kind, name }: MeshSourceOwner): string =>
  `${clusterId}|${namespace}|${kind}|${name}`;

function ownerIndex(owned: readonly MeshSourceOwned[]): Owners {
  return new Map(owned.map((each) => [ownerKey(each.clusterId, each.namespace, each), each.owner]));
}

/** The workload that people know: the owner's owner where there is one (Deployment, CronJob), else the owner, else the pod. */
function workloadOf({ clusterId, namespace, name, owner }: MeshSourcePod, owners: Owners): MeshWorkload {
  if (owner === null) return { kind: "Pod", name };
  return owners.get(ownerKey(clusterId, namespace, owner)) ?? owner;
}

/** Phases in which a pod's address is its own no more. */
const FINISHED: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

function meshPod(pod: MeshSourcePod, owners: Owners): MeshPod {
  const { namespace, name, labels, serviceAccount, hostNetwork, phase, addresses, ports } = pod;
  return {
    namespace,
    name,
    labels,
    serviceAccount,
    addresses: hostNetwork || FINISHED.has(phase) ? [] : addresses,
    ports: ports.flatMap(({ name: portName, protocol, port }) => {
      const number = protocolNumber(protocol);
      return number === undefined ? [] : [{ name: portName, protocol: number, port }];
    }),
    workload: workloadOf(pod, owners),
  };
}
