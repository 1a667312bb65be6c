import { compileMesh, type ClusterPlan, type MeshCluster } from "@isthmus/policy-engine";
import type { RandomMesh } from "../packages/policy-engine/src/testing/arbitrary-mesh";
import { FIXED_TIERS, PROTOCOLS, type Cluster, type Manifest } from "./cluster";

const OUTSIDERS = ["192.168.1.1", "172.16.0.1", "10.2.0.3"];

/** A manifest of the mesh's or the compiler's making; both write whole objects. */
const asManifest = (value: unknown): Manifest => value as Manifest;

const protocolOf = (protocol: number): "TCP" | "UDP" => (protocol === PROTOCOLS.UDP ? "UDP" : "TCP");

const servicesOf = ({ services }: RandomMesh, { id }: MeshCluster): Cluster["services"] =>
  (services.get(id) ?? []).map(({ namespace, name, targets }) => ({
    namespace,
    name,
    addresses: targets.map(({ address }) => address),
    protocol: "TCP",
    port: targets[0]?.port ?? 0,
  }));

function clusterOf(mesh: RandomMesh, cluster: MeshCluster, plan: ClusterPlan): Cluster {
  const { input, ownSets } = mesh;
  const remote = input.clusters.filter(({ id }) => id !== cluster.id).flatMap(({ pods }) => pods);
  const written = [...cluster.unmanagedPolicies, ...(ownSets.get(cluster.id) ?? [])];
  return {
    namespaces: cluster.namespaces,
    serviceAccounts: cluster.serviceAccounts ?? [],
    pods: cluster.pods.map(({ name, namespace, labels, serviceAccount, addresses, ports }) => ({
      name,
      namespace,
      labels,
      serviceAccount: serviceAccount === "" ? "default" : serviceAccount,
      addresses,
      ports: (ports ?? []).map((port) => ({
        name: port.name,
        protocol: protocolOf(port.protocol),
        containerPort: port.port,
      })),
    })),
    services: servicesOf(mesh, cluster),
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
