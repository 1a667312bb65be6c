import { parseResource } from "../decode/parse-resource";
import { formatPath } from "../diagnostic";
import { canonicalizeObject, contentHash } from "../json/canonical";
import type { JsonObject } from "../json/json";
import { labelMap } from "../selector/evaluate";
import { printSelector } from "../selector/printer";
import { compareBytes } from "../text/order";
import { clusterView, selectedPods, type PodView } from "./cluster-view";
import {
  compilePolicy,
  managedName,
  readManagedPolicy,
  type CompiledPolicy,
  type ReadablePolicy,
} from "./compile-policy";
import { identityText, MANAGED_LABEL } from "./names";
import { failure, identityName, listNames, notice } from "./problem";
import { candidateSets, netOf, type CandidateSet, type Candidates } from "./publish";
import type {
  ClusterPlan,
  MeshCluster,
  MeshInput,
  MeshPlan,
  MeshProblem,
  MeshTier,
  PlannedResource,
  PublishedSet,
  ResourceOrigin,
} from "./types";
import { readUnmanaged, refName } from "./unmanaged";

const CALICO = "projectcalico.org/v3";

/** What is the same for every cluster. */
interface Mesh {
  readonly input: MeshInput;
  readonly policies: readonly (
    ReadablePolicy | { readonly problem: MeshProblem; readonly clusterIds: readonly string[] }
  )[];
}

/** A policy that will be placed on a cluster. */
interface Placed extends CompiledPolicy {
  readonly readable: ReadablePolicy;
}

const byPolicyId = (a: { readonly policyId: string; readonly revisionId: string }, b: typeof a): number =>
  compareBytes(a.policyId, b.policyId) || compareBytes(a.revisionId, b.revisionId);

function readMesh(input: MeshInput): Mesh {
  const policies = [...input.policies].sort(byPolicyId).map((source) => {
    const read = readManagedPolicy(source);
    return "problem" in read ? { ...read, clusterIds: source.clusterIds } : read;
  });
  return { input, policies };
}

function existingTierNames(cluster: MeshCluster): ReadonlySet<string> {
  const names = cluster.existingTiers.flatMap((manifest) => {
    const parsed = parseResource(manifest, "cluster");
    if (!parsed.ok || parsed.value.resource.resource !== "tier") return [];
    const { name, labels } = parsed.value.resource;
    return labels[MANAGED_LABEL] === "true" ? [] : [name];
  });
  return new Set(names);
}

function tierProblem(
  { policy, source }: ReadablePolicy,
  tiers: readonly MeshTier[],
  existing: ReadonlySet<string>,
): MeshProblem | undefined {
  const { policyId } = source;
  const path = ["spec", "tier"];
  const ours = tiers.map(({ name }) => `\`${name}\``).join(", ");
  if (!tiers.some(({ name }) => name === policy.tier)) {
    const message = `tier \`${policy.tier}\` is not one that Isthmus manages`;
    const hint = ours === "" ? "make a tier first" : `set spec.tier to one of ${ours}`;
    return failure({ code: "unknown-tier", message, hint, policyId, path });
  }
  if (!existing.has(policy.tier)) return undefined;
  const message = `the cluster has a tier \`${policy.tier}\` that is not ours`;
  return failure({ code: "tier-not-ours", message, hint: "use another name, or remove that tier", policyId, path });
}

function namespaceProblem({ policy, source }: ReadablePolicy, cluster: MeshCluster): MeshProblem | undefined {
  if (policy.namespace === "" || clusterView(cluster).namespaces.has(policy.namespace)) return undefined;
  return notice({
    code: "namespace-absent",
    message: `\`${managedName(policy)}\` waits: \`${cluster.name}\` has no namespace \`${policy.namespace}\``,
    hint: "it is applied as soon as the namespace is there",
    policyId: source.policyId,
    path: ["metadata", "namespace"],
  });
}

