import { refName } from "../json/manifest-ref";
import { formatPath } from "../diagnostic";
import { labelMap } from "../selector/evaluate";
import { identityText, MANAGED_LABEL } from "./names";
import { failure, identityName, listNames } from "./problem";
import type { CandidateSet } from "./publish";
import type { MeshCluster, MeshProblem } from "./types";
import { readUnmanaged } from "./unmanaged";

/** Sets that may be published, and why others may not. */
export interface Vetted {
  readonly sets: readonly CandidateSet[];
  readonly problems: readonly MeshProblem[];
}

/** Sets that would change what a policy of the cluster's own does are not published; each such rule is named once. */
export function withoutHarmful(cluster: MeshCluster, candidates: readonly CandidateSet[]): Vetted {
  if (candidates.length === 0) return { sets: [], problems: [] };
  const unmanaged = readUnmanaged(cluster.unmanagedPolicies);
  if (unmanaged.problems.length > 0) return { sets: [], problems: unmanaged.problems };
  const labelled = candidates.map((set) => ({
    set,
    labels: labelMap(set.labels),
    ips: set.addresses.map(({ ip }) => ip),
  }));
  const harmful = new Set<CandidateSet>();
  const problems: MeshProblem[] = [];
  for (const peer of unmanaged.peers) {
    const hit = labelled.filter(({ labels, ips }) => peer.wouldMatch(labels, ips)).map(({ set }) => set);
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
  return { sets: candidates.filter(({ identity }) => !blocked.has(identityText(identity))), problems };
}

/** Two workloads whose names hash alike cannot both be published. */
export function withoutCollisions(sets: readonly CandidateSet[]): {
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
