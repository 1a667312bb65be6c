import { refName } from "../json/manifest-ref";
import { formatPath } from "../diagnostic";
import { labelMap } from "../selector/evaluate";
import type { CandidateSet } from "./candidate-sets";
import { identityText, MANAGED_LABEL } from "./names";
import { failure, identityName, listNames, notice } from "./problem";
import type { MeshProblem } from "./types";
import type { UnmanagedPeer, UnmanagedPolicies } from "./unmanaged";

/** Sets that may be published, and why others may not. */
export interface Vetted {
  readonly sets: readonly CandidateSet[];
  readonly problems: readonly MeshProblem[];
}

function differenceProblem(peer: UnmanagedPeer, hit: readonly CandidateSet[]): MeshProblem {
  const { source, path } = peer;
  const { ref, fingerprint, leave } = source;
  const names = [...new Set(hit.map(({ identity }) => identityName(identity)))];
  const [only] = names.length === 1 ? hit : [];
  const effect = `${formatPath(path)} of ${refName(ref)} would match, and a ${peer.staged ? "pending " : ""}verdict could change`;
  const problem = {
    code: "would-change-unmanaged-policy" as const,
    ref,
    path,
    fingerprint,
    ...(only && { identity: only.identity }),
  };
  if (leave === "accepted") {
    const message = `${listNames(names)} is published here though ${effect}: a person accepted that`;
    return notice({ ...problem, message, hint: "withdraw the acceptance to publish nothing that the rule matches" });
  }
  const changed = leave === "outdated" ? "; the policy has changed since a person accepted the difference" : "";
  return failure({
    ...problem,
    message: `${listNames(names)} cannot be published here: ${effect}${changed}`,
    hint: `narrow the rule, for instance with && !has(${MANAGED_LABEL}), or accept the difference`,
  });
}

/**
 * Sets that would change what a policy of the cluster's own does are not published, unless a person accepted that; each
 * such rule is named once.
 */
export function withoutHarmful(candidates: readonly CandidateSet[], read: () => UnmanagedPolicies): Vetted {
  if (candidates.length === 0) return { sets: [], problems: [] };
  const unmanaged = read();
  if (unmanaged.problems.some(({ severity }) => severity === "error")) {
    return { sets: [], problems: unmanaged.problems };
  }
  const labelled = candidates.map((set) => ({
    set,
    labels: labelMap(set.labels),
    ips: set.addresses.map(({ ip }) => ip),
  }));
  const harmful = new Set<CandidateSet>();
  const problems: MeshProblem[] = [...unmanaged.problems];
  for (const peer of unmanaged.peers) {
    const hit = labelled.filter(({ labels, ips }) => peer.wouldMatch(labels, ips)).map(({ set }) => set);
    if (hit.length === 0) continue;
    const problem = differenceProblem(peer, hit);
    problems.push(problem);
    if (problem.severity === "error") for (const set of hit) harmful.add(set);
  }
  // A workload is published whole or not at all: half of its addresses would be a false identity.
  const blocked = new Set([...harmful].map(({ identity }) => identityText(identity)));
  return { sets: candidates.filter(({ identity }) => !blocked.has(identityText(identity))), problems };
}

/** Two workloads whose names hash alike cannot both be published. */
export function withoutCollisions(sets: readonly CandidateSet[]): Vetted {
  const owner = new Map<string, string>();
  const problems: MeshProblem[] = [];
  const kept = sets.filter(({ name, identity }) => {
    const text = identityText(identity);
    const first = owner.get(name);
    if (first === undefined) owner.set(name, text);
    if (first === undefined) return true;
    const message = `\`${text}\` cannot be published: the name \`${name}\` already belongs to \`${first}\``;
    problems.push(failure({ code: "identity-collision", message, identity }));
    return false;
  });
  return { sets: kept, problems };
}
