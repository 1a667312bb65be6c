/** State of one policy in one cluster, as far as it is known. */
export type PolicyClusterState =
  | "pending"
  | "applied"
  | "failed"
  | "drifted"
  | "not-ours"
  | "read-only"
  | "removing"
  | "removed"
  | "refused"
  | "unknown";

/** One object compiled from a policy, with what its cluster last said of it. */
export interface ObjectState {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The hash that is wanted now; undefined when the object is to be removed. */
  readonly desiredHash?: string;
  readonly revisionId?: string;
  readonly reported?: {
    readonly hash: string;
    readonly state: "pending" | "applied" | "failed" | "drifted" | "removed" | "not-ours" | "read-only" | "unknown";
    readonly message: string;
    readonly observedAt: number;
  };
}

/** What the compiler could not honour for this policy in this cluster. */
export interface CompileProblem {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint?: string;
}

/** Everything that decides a policy's state in one cluster. */
export interface ClusterStateInput {
  readonly wantedRevisionId?: string;
  readonly objects: readonly ObjectState[];
  readonly problems: readonly CompileProblem[];
  readonly readOnly: boolean;
  /** When the cluster was last heard; absent while it is connected. */
  readonly unknownSince?: number;
}

/** A state with its words; `was` is what held before the cluster was lost (invariant I2). */
export interface ClusterPolicyState {
  readonly state: PolicyClusterState;
  readonly message: string;
  readonly hint?: string;
  readonly at?: number;
  readonly was?: Exclude<PolicyClusterState, "unknown">;
  readonly warnings: readonly CompileProblem[];
}

type Known = Exclude<PolicyClusterState, "unknown">;

/** Weightiest first: the one that is shown for a policy of several objects. */
const WEIGHT: readonly Known[] = [
  "failed",
  "not-ours",
  "drifted",
  "read-only",
  "refused",
  "removing",
  "pending",
  "applied",
  "removed",
];

const NOT_KNOWN = "the agent reports a state that this version does not know; upgrade Isthmus";

function objectState(object: ObjectState): { state: Known; message: string; at?: number } {
  const { reported, desiredHash } = object;
  if (desiredHash === undefined) {
    if (!reported || reported.state === "removed")
      return { state: "removed", message: "", ...(reported ? { at: reported.observedAt } : {}) };
    if (reported.state === "failed") return { state: "failed", message: reported.message, at: reported.observedAt };
    return { state: "removing", message: "", at: reported.observedAt };
  }
  if (!reported || reported.hash !== desiredHash || reported.state === "removed")
    return { state: "pending", message: "" };
  if (reported.state === "unknown") return { state: "pending", message: NOT_KNOWN, at: reported.observedAt };
  return { state: reported.state, message: reported.message, at: reported.observedAt };
}

function known(input: ClusterStateInput): Omit<ClusterPolicyState, "warnings" | "was"> & { readonly state: Known } {
  const refusal = input.problems.find((problem) => problem.severity === "error");
  if (refusal) {
    const state = refusal.code === "read-only-cluster" ? "read-only" : "refused";
    return { state, message: refusal.message, ...(refusal.hint === undefined ? {} : { hint: refusal.hint }) };
  }
  if (input.readOnly && input.wantedRevisionId !== undefined) {
    return { state: "read-only", message: "the cluster serves only crd.projectcalico.org/v1, which is not written to" };
  }
  const wanted = input.wantedRevisionId;
  const current = input.objects.filter((object) => wanted === undefined || object.revisionId === wanted);
  if (wanted !== undefined && current.length === 0) return { state: "pending", message: "" };
  const states = (wanted === undefined ? input.objects : current).map(objectState);
  const worst = WEIGHT.map((state) => states.find((each) => each.state === state)).find((each) => each !== undefined);
  return worst ?? { state: "removed", message: "" };
}

/** A policy's state in one cluster. A lost cluster is "unknown", with what held before beside it, never a check. */
export function policyClusterState(input: ClusterStateInput): ClusterPolicyState {
  const found = known(input);
  const warnings = input.problems.filter((problem) => problem.severity === "warning");
  if (input.unknownSince === undefined) return { ...found, warnings };
  return { state: "unknown", was: found.state, message: found.message, at: input.unknownSince, warnings };
}

/** Whether a person should look at this state. */
export const isProblemState = (state: PolicyClusterState): boolean =>
  state === "failed" || state === "drifted" || state === "not-ours" || state === "refused";
