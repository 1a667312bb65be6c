import type { MeshProblem } from "@isthmus/policy-engine";
import { Prisma } from "../generated/client";
import { problemsInReach } from "../problems-in-reach";
import { clustersSeen, seesCluster, seesPolicy } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** An object that is wanted in a cluster (or was, and is to go), with what the cluster last said of it. */
export interface WantedObjectRecord {
  readonly clusterId: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Hex SHA-256 of the wanted manifest. */
  readonly desiredHash: string;
  /** Why it is wanted: an origin of the policy engine, as {kind: "policy", policyId, revisionId, applicationId}. */
  readonly origin: unknown;
  readonly withdrawn: boolean;
  readonly reported: ReportedState | null;
}

/** A cluster's own words on an object. */
export interface ReportedState {
  /** Hex of the hash that this speaks of. */
  readonly hash: string;
  readonly state: "pending" | "applied" | "failed" | "drifted" | "removed" | "not-ours" | "read-only";
  readonly message: string;
  readonly observedAt: Date;
}

/** What the compiler could not honour in a cluster: problems of the policy engine, as they were stored. */
export interface DesiredProblemsRecord {
  readonly clusterId: string;
  readonly revision: bigint;
  readonly computedAt: Date;
  readonly problems: unknown;
}

interface Row {
  readonly cluster_id: string;
  readonly api_version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly desired_hash: string;
  readonly origin: unknown;
  readonly withdrawn: boolean;
  readonly hash: string | null;
  readonly state: string | null;
  readonly message: string | null;
  readonly observed_at: Date | null;
}

const toRecord = (row: Row): WantedObjectRecord => ({
  clusterId: row.cluster_id,
  apiVersion: row.api_version,
  kind: row.kind,
  namespace: row.namespace,
  name: row.name,
  desiredHash: row.desired_hash,
  origin: row.origin,
  withdrawn: row.withdrawn,
  reported:
    row.state === null || row.hash === null || row.observed_at === null
      ? null
      : {
          hash: row.hash,
          state: row.state as ReportedState["state"],
          message: row.message ?? "",
          observedAt: row.observed_at,
        },
});

/**
 * Objects as a table `d`. One is shown where its policy can be read in that very cluster. That depends on tier, namespace
 * and cluster alone, so each of the places that there are is asked once.
 */
function objectsOfPolicies(tx: OrganisationTransaction, policyId: string | undefined): Prisma.Sql {
  const objects = Prisma.sql`(
    select o.cluster_id, o.api_version, o.kind, o.namespace, o.name, o.hash, o.origin, o.withdrawn, o.position
    from desired_resource o where o.origin->>'kind' = 'policy' and ${seesCluster(tx, "o.cluster_id")}
      ${policyId === undefined ? Prisma.empty : Prisma.sql`and o.origin->>'policyId' = ${policyId}`})`;
  if (tx.reach === undefined) return Prisma.sql`${objects} d`;
  const asked = { tier: "t.name", namespace: "asked.policy_namespace", clusters: "asked.clusters" };
  return Prisma.sql`(
    with placed as materialized (
      select o.*, p.tier_id, p.namespace as policy_namespace from ${objects} o
      join policy p on p.id = (o.origin->>'policyId')::uuid),
    asked as materialized (
      select distinct cluster_id, array[cluster_id::text] as clusters, tier_id, policy_namespace from placed),
    seen as materialized (
      select asked.* from asked join tier t on t.id = asked.tier_id where ${seesPolicy(tx, asked)})
    select placed.* from placed join seen using (cluster_id, tier_id, policy_namespace)) d`;
}

/**
 * What was reported. Postgres cannot tell how many objects are of policies and takes them for few, so for all of them it
 * would look up each: materialised, they are joined at once.
 */
const reportedStates = (tx: OrganisationTransaction, policyId: string | undefined): Prisma.Sql =>
  policyId === undefined
    ? Prisma.sql`(
    with reported as materialized (
      select r.cluster_id, r.api_version, r.kind, r.namespace, r.name, r.hash, r.state, r.message, r.observed_at
      from resource_status r where ${seesCluster(tx, "r.cluster_id")})
    select * from reported)`
    : Prisma.sql`resource_status`;

/** Objects wanted because of policies, of one policy or of all, with what was reported of each. */
export async function listPolicyObjects(
  tx: OrganisationTransaction,
  policyId?: string,
): Promise<readonly WantedObjectRecord[]> {
  const rows = await prismaOf(tx).$queryRaw<Row[]>`
    select cluster_id::text, api_version, kind, namespace, name, encode(d.hash, 'hex') as desired_hash,
      d.origin, d.withdrawn, encode(s.hash, 'hex') as hash, s.state, s.message, s.observed_at
    from ${objectsOfPolicies(tx, policyId)}
    left join ${reportedStates(tx, policyId)} s using (cluster_id, api_version, kind, namespace, name)
    order by cluster_id, d.position`;
  return rows.map(toRecord);
}

const ofClustersSeen = (tx: OrganisationTransaction) => {
  const seen = clustersSeen(tx);
  return seen === undefined ? {} : { clusterId: seen };
};

/** How many objects that we want in each cluster (policies, tiers, sets) are in which reported state. */
export async function countReportedStates(
  tx: OrganisationTransaction,
): Promise<readonly { readonly clusterId: string; readonly state: string; readonly count: number }[]> {
  const rows = await prismaOf(tx).resourceStatus.groupBy({
    by: ["clusterId", "state"],
    where: ofClustersSeen(tx),
    _count: { _all: true },
  });
  return rows.map((row) => ({ clusterId: row.clusterId, state: row.state, count: row._count._all }));
}

/** What the compiler could not honour, by cluster. */
export async function listDesiredProblems(tx: OrganisationTransaction): Promise<readonly DesiredProblemsRecord[]> {
  const rows = await prismaOf(tx).desiredState.findMany({
    where: ofClustersSeen(tx),
    select: { clusterId: true, revision: true, computedAt: true, problems: true },
  });
  // INVARIANT: only storeClusterPlan writes this column, and it writes problems.
  return problemsInReach(
    tx,
    rows.map((row) => ({ ...row, problems: row.problems as unknown as readonly MeshProblem[] })),
  );
}