/** The policies of a cluster, compiled, and what kept others away. */
function placePolicies(
  mesh: Mesh,
  cluster: MeshCluster,
  federated: boolean,
): { placed: readonly Placed[]; problems: readonly MeshProblem[] } {
  const existing = existingTierNames(cluster);
  const placed = new Map<string, Placed>();
  const problems: MeshProblem[] = [];
  for (const policy of mesh.policies) {
    const clusterIds = "problem" in policy ? policy.clusterIds : policy.source.clusterIds;
    if (!clusterIds.includes(cluster.id)) continue;
    if ("problem" in policy) {
      problems.push(policy.problem);
      continue;
    }
    const obstacle = tierProblem(policy, mesh.input.tiers, existing) ?? namespaceProblem(policy, cluster);
    if (obstacle) {
      problems.push(obstacle);
      continue;
    }
    const compiled = compilePolicy(policy, federated);
    problems.push(...compiled.problems);
    if (compiled.problems.some(({ severity }) => severity === "error")) continue;
    const key = `${compiled.ref.kind}/${compiled.ref.namespace}/${compiled.ref.name}`;
    if (placed.has(key)) {
      const message = `another policy is already placed as ${refName(compiled.ref)}`;
      problems.push(
        failure({ code: "duplicate-policy", message, hint: "rename one of them", policyId: policy.source.policyId }),
      );
    } else placed.set(key, { ...compiled, readable: policy });
  }
  return { placed: [...placed.values()], problems };
}

/** Sets that would change what a policy of the cluster's own does are not published; each such rule is named once. */
function withoutHarmful(
  cluster: MeshCluster,
  candidates: Candidates,
): { sets: readonly CandidateSet[]; problems: readonly MeshProblem[] } {
  if (candidates.sets.length === 0) return { sets: [], problems: [] };
  const unmanaged = readUnmanaged(cluster.unmanagedPolicies);
  if (unmanaged.problems.length > 0) return { sets: [], problems: unmanaged.problems };
  const labelled = candidates.sets.map((set) => ({ set, labels: labelMap(set.labels) }));
  const harmful = new Set<CandidateSet>();
  const problems: MeshProblem[] = [];
  for (const peer of unmanaged.peers) {
    const hit = labelled.filter(({ set, labels }) => peer.wouldMatch(labels, set.addresses)).map(({ set }) => set);
    if (hit.length === 0) continue;
    const names = [...new Set(hit.map(({ identity }) => identityName(identity)))];
    const [only] = names.length === 1 ? hit : [];
    const place = `${formatPath(peer.path)} of ${refName(peer.ref)}`;
    const problem = {
      code: "would-change-unmanaged-policy" as const,
      ref: peer.ref,
      path: peer.path,
      ...(only && { identity: only.identity }),
    };
    problems.push(
      failure({
        ...problem,
        message: `${listNames(names)} cannot be published here: ${place} would match, and a ${peer.staged ? "pending " : ""}verdict could change`,
        hint: `narrow the rule, for instance with && !has(${MANAGED_LABEL})`,
      }),
    );
    for (const set of hit) harmful.add(set);
  }
  // A workload is published whole or not at all: half of its addresses would be a false identity.
  const blocked = new Set([...harmful].map(({ identity }) => identityText(identity)));
  return { sets: candidates.sets.filter(({ identity }) => !blocked.has(identityText(identity))), problems };
}

