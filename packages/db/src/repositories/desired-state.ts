import {
  canonicalJson,
  contentHash,
  orderPlan,
  type ClusterPlan,
  type JsonValue,
  type MeshProblem,
  type OrderedPlan,
  type ResourceOrigin,
} from "@isthmus/policy-engine";
import { groupBy, invariant } from "@isthmus/std";
import { needsWhole } from "../reach";
import { prismaOf, publish, type OrganisationTransaction } from "../transaction";
import { listHeldResources, storeResources, type StoredResources } from "./desired-resources";
import type { InventoryRef } from "./inventory";

/** The revision that a cluster should hold. */
export interface DesiredRevision {
  readonly clusterId: string;
  readonly revision: bigint;
  /** Names the resources of the plan with their hashes and places: equal digests, equal plans. */
  readonly digest: string;
  readonly problems: readonly MeshProblem[];
  readonly computedAt: Date;
}

/** One object of a cluster's desired state. */
export interface DesiredObject {
  readonly ref: InventoryRef;
  readonly hash: Uint8Array;
  /** The manifest; canonical JSON has to be made of it again, since jsonb keeps no order of keys. */
  readonly body: unknown;
  readonly position: number;
  readonly origin: ResourceOrigin;
  /** The revision that last changed it. */
  readonly revision: bigint;
  /** To be removed from the cluster; the row stays until the agent says that it is gone. */
  readonly withdrawn: boolean;
  /** UID of the object as we created it; empty: never created. */
  readonly recordedUid: string;
}

/** The revision of a cluster; undefined before the first plan. */
export async function findDesiredRevision(
  tx: OrganisationTransaction,
  clusterId: string,
): Promise<DesiredRevision | undefined> {
  needsWhole(tx);
  const row = await prismaOf(tx).desiredState.findUnique({ where: { clusterId } });
  return row === null ? undefined : revisionOf(row);
}

/** The revision of every cluster that has a plan (of those asked for), with what the compiler could not honour. */
export async function listDesiredRevisions(
  tx: OrganisationTransaction,
  clusterIds?: readonly string[],
): Promise<readonly DesiredRevision[]> {
  needsWhole(tx);
  const rows = await prismaOf(tx).desiredState.findMany({
    ...(clusterIds === undefined ? {} : { where: { clusterId: { in: [...clusterIds] } } }),
    orderBy: { clusterId: "asc" },
  });
  return rows.map(revisionOf);
}

function revisionOf(row: {
  readonly clusterId: string;
  readonly revision: bigint;
  readonly digest: string;
  readonly problems: unknown;
  readonly computedAt: Date;
}): DesiredRevision {
  const { clusterId, revision, digest, problems, computedAt } = row;
  // INVARIANT: only storeClusterPlan writes this column, and it writes problems.
  return { clusterId, revision, digest, problems: problems as readonly MeshProblem[], computedAt };
}

interface DesiredRow {
  readonly cluster_id: string;
  readonly api_version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly hash: Uint8Array;
  readonly body: unknown;
  readonly position: number;
  readonly origin: unknown;
  readonly revision: bigint;
  readonly withdrawn: boolean;
  readonly uid: string | null;
}

/** What changed of a cluster's desired state after `since` (0: all of it), with the UIDs on record. */
export async function listDesiredObjects(
  tx: OrganisationTransaction,
  asked: DesiredSince,
): Promise<readonly DesiredObject[]> {
  return (await listDesiredObjectsOf(tx, [asked])).get(asked.clusterId) ?? [];
}

/** The newest revision of each of these clusters that has a plan. */
export async function listRevisionNumbers(
  tx: OrganisationTransaction,
  clusterIds: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  needsWhole(tx);
  const rows = await prismaOf(tx).desiredState.findMany({
    where: { clusterId: { in: [...clusterIds] } },
    select: { clusterId: true, revision: true },
  });
  return new Map(rows.map(({ clusterId, revision }) => [clusterId, revision]));
}

/** Asks for what changed of a cluster's desired state after a revision. */
export interface DesiredSince {
  readonly clusterId: string;
  readonly since: bigint;
}

/** The same of several clusters, read at once; a cluster of which nothing changed is not in it. */
export async function listDesiredObjectsOf(
  tx: OrganisationTransaction,
  asked: readonly DesiredSince[],
): Promise<ReadonlyMap<string, readonly DesiredObject[]>> {
  needsWhole(tx);
  const ids = asked.map(({ clusterId }) => clusterId);
  const sinces = asked.map(({ since }) => since);
  const rows = await prismaOf(tx).$queryRaw<DesiredRow[]>`
    select d.cluster_id::text, d.api_version, d.kind, d.namespace, d.name, d.hash, d.body, d.position, d.origin, d.revision, d.withdrawn, s.uid
    from unnest(${ids}::uuid[], ${sinces}::bigint[]) as a(cluster_id, since)
    join desired_resource d on d.cluster_id = a.cluster_id and d.revision > a.since
    left join resource_status s on s.cluster_id = d.cluster_id
      and s.api_version = d.api_version and s.kind = d.kind and s.namespace = d.namespace and s.name = d.name
    order by d.position, d.kind, d.namespace, d.name`;
  const byCluster = groupBy(rows, (row) => row.cluster_id);
  return new Map([...byCluster].map(([clusterId, ofCluster]) => [clusterId, ofCluster.map(objectOf)]));
}

