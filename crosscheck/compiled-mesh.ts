import { compileMesh, type ClusterPlan, type MeshCluster } from "@isthmus/policy-engine";
import type { RandomMesh } from "../packages/policy-engine/src/testing/arbitrary-mesh";
import { FIXED_TIERS, type Cluster, type Manifest } from "./cluster";

const OUTSIDERS = ["192.168.1.1", "172.16.0.1", "10.2.0.3"];

/** A manifest of the mesh's or the compiler's making; both write whole objects. */
const asManifest = (value: unknown): Manifest => value as Manifest;

function clusterOf({ input, ownSets }: RandomMesh, cluster: MeshCluster, plan: ClusterPlan): Cluster {
  const remote = input.clusters.filter(({ id }) => id !== cluster.id).flatMap(({ pods }) => pods);
  const written = [...cluster.unmanagedPolicies, ...(ownSets.get(cluster.id) ?? [])];
  return {
    namespaces: cluster.namespaces,
    serviceAccounts: cluster.serviceAccounts ?? [],
    pods: cluster.pods.map(({ name, namespace, labels, serviceAccount, addresses }) => ({
      name,
      namespace,
      labels,
      serviceAccount: serviceAccount === "" ? "default" : serviceAccount,
      addresses,
      ports: [],
    })),
    services: [],
    manifests: [...FIXED_TIERS, ...[...written, ...plan.resources.map(({ manifest }) => manifest)].map(asManifest)],
    outsiders: [...remote.flatMap(({ addresses }) => addresses), ...OUTSIDERS],
  };
}

/** Each cluster of a mesh with its own policies and what the compiler writes into it: tiers, policies, network sets. */
export function compiledClusters(mesh: RandomMesh): readonly Cluster[] {
  const { clusters } = compileMesh(mesh.input);
  return mesh.input.clusters.flatMap((cluster) => {
    const plan = clusters.find(({ clusterId }) => clusterId === cluster.id);
    return plan === undefined ? [] : [clusterOf(mesh, cluster, plan)];
  });
}
