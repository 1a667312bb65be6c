import { compareBytes } from "../text/order";
import { plan, policyDraft, setDraft, tierDraft } from "./drafts";
import { withoutCollisions, withoutHarmful } from "./harmless";
import { byPolicyId, placePolicies, readMesh, type Mesh } from "./place";
import { failure, notice } from "./problem";
import { approvalsFor } from "./approved";
import { candidateSets, remoteEndpoints } from "./publish";
import type { ClusterPlan, MeshCluster, MeshInput, MeshPlan, MeshProblem, PublishedSet } from "./types";
import { readUnmanaged } from "./unmanaged";
import { unpublishedPeers } from "./unpublished";

function readOnlyPlan(mesh: Mesh, cluster: MeshCluster): ClusterPlan {
  const { policies, publications } = mesh.input;
  const wanted =
    policies.some(({ clusterIds }) => clusterIds.includes(cluster.id)) ||
    publications.some(({ targetClusterId }) => targetClusterId === cluster.id);
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
  const federated = input.publications.some(
    (p) => p.targetClusterId === cluster.id && p.sourceClusterId !== cluster.id,
  );
  const approvals = approvalsFor(input, cluster);
  const { placed, problems } = placePolicies(mesh, cluster, federated ? remoteEndpoints(approvals) : undefined);
  const candidates = candidateSets(approvals, {
    peers: placed.flatMap(({ peers }) => peers),
    disputed: mesh.disputes.get(cluster.network) ?? new Map(),
  });
  const harmless = withoutHarmful(candidates.sets, readUnmanaged(cluster, input.accepted ?? []));
  const { sets, problems: collided } = withoutCollisions(harmless.sets);
  const used = new Set(placed.map(({ tier }) => tier));
  const tiers = input.tiers.filter(({ name }) => used.has(name)).sort((a, b) => compareBytes(a.name, b.name));
  const drafts = [...tiers.map(tierDraft), ...sets.map(setDraft), ...placed.map(policyDraft)];
  const all = [
    ...problems,
    ...approvals.problems,
    ...candidates.problems,
    ...harmless.problems,
    ...collided,
    ...unpublishedPeers(input, cluster, {
      placed,
      sets,
      covered: new Set(approvals.approved.flatMap(({ pods }) => pods)),
    }),
  ];
  return {
    clusterId: cluster.id,
    resources: drafts.map((draft) => plan(draft)),
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
