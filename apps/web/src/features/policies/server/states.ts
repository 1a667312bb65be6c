import {
  listClusters,
  listDesiredProblems,
  listPolicies,
  listPolicyObjects,
  listRevokedClusters,
  type ClusterRecord,
  type OrganisationTransaction,
  type PolicyRecord,
  type WantedObjectRecord,
} from "@isthmus/db";
import { reachabilityOf, type Reachability } from "../../clusters";
import {
  policyClusterState,
  type ClusterPolicyState,
  type CompileProblem,
  type ObjectState,
} from "../model/cluster-state";

/** A policy's state in one cluster. */
export interface PlacedState extends ClusterPolicyState {
  readonly clusterId: string;
  /** Whether the cluster should hold the policy; false while it is being removed. */
  readonly wanted: boolean;
}

/** Everything that a page needs to know of policies in clusters, read in one transaction. */
export interface PolicyStates {
  readonly clusters: readonly ClusterRecord[];
  readonly reachability: ReadonlyMap<string, Reachability>;
  readonly policies: readonly PolicyRecord[];
  /** States by policy id, in the order in which the clusters joined. */
  readonly states: ReadonlyMap<string, readonly PlacedState[]>;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
const textOf = (value: unknown, field: string): string | undefined => {
  const found = isRecord(value) ? value[field] : undefined;
  return typeof found === "string" ? found : undefined;
};

function problemsFor(policyId: string, stored: unknown): CompileProblem[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((problem: unknown) => {
    const code = textOf(problem, "code");
    const message = textOf(problem, "message");
    if (code === undefined || message === undefined || textOf(problem, "policyId") !== policyId) return [];
    const hint = textOf(problem, "hint");
    const severity = textOf(problem, "severity") === "warning" ? ("warning" as const) : ("error" as const);
    return [{ code, message, severity, ...(hint === undefined ? {} : { hint }) }];
  });
}

function toObject(record: WantedObjectRecord): ObjectState {
  const revisionId = textOf(record.origin, "revisionId");
  return {
    kind: record.kind,
    namespace: record.namespace,
    name: record.name,
    ...(record.withdrawn ? {} : { desiredHash: record.desiredHash }),
    ...(revisionId === undefined ? {} : { revisionId }),
    ...(record.reported ? { reported: { ...record.reported, observedAt: record.reported.observedAt.getTime() } } : {}),
  };
}

interface Gathered {
  readonly clusters: readonly ClusterRecord[];
  readonly reachability: ReadonlyMap<string, Reachability>;
  readonly objects: readonly WantedObjectRecord[];
  readonly problems: ReadonlyMap<string, unknown>;
}

function statesOf(policy: PolicyRecord, { clusters, reachability, objects, problems }: Gathered): PlacedState[] {
  const wantedIds = new Set(policy.application?.action === "apply" ? policy.application.clusterIds : []);
  const mine = objects.filter((object) => textOf(object.origin, "policyId") === policy.id);
  return clusters.flatMap((cluster) => {
    const own = mine.filter((object) => object.clusterId === cluster.id);
    const wanted = wantedIds.has(cluster.id);
    if (!wanted && own.length === 0) return [];
    const reach = reachability.get(cluster.id) ?? { readOnly: false };
    const state = policyClusterState({
      ...(wanted && policy.application?.revisionId ? { wantedRevisionId: policy.application.revisionId } : {}),
      objects: own.map(toObject),
      problems: wanted ? problemsFor(policy.id, problems.get(cluster.id)) : [],
      ...reach,
    });
    return !wanted && state.state === "removed" ? [] : [{ ...state, clusterId: cluster.id, wanted }];
  });
}

/** Reads the state of every policy in every cluster that has it or should have it. */
export async function readPolicyStates(tx: OrganisationTransaction, now: number): Promise<PolicyStates> {
  const clusters = await listClusters(tx);
  const revoked = await listRevokedClusters(tx);
  const policies = await listPolicies(tx);
  const objects = await listPolicyObjects(tx);
  const problems = new Map((await listDesiredProblems(tx)).map((row) => [row.clusterId, row.problems]));
  const reachability = new Map(
    clusters.map((cluster) => [cluster.id, reachabilityOf(cluster, revoked.get(cluster.id), now)]),
  );
  const gathered = { clusters, reachability, objects, problems };
  return {
    clusters,
    reachability,
    policies,
    states: new Map(policies.map((policy) => [policy.id, statesOf(policy, gathered)])),
  };
}

/** Counts of policies in one cluster, for its line in the list. */
export interface PolicyCounts {
  readonly placed: number;
  readonly applied: number;
  readonly pending: number;
  readonly failed: number;
  readonly drifted: number;
}

/** How the policies of one cluster stand; an unknown cluster counts what was. */
export function countPolicies({ states }: PolicyStates, clusterId: string): PolicyCounts {
  const own = [...states.values()].flat().filter((state) => state.clusterId === clusterId && state.wanted);
  const count = (...wanted: readonly string[]) => own.filter((each) => wanted.includes(each.was ?? each.state)).length;
  return {
    placed: own.length,
    applied: count("applied"),
    pending: count("pending", "removing"),
    failed: count("failed", "not-ours", "refused"),
    drifted: count("drifted"),
  };
}
