import {
  listClusters,
  listDesiredProblems,
  listPolicies,
  listPolicyObjects,
  listRevokedClusters,
  type ClusterRecord,
  type OrganisationTransaction,
  type PolicyListRecord,
  type WantedObjectRecord,
} from "@isthmus/db";
import { groupBy } from "@isthmus/std";
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
  readonly policies: readonly PolicyListRecord[];
  /** States by policy id, in the order in which the clusters joined. */
  readonly states: ReadonlyMap<string, readonly PlacedState[]>;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
const textOf = (value: unknown, field: string): string | undefined => {
  const found = isRecord(value) ? value[field] : undefined;
  return typeof found === "string" ? found : undefined;
};

/** What could not be honoured in one cluster, by policy id. */
function problemsByPolicy(stored: unknown): ReadonlyMap<string, readonly CompileProblem[]> {
  const problems: readonly unknown[] = Array.isArray(stored) ? stored : [];
  const groups = groupBy(problems, (problem) => textOf(problem, "policyId") ?? "");
  return new Map([...groups].map(([policyId, own]) => [policyId, own.flatMap(problemOf)]));
}

function problemOf(problem: unknown): CompileProblem[] {
  const code = textOf(problem, "code");
  const message = textOf(problem, "message");
  if (code === undefined || message === undefined) return [];
  const hint = textOf(problem, "hint");
  const severity = textOf(problem, "severity") === "warning" ? ("warning" as const) : ("error" as const);
  return [{ code, message, severity, ...(hint === undefined ? {} : { hint }) }];
}

const placeOf = (policyId: string | undefined, clusterId: string): string => `${policyId ?? ""} ${clusterId}`;

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
  /** By policy and cluster. */
  readonly objects: ReadonlyMap<string, readonly WantedObjectRecord[]>;
  /** By cluster id. */
  readonly problems: ReadonlyMap<string, ReturnType<typeof problemsByPolicy>>;
}

function statesOf(
  { id, application }: PolicyListRecord,
  { clusters, reachability, objects, problems }: Gathered,
): PlacedState[] {
  const wantedIds = new Set(application?.action === "apply" ? application.clusterIds : []);
  return clusters.flatMap((cluster) => {
    const own = objects.get(placeOf(id, cluster.id)) ?? [];
    const wanted = wantedIds.has(cluster.id);
    if (!wanted && own.length === 0) return [];
    const reach = reachability.get(cluster.id) ?? { readOnly: false };
    const state = policyClusterState({
      ...(wanted && application?.revisionId ? { wantedRevisionId: application.revisionId } : {}),
      objects: own.map(toObject),
      problems: wanted ? (problems.get(cluster.id)?.get(id) ?? []) : [],
      ...reach,
    });
    return !wanted && state.state === "removed" ? [] : [{ ...state, clusterId: cluster.id, wanted }];
  });
}

/** Reads the state of every policy, or of one, in every cluster that has it or should have it. */
export async function readPolicyStates(
  tx: OrganisationTransaction,
  now: number,
  policyId?: string,
): Promise<PolicyStates> {
  const clusters = await listClusters(tx);
  const revoked = await listRevokedClusters(tx);
  const policies = await listPolicies(tx, policyId);
  const objects = groupBy(await listPolicyObjects(tx, policyId), ({ origin, clusterId }) =>
    placeOf(textOf(origin, "policyId"), clusterId),
  );
  const problems = new Map(
    (await listDesiredProblems(tx)).map((row) => [row.clusterId, problemsByPolicy(row.problems)]),
  );
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

/** How the policies of each cluster that has any stand, by cluster id; an unknown cluster counts what was. */
export function countPolicies({ states }: PolicyStates): ReadonlyMap<string, PolicyCounts> {
  const wanted = [...states.values()].flat().filter((each) => each.wanted);
  const groups = groupBy(wanted, ({ clusterId }) => clusterId);
  return new Map([...groups].map(([clusterId, placed]) => [clusterId, countsOf(placed)]));
}

/** What a cluster counts that has no policy. */
export const noPolicies: PolicyCounts = { placed: 0, applied: 0, pending: 0, failed: 0, drifted: 0 };

function countsOf(placed: readonly PlacedState[]): PolicyCounts {
  const count = (...wanted: readonly string[]) =>
    placed.filter((each) => wanted.includes(each.was ?? each.state)).length;
  return {
    placed: placed.length,
    applied: count("applied"),
    pending: count("pending", "removing"),
    failed: count("failed", "not-ours", "refused"),
    drifted: count("drifted"),
  };
}
