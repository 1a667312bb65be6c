import { compareBytes } from "../text/order";
import { plan, setDraft } from "./drafts";
import { withoutCollisions, withoutHarmful } from "./harmless";
import { byPolicyId, readMesh, type Mesh } from "./mesh";
import { placePolicies } from "./place";
import { failure, notice } from "./problem";
import { approvalsFor } from "./approved";
import { candidateSets, remoteEndpoints } from "./publish";
import type { ClusterPlan, MeshCluster, MeshInput, MeshPlan, MeshProblem, PublishedSet } from "./types";
import { readUnmanaged } from "./unmanaged";
import { unpublishedPeers } from "./unpublished";

function readOnlyPlan(mesh: Mesh, cluster: MeshCluster): ClusterPlan {
  const wanted = mesh.policiesOn(cluster.id).length > 0 || mesh.publicationsInto(cluster.id).length > 0;
  const problem = failure({
    code: "read-only-cluster",
    message: `nothing is written to \`${cluster.name}\`: it serves crd.projectcalico.org/v1 alone`,
    hint: "install Calico's API server, or Calico with native v3 resources",
    clusterId: cluster.id,
  });
  return { clusterId: cluster.id, resources: [], publishedSets: [], problems: wanted ? [problem] : [] };
}

function compileCluster(mesh: Mesh, cluster: MeshCluster): ClusterPlan {
  if (cluster.readOnly) return readOnlyPlan(mesh, cluster);
  const { input } = mesh;
  const federated = mesh.publicationsInto(cluster.id).some(({ sourceClusterId }) => sourceClusterId !== cluster.id);
  const approvals = approvalsFor(mesh, cluster);
  const { placed, problems } = placePolicies(mesh, cluster, federated ? remoteEndpoints(approvals) : undefined);
  const candidates = candidateSets(approvals, {
    peers: placed.flatMap(({ peers }) => peers),
    disputed: () => mesh.disputedIn(cluster.network),
  });
  const harmless = withoutHarmful(candidates.sets, () => readUnmanaged(cluster, input.accepted ?? []));
  const { sets, problems: collided } = withoutCollisions(harmless.sets);
  const used = new Set(placed.map(({ tier }) => tier));
  const tiers = mesh.tiers.filter(({ ref }) => used.has(ref.name));
  const all = [
    ...problems,
    ...approvals.problems,
    ...candidates.problems,
    ...harmless.problems,
    ...collided,
    ...unpublishedPeers(mesh, cluster, {
      placed,
      sets,
      covered: new Set(approvals.approved.flatMap(({ pods }) => pods)),
    }),
  ];
  return {
    clusterId: cluster.id,
    resources: [...tiers, ...sets.map((set) => plan(setDraft(set))), ...placed.map(mesh.planned)],
    publishedSets: sets.map(({ name, identity, shard }): PublishedSet => ({ name, shard, ...identity })),
    problems: all.map((problem) => ({ ...problem, clusterId: cluster.id })),
  };
}

function strayProblems(input: MeshInput): readonly MeshProblem[] {
  const known = new Set(input.clusters.map(({ id }) => id));
  return [...input.policies].sort(byPolicyId).flatMap(({ policyId, clusterIds }) =>
    clusterIds
      .filter((id) => !known.has(id))
      .map((clusterId) => {
        const message = `the policy is placed on cluster \`${clusterId}\`, which is not in the mesh`;
        return notice({ code: "unknown-cluster", message, policyId, clusterId });
      }),
  );
}

/**
 * Compiles a mesh into what each cluster should hold (decision 7). Pure: the same input gives the same plan, in
 * whatever order its lists are. Objects of the input must not be changed afterwards, since clusters that come back as
 * the same object are not read again.
 */
export function compileMesh(input: MeshInput): MeshPlan {
  const clusters = [...input.clusters].sort((a, b) => compareBytes(a.id, b.id));
  const mesh = readMesh({ ...input, clusters });
  return { clusters: clusters.map((cluster) => compileCluster(mesh, cluster)), problems: strayProblems(input) };
}
