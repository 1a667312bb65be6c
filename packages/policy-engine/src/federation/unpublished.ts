import { compareBytes } from "../text/order";
import type { PodView } from "./cluster-view";
import type { Mesh } from "./mesh";
import { identityText } from "./names";
import type { Placed } from "./place";
import { identityName, listNames, notice } from "./problem";
import type { CandidateSet } from "./candidate-sets";
import type { MeshCluster, MeshProblem } from "./types";

/** What was placed and published in a cluster. */
export interface Outcome {
  readonly placed: readonly Placed[];
  readonly sets: readonly CandidateSet[];
  /** Pods that an approved publication covers. */
  readonly covered: ReadonlySet<PodView>;
}

function problemOf(
  { readable, ref }: Placed,
  missed: readonly PodView[],
  where: { readonly other: MeshCluster; readonly cluster: MeshCluster; readonly approved: boolean },
): MeshProblem {
  const { other, cluster, approved } = where;
  const names = [...new Set(missed.map(({ identity }) => identityName(identity)))].sort(compareBytes);
  return notice({
    code: "peer-not-published",
    message: `\`${ref.name}\` speaks of ${listNames(names)} in \`${other.name}\`, which is not published to \`${cluster.name}\`: its rules do not reach it there`,
    hint: approved
      ? "it is approved; another problem here says what keeps it away"
      : "approve the publication of that namespace",
    policyId: readable.source.policyId,
  });
}

/** Remote workloads that a placed policy's peers select and that are not published here, so that its rules miss them. */
export function unpublishedPeers(
  mesh: Mesh,
  cluster: MeshCluster,
  { placed, sets, covered }: Outcome,
): readonly MeshProblem[] {
  const published = new Set(sets.map(({ identity }) => identityText(identity)));
  return placed.flatMap((policy) =>
    mesh.spokenOf(policy).flatMap(({ cluster: other, pods }) => {
      if (other.id === cluster.id) return [];
      const missed = pods.filter(({ identityKey }) => !published.has(identityKey));
      if (missed.length === 0) return [];
      const approved = missed.every((view) => covered.has(view));
      return [problemOf(policy, missed, { other, cluster, approved })];
    }),
  );
}