/** Remote workloads that a placed policy's peers select and that are not published here, so that its rules miss them. */
function unpublishedPeers(
  input: MeshInput,
  cluster: MeshCluster,
  found: { readonly placed: readonly Placed[]; readonly sets: readonly CandidateSet[] },
): readonly MeshProblem[] {
  const published = new Set(found.sets.map(({ identity }) => identityText(identity)));
  const problems: MeshProblem[] = [];
  for (const { peers, readable, ref } of found.placed) {
    const distinct = new Map(peers.map((peer) => [printSelector(peer.selector), peer]));
    for (const other of input.clusters) {
      if (other.id === cluster.id) continue;
      const missed = new Set<string>();
      for (const { selector } of distinct.values()) {
        for (const view of selectedPods(clusterView(other), selector)) {
          if (hasAddress(view) && !published.has(identityText(view.identity))) missed.add(identityName(view.identity));
        }
      }
      if (missed.size === 0) continue;
      problems.push(
        notice({
          code: "peer-not-published",
          message: `\`${ref.name}\` speaks of ${listNames([...missed].sort(compareBytes))} in \`${other.name}\`, which is not published to \`${cluster.name}\`: its rules do not reach it there`,
          hint: "approve the publication of that namespace",
          policyId: readable.source.policyId,
        }),
      );
    }
  }
  return problems;
}

const hasAddress = (view: PodView): boolean => view.addresses.length > 0;

interface Draft {
  readonly manifest: JsonObject;
  readonly origin: ResourceOrigin;
}

function tierDraft({ name, order, defaultAction }: MeshTier): Draft {
  return {
    manifest: {
      apiVersion: CALICO,
      kind: "Tier",
      metadata: { name, labels: { [MANAGED_LABEL]: "true" } },
      spec: { ...(order !== undefined && { order }), defaultAction },
    },
    origin: { kind: "tier", tier: name },
  };
}

function setDraft({ name, labels, addresses, identity, shard }: CandidateSet): Draft {
  return {
    manifest: {
      apiVersion: CALICO,
      kind: "GlobalNetworkSet",
      metadata: { name, labels },
      spec: { nets: addresses.map(netOf) },
    },
    origin: { kind: "identity", shard, ...identity },
  };
}

function policyDraft({ manifest, readable }: Placed): Draft {
  const { policyId, revisionId } = readable.source;
  return { manifest, origin: { kind: "policy", policyId, revisionId } };
}

function plan(draft: Draft, position: number): PlannedResource {
  const manifest = canonicalizeObject(draft.manifest);
  const metadata = manifest["metadata"] as JsonObject;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    ref: {
      apiVersion: CALICO,
      kind: text(manifest["kind"]),
      namespace: text(metadata["namespace"]),
      name: text(metadata["name"]),
    },
    manifest,
    hash: contentHash(manifest),
    position,
    origin: draft.origin,
  };
}

function collisions(sets: readonly CandidateSet[]): {
  sets: readonly CandidateSet[];
  problems: readonly MeshProblem[];
} {
  const owner = new Map<string, string>();
  const problems: MeshProblem[] = [];
  const kept = sets.filter(({ name, identity }) => {
    const text = identityText(identity);
    const first = owner.get(name);
    if (first === undefined) owner.set(name, text);
    if (first === undefined || first === text) return true;
    const message = `\`${text}\` cannot be published: the name \`${name}\` already belongs to \`${first}\``;
    problems.push(failure({ code: "identity-collision", message, identity }));
    return false;
  });
  return { sets: kept, problems };
}

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
  const { placed, problems } = placePolicies(mesh, cluster, federated);
  const candidates = candidateSets(
    input,
    cluster,
    placed.flatMap(({ peers }) => peers.map((p) => p.selector)),
  );
  const harmless = withoutHarmful(cluster, candidates);
  const { sets, problems: collided } = collisions(harmless.sets);
  const used = new Set(placed.map(({ tier }) => tier));
  const tiers = input.tiers.filter(({ name }) => used.has(name)).sort((a, b) => compareBytes(a.name, b.name));
  const drafts = [...tiers.map(tierDraft), ...sets.map(setDraft), ...placed.map(policyDraft)];
  const all = [
    ...problems,
    ...candidates.problems,
    ...harmless.problems,
    ...collided,
    ...unpublishedPeers(input, cluster, { placed, sets }),
  ];
  return {
    clusterId: cluster.id,
    resources: drafts.map(plan),
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
