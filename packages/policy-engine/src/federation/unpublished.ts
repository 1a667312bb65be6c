import { printSelector } from "../selector/printer";
import { compareBytes } from "../text/order";
import { clusterView, selectedPods, type PodView } from "./cluster-view";
import { identityText } from "./names";
import type { Placed } from "./place";
import { identityName, listNames, notice } from "./problem";
import type { CandidateSet } from "./candidate-sets";
import type { MeshCluster, MeshInput, MeshProblem } from "./types";

/** What was placed and published in a cluster. */
export interface Outcome {
  readonly placed: readonly Placed[];
  readonly sets: readonly CandidateSet[];
  /** Pods that an approved publication covers. */
  readonly covered: ReadonlySet<PodView>;
}

/** Pods of a cluster that have an address and are not published. */
function unpublishedPods(other: MeshCluster, published: ReadonlySet<string>): ReadonlySet<PodView> {
  const { pods } = clusterView(other);
  return new Set(pods.filter((view) => view.addresses.length > 0 && !published.has(view.identityKey)));
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
  input: MeshInput,
  cluster: MeshCluster,
  { placed, sets, covered }: Outcome,
): readonly MeshProblem[] {
  const published = new Set(sets.map(({ identity }) => identityText(identity)));
  const others = input.clusters.filter(({ id }) => id !== cluster.id);
  const lacking = others
    .map((other) => ({ other, pods: unpublishedPods(other, published) }))
    .filter(({ pods }) => pods.size > 0);
  return placed.flatMap((policy) => {
    const selectors = [...new Map(policy.peers.map(({ selector }) => [printSelector(selector), selector])).values()];
    return lacking.flatMap(({ other, pods }) => {
      const missed = selectors.flatMap((s) =>
        [...selectedPods(clusterView(other), s)].filter((view) => pods.has(view)),
      );
      if (missed.length === 0) return [];
      const approved = missed.every((view) => covered.has(view));
      return [problemOf(policy, missed, { other, cluster, approved })];
    });
  });
}
