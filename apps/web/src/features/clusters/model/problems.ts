import type { PodRangeOverlap } from "./pod-ranges";

/** What an agent found of its cluster. Absent until it has said so. */
export interface ClusterFacts {
  readonly kubernetesVersion: string;
  /** Empty: Calico was not found. */
  readonly calicoVersion: string;
  /** "projectcalico.org/v3", "crd.projectcalico.org/v1" (read only to us) or empty. */
  readonly calicoApi: string;
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  /** "connected", or why Goldmane cannot be reached. */
  readonly goldmane: string;
  /** As "list projectcalico.org/v3 tiers". */
  readonly missingPermissions: readonly string[];
}

/** One thing a person should look at: `title` for the list, `detail` says what it means and what to do. */
export interface ClusterProblem {
  readonly code:
    | "overlapping-pod-ranges"
    | "missing-permissions"
    | "goldmane-unreachable"
    | "calico-not-found"
    | "policies-failed"
    | "policies-drifted";
  readonly title: string;
  readonly detail: string;
}

/** What problems are judged from. */
export interface ProblemInput {
  readonly facts?: ClusterFacts;
  readonly overlaps: readonly PodRangeOverlap[];
  readonly policies: { readonly failed: number; readonly drifted: number };
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function factProblems(facts: ClusterFacts): ClusterProblem[] {
  const problems: ClusterProblem[] = [];
  if (facts.calicoApi === "") {
    problems.push({
      code: "calico-not-found",
      title: "Calico not found",
      detail: "The cluster serves no Calico API. Flows and policies need Calico 3.30 or later with its API server.",
    });
  }
  if (facts.missingPermissions.length > 0) {
    problems.push({
      code: "missing-permissions",
      title: `${plural(facts.missingPermissions.length, "permission")} missing`,
      detail: `The agent may not ${facts.missingPermissions.join(", ")}. Apply the manifest of this cluster again; it carries the roles.`,
    });
  }
  if (facts.goldmane !== "connected" && facts.goldmane !== "") {
    problems.push({
      code: "goldmane-unreachable",
      title: "Goldmane unreachable",
      detail: `No flows are received: ${facts.goldmane}`,
    });
  }
  return problems;
}

const overlapProblem = (overlap: PodRangeOverlap): ClusterProblem => ({
  code: "overlapping-pod-ranges",
  title: `pod range overlaps ${overlap.otherName}`,
  detail: `Pod range ${overlap.range} overlaps ${overlap.otherRange} of ${overlap.otherName}: an address would not say which workload it is, so no identity is published between the two.`,
});

function policyProblems({ failed, drifted }: ProblemInput["policies"]): ClusterProblem[] {
  const problems: ClusterProblem[] = [];
  if (failed > 0) {
    problems.push({
      code: "policies-failed",
      title: `${plural(failed, "policy object")} failed`,
      detail:
        "The cluster's API server refused it, or something of that name is not ours. Each policy shows the words.",
    });
  }
  if (drifted > 0) {
    problems.push({
      code: "policies-drifted",
      title: `${plural(drifted, "policy object")} drifted`,
      detail: "Somebody changed or removed what was applied; each policy shows what differs.",
    });
  }
  return problems;
}

/** Everything about a cluster that a person should look at, weightiest first. */
export function clusterProblems(input: ProblemInput): ClusterProblem[] {
  return [
    ...(input.facts ? factProblems(input.facts) : []),
    ...policyProblems(input.policies),
    ...input.overlaps.map(overlapProblem),
  ];
}

/** Whether the cluster serves only Calico's internal API, which Isthmus reads and never writes (decision 11). */
export const isReadOnly = (facts: ClusterFacts | undefined): boolean => facts?.calicoApi === "crd.projectcalico.org/v1";
