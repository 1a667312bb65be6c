import { manifestHead, refName } from "../json/manifest-ref";
import { compareBytes } from "../text/order";
import { clusterView } from "./cluster-view";
import type { RemoteEndpoints } from "./compile-end";
import { managedName, type CompiledPolicy, type ReadablePolicy } from "./compile-policy";
import type { Mesh } from "./mesh";
import { failure, notice } from "./problem";
import type { MeshCluster, MeshProblem, MeshTier } from "./types";

/** A policy that will be placed on a cluster. */
export interface Placed extends CompiledPolicy {
  readonly readable: ReadablePolicy;
}

/** Tiers in the cluster that are not ours. */
function foreignTiers(cluster: MeshCluster): ReadonlySet<string> {
  return new Set(cluster.existingTiers.map((manifest) => manifestHead(manifest).ref.name));
}

function tierProblem(
  { policy, source }: ReadablePolicy,
  tiers: readonly MeshTier[],
  existing: ReadonlySet<string>,
): MeshProblem | undefined {
  const { policyId } = source;
  const path = ["spec", "tier"];
  const ours = tiers
    .map(({ name }) => `\`${name}\``)
    .sort(compareBytes)
    .join(", ");
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
export function placePolicies(
  mesh: Mesh,
  cluster: MeshCluster,
  remote: RemoteEndpoints | undefined,
): { placed: readonly Placed[]; problems: readonly MeshProblem[] } {
  const existing = foreignTiers(cluster);
  const placed = new Map<string, Placed>();
  const problems: MeshProblem[] = [];
  for (const policy of mesh.policiesOn(cluster.id)) {
    if ("problem" in policy) {
      problems.push(policy.problem);
      continue;
    }
    const obstacle = tierProblem(policy, mesh.input.tiers, existing) ?? namespaceProblem(policy, cluster);
    if (obstacle) {
      problems.push(obstacle);
      continue;
    }
    const compiled = mesh.compiled(policy, remote);
    problems.push(...compiled.problems);
    if (compiled.problems.some(({ severity }) => severity === "error")) continue;
    const key = `${compiled.ref.kind}/${compiled.ref.namespace}/${compiled.ref.name}`;
    if (placed.has(key)) {
      const message = `another policy is already placed as ${refName(compiled.ref)}`;
      problems.push(
        failure({ code: "duplicate-policy", message, hint: "rename one of them", policyId: policy.source.policyId }),
      );
    } else placed.set(key, compiled);
  }
  return { placed: [...placed.values()], problems };
}