function objectOf(row: DesiredRow): DesiredObject {
  return {
    ref: { apiVersion: row.api_version, kind: row.kind, namespace: row.namespace, name: row.name },
    hash: row.hash,
    body: row.body,
    position: row.position,
    // INVARIANT: only storeClusterPlan writes this column, and it writes the engine's origin.
    origin: row.origin as ResourceOrigin,
    revision: BigInt(row.revision),
    withdrawn: row.withdrawn,
    recordedUid: row.uid ?? "",
  };
}

/** A cluster's plan as the compiler made it, and the digest that names it. */
export interface PlanToStore {
  readonly plan: ClusterPlan;
  readonly digest: string;
  readonly at: Date;
}

/** What storing a plan did. */
export interface StoredPlan {
  readonly revision: bigint;
  /** False where the plan is what was stored already. */
  readonly changed: boolean;
  /** False where sets keep addresses until others have them: to be compiled again once the agent has applied this. */
  readonly finished: boolean;
  /** Objects to be made or changed, as `kind namespace/name`. */
  readonly upserted: readonly string[];
  /** Objects to be removed. */
  readonly withdrawn: readonly string[];
}

/** Stores one plan, as `storeClusterPlans` does. */
export async function storeClusterPlan(tx: OrganisationTransaction, plan: PlanToStore): Promise<StoredPlan> {
  const [stored] = await storeClusterPlans(tx, [plan]);
  invariant(stored, "a plan was not stored");
  return stored;
}

interface Prepared {
  readonly clusterId: string;
  readonly name: string;
  readonly problems: unknown;
  readonly at: Date;
  readonly revision: bigint;
  readonly changed: boolean;
  /** Neither the plan nor what is said of it differs from what is stored. */
  readonly same: boolean;
  readonly ordered: OrderedPlan | undefined;
}

/**
 * Stores plans of several clusters: a new revision where a digest differs from the stored one (and announces it), else only
 * what the compiler could not honour. Returns what became of each, in their order; a cluster may have one plan. The caller
 * holds the lock `compile`.
 */
export async function storeClusterPlans(
  tx: OrganisationTransaction,
  plans: readonly PlanToStore[],
): Promise<readonly StoredPlan[]> {
  const prepared = await prepare(tx, plans);
  const different = prepared.filter(({ same }) => !same);
  await storeRevisions(tx, different);
  const placed = different.flatMap(({ clusterId, revision, changed, ordered }) =>
    changed && ordered !== undefined ? [{ clusterId, revision, ordered }] : [],
  );
  const objects = placed.length === 0 ? new Map<string, StoredResources>() : await storeResources(tx, placed);
  await publish(tx, ...different.map(({ clusterId: id }) => ({ topic: "desired" as const, id })));
  return prepared.map(({ clusterId, revision, changed, ordered }) => ({
    revision,
    changed,
    finished: ordered?.finished !== false,
    ...(objects.get(clusterId) ?? { upserted: [], withdrawn: [] }),
  }));
}

async function prepare(tx: OrganisationTransaction, plans: readonly PlanToStore[]): Promise<readonly Prepared[]> {
  const ids = plans.map(({ plan }) => plan.clusterId);
  const rows = await prismaOf(tx).desiredState.findMany({ where: { clusterId: { in: ids } } });
  const before = new Map(rows.map((row) => [row.clusterId, row]));
  const toOrder = plans.filter(({ plan, digest }) => before.get(plan.clusterId)?.digest !== digest);
  const held = await listHeldResources(
    tx,
    toOrder.map(({ plan }) => plan),
  );
  return plans.map(({ plan, digest, at }) => {
    const { clusterId } = plan;
    const stored = before.get(clusterId);
    const problems: unknown = JSON.parse(JSON.stringify(plan.problems));
    const isKnown = stored?.digest === digest;
    const ordered = isKnown ? undefined : orderPlan(held.get(clusterId) ?? [], plan.resources);
    const name = nameOf(digest, ordered);
    const changed = stored?.digest !== name;
    const same = !changed && stored !== undefined && sameJson(stored.problems, problems);
    const revision = (stored?.revision ?? 0n) + (changed ? 1n : 0n);
    return { clusterId, name, problems, at, revision, changed, same, ordered };
  });
}

async function storeRevisions(tx: OrganisationTransaction, plans: readonly Prepared[]): Promise<void> {
  if (plans.length === 0) return;
  const rows = JSON.stringify(
    plans.map(({ clusterId, revision, name, problems, at }) => ({
      clusterId,
      revision: `${revision}`,
      digest: name,
      problems,
      at: at.toISOString(),
    })),
  );
  await prismaOf(tx).$executeRaw`
    insert into desired_state (cluster_id, organisation_id, revision, digest, problems, computed_at)
    select r."clusterId", ${tx.organisationId}::uuid, r.revision, r.digest, r.problems, r.at
    from jsonb_to_recordset(${rows}::jsonb) as r("clusterId" uuid, revision bigint, digest text, problems jsonb,
      at timestamptz)
    on conflict (cluster_id) do update set revision = excluded.revision, digest = excluded.digest,
      problems = excluded.problems, computed_at = excluded.computed_at`;
}

/** What is stored under the plan's own name is the plan; on the way there it has names of its own. */
const nameOf = (digest: string, ordered: OrderedPlan | undefined): string =>
  ordered === undefined || ordered.finished
    ? digest
    : contentHash([digest, ...ordered.resources.map(({ hash }) => hash)]);

// jsonb keeps no order of keys.
const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a as JsonValue) === canonicalJson(b as JsonValue);
