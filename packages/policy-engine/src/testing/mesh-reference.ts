import { HolderIndex } from "../evaluate/holders";
import type { Holder } from "../evaluate/packet";
import { buildWorld, type World } from "../evaluate/world";
import { MANAGED_LABEL } from "../federation/names";
import type { ClusterPlan, MeshCluster, MeshInput } from "../federation/types";
import type { JsonObject } from "../json/json";
import type { Policy } from "../model/policy";
import { cidrContains, cidrsOverlap, formatAddress, parseCidr, type Cidr, type IpAddress } from "../net/address";
import type { RandomMesh } from "./arbitrary-mesh";

// What the compiled policies are held to is worked out here from the mesh alone: none of the compiler's code is used.

function worldOf(mesh: RandomMesh, cluster: MeshCluster, placed: readonly JsonObject[]): World {
  const { namespaces, pods, serviceAccounts } = cluster;
  return buildWorld({
    namespaces,
    pods,
    ...(serviceAccounts && { serviceAccounts }),
    services: mesh.services.get(cluster.id) ?? [],
    manifests: [
      ...cluster.unmanagedPolicies,
      ...(mesh.ownSets.get(cluster.id) ?? []),
      ...(mesh.hosts.get(cluster.id) ?? []),
      ...placed,
    ],
  });
}

/** What the cluster itself sees: its own objects and what the plan wrote. */
export const compiledWorld = (mesh: RandomMesh, cluster: MeshCluster, plan: ClusterPlan): World =>
  worldOf(
    mesh,
    cluster,
    plan.resources.map(({ manifest }) => manifest),
  );

const tiersOf = ({ tiers }: MeshInput): readonly JsonObject[] =>
  tiers.map(({ name, order, defaultAction }) => ({
    apiVersion: "projectcalico.org/v3",
    kind: "Tier",
    metadata: { name },
    spec: { ...(order !== undefined && { order }), defaultAction },
  }));

/** The managed policies as their authors wrote them, under the names that they are placed with. */
function originals({ input }: RandomMesh, plan: ClusterPlan): readonly JsonObject[] {
  return plan.resources.flatMap(({ origin, ref }) => {
    if (origin.kind !== "policy") return [];
    const written = input.policies.find(({ policyId }) => policyId === origin.policyId)?.manifest as JsonObject;
    const metadata = { ...(written["metadata"] as JsonObject), name: ref.name, labels: { [MANAGED_LABEL]: "true" } };
    return [{ ...written, metadata }];
  });
}

const rangesOf = ({ podCidrs }: MeshCluster): readonly Cidr[] =>
  podCidrs.flatMap((text) => parseCidr(text)?.cidr ?? []);

/** Whether an address of the one cluster means the same endpoint in the other. */
export const hasRoute = (from: MeshCluster, to: MeshCluster): boolean =>
  from.network === to.network && !rangesOf(from).some((a) => rangesOf(to).some((b) => cidrsOverlap(a, b)));

const workload = (cluster: MeshCluster, pod: MeshCluster["pods"][number]): string =>
  `${cluster.id}/${pod.namespace}/${pod.workload.name}`;

/** Whether nobody else of its network has the address, and it lies where its cluster's pods are. */
function isSound(input: MeshInput, source: MeshCluster, pod: MeshCluster["pods"][number]) {
  const others = input.clusters.flatMap((cluster) =>
    cluster.network !== source.network
      ? []
      : cluster.pods.filter((other) => workload(cluster, other) !== workload(source, pod)),
  );
  const taken = new Set(others.flatMap((other) => other.addresses));
  return (address: IpAddress): boolean =>
    !taken.has(formatAddress(address)) && rangesOf(source).some((range) => cidrContains(range, address));
}

/** An endpoint of another cluster that a cluster may know. */
export interface RemoteEndpoint {
  readonly workload: string;
  readonly holder: Holder;
  readonly addresses: readonly IpAddress[];
}

/** Endpoints of other clusters that have a route to a cluster: all, or those that a person approved to be known there. */
export function remoteEndpoints(
  mesh: RandomMesh,
  target: MeshCluster,
  which: "all" | "approved",
): readonly RemoteEndpoint[] {
  const { input } = mesh;
  const approved = new Set(
    input.publications
      .filter(({ targetClusterId }) => targetClusterId === target.id)
      .map(({ sourceClusterId, namespace }) => `${sourceClusterId}/${namespace}`),
  );
  return input.clusters.flatMap((source) => {
    if (source.id === target.id || !hasRoute(source, target)) return [];
    const { endpoints } = worldOf(mesh, source, []);
    return source.pods.flatMap((pod, index): readonly RemoteEndpoint[] => {
      const endpoint = endpoints[index];
      if (!endpoint || (which === "approved" && !approved.has(`${source.id}/${pod.namespace}`))) return [];
      const addresses = which === "all" ? endpoint.addresses : endpoint.addresses.filter(isSound(input, source, pod));
      return [{ workload: workload(source, pod), holder: endpoint, addresses }];
    });
  });
}

export const isManaged = (policy: Policy | undefined): boolean => policy?.labels[MANAGED_LABEL] === "true";

function indexOf(endpoints: readonly RemoteEndpoint[]): HolderIndex {
  const index = new HolderIndex();
  for (const { holder, addresses } of endpoints) for (const address of addresses) index.addAddress(address, holder);
  return index;
}

/** Policies of the cluster's own of which a person accepted that sets change what they do. */
const acceptedNames = ({ input }: RandomMesh, { id }: MeshCluster): ReadonlySet<string> =>
  new Set(
    (input.accepted ?? []).filter(({ clusterId }) => clusterId === id).map(({ ref }) => `${ref.namespace}/${ref.name}`),
  );

/**
 * The meaning: the same policies in the same order, the managed ones' peers resolved over the mesh, the cluster's own
 * over the cluster alone; where a person accepted a difference, over the published sets too.
 */
export function referenceWorld(
  mesh: RandomMesh,
  cluster: MeshCluster,
  { plan, remote }: { readonly plan: ClusterPlan; readonly remote: readonly RemoteEndpoint[] },
): World {
  const local = worldOf(mesh, cluster, [...tiersOf(mesh.input), ...originals(mesh, plan)]);
  const [endpoints, compiled] = [indexOf(remote), compiledWorld(mesh, cluster, plan)];
  const accepted = acceptedNames(mesh, cluster);
  const overMesh = new Map<IpAddress, readonly Holder[]>();
  return {
    ...local,
    holdersOf: (address, policy) => {
      if (isManaged(policy)) {
        const known = overMesh.get(address);
        const holders = known ?? [...local.holdersOf(address, policy), ...endpoints.holdersOf(address)];
        if (!known) overMesh.set(address, holders);
        return holders;
      }
      const sees = policy !== undefined && accepted.has(`${policy.ref.namespace}/${policy.ref.name}`);
      return (sees ? compiled : local).holdersOf(address, policy);
    },
  };
}
