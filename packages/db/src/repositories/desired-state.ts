import {
  canonicalJson,
  type ClusterPlan,
  type JsonValue,
  type MeshProblem,
  type PlannedResource,
  type ResourceOrigin,
} from "@isthmus/policy-engine";
import type { Prisma } from "../generated/client";
import { prismaOf, publish, type OrganisationTransaction } from "../transaction";
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
  const row = await prismaOf(tx).desiredState.findUnique({ where: { clusterId } });
  return row === null ? undefined : revisionOf(row);
}

/** The revision of every cluster that has a plan, with what the compiler could not honour. */
export async function listDesiredRevisions(tx: OrganisationTransaction): Promise<readonly DesiredRevision[]> {
  const rows = await prismaOf(tx).desiredState.findMany({ orderBy: { clusterId: "asc" } });
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
  { clusterId, since }: { readonly clusterId: string; readonly since: bigint },
): Promise<readonly DesiredObject[]> {
  const rows = await prismaOf(tx).$queryRaw<DesiredRow[]>`
    select d.api_version, d.kind, d.namespace, d.name, d.hash, d.body, d.position, d.origin, d.revision, d.withdrawn, s.uid
    from desired_resource d left join resource_status s on s.cluster_id = d.cluster_id
      and s.api_version = d.api_version and s.kind = d.kind and s.namespace = d.namespace and s.name = d.name
    where d.cluster_id = ${clusterId}::uuid and d.revision > ${since}
    order by d.position, d.kind, d.namespace, d.name`;
  return rows.map((row) => ({
    ref: { apiVersion: row.api_version, kind: row.kind, namespace: row.namespace, name: row.name },
    hash: row.hash,
    body: row.body,
    position: row.position,
    // INVARIANT: only storeClusterPlan writes this column, and it writes the engine's origin.
    origin: row.origin as ResourceOrigin,
    revision: BigInt(row.revision),
    withdrawn: row.withdrawn,
    recordedUid: row.uid ?? "",
  }));
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
  /** Objects to be made or changed, as `kind namespace/name`. */
  readonly upserted: readonly string[];
  /** Objects to be removed. */
  readonly withdrawn: readonly string[];
}

/**
 * Stores a plan: a new revision where its digest differs from the stored one (and announces it), else only what the
 * compiler could not honour. The caller holds the lock `compile`.
 */
export async function storeClusterPlan(
  tx: OrganisationTransaction,
  { plan, digest, at }: PlanToStore,
): Promise<StoredPlan> {
  const prisma = prismaOf(tx);
  const { clusterId } = plan;
  const stored = await prisma.desiredState.findUnique({ where: { clusterId } });
  const problems = JSON.parse(JSON.stringify(plan.problems)) as Prisma.InputJsonValue;
  const changed = stored?.digest !== digest;
  const revision = (stored?.revision ?? 0n) + (changed ? 1n : 0n);
  const said = stored !== null && sameJson(stored.problems, problems);
  if (!changed && said) return { revision, changed, upserted: [], withdrawn: [] };
  await prisma.desiredState.upsert({
    where: { clusterId },
    create: { clusterId, organisationId: tx.organisationId, revision, digest, problems, computedAt: at },
    update: { revision, digest, problems, computedAt: at },
  });
  const objects = changed ? await storeResources(tx, plan, revision) : { upserted: [], withdrawn: [] };
  await publish(tx, { topic: "desired", id: clusterId });
  return { revision, changed, ...objects };
}

// jsonb keeps no order of keys.
const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a as JsonValue) === canonicalJson(b as JsonValue);

interface NameRow {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

const nameOf = ({ kind, namespace, name }: NameRow): string =>
  `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;

async function storeResources(
  tx: OrganisationTransaction,
  plan: ClusterPlan,
  revision: bigint,
): Promise<Pick<StoredPlan, "upserted" | "withdrawn">> {
  const rows = JSON.stringify(plan.resources.map(rowOf));
  const upserted = await prismaOf(tx).$queryRaw<NameRow[]>`
    insert into desired_resource as d (organisation_id, cluster_id, api_version, kind, namespace, name, hash, body,
      position, origin, revision, withdrawn)
    select ${tx.organisationId}::uuid, ${plan.clusterId}::uuid, r->>'apiVersion', r->>'kind', r->>'namespace',
      r->>'name', decode(r->>'hash', 'hex'), r->'body', (r->>'position')::integer, r->'origin', ${revision}, false
    from jsonb_array_elements(${rows}::jsonb) as r
    on conflict (cluster_id, api_version, kind, namespace, name) do update set hash = excluded.hash,
      body = excluded.body, position = excluded.position, origin = excluded.origin, withdrawn = false,
      revision = excluded.revision
    where d.withdrawn or d.hash <> excluded.hash or d.position <> excluded.position or d.origin <> excluded.origin
    returning d.kind, d.namespace, d.name`;
  const withdrawn = await prismaOf(tx).$queryRaw<NameRow[]>`
    update desired_resource d set withdrawn = true, revision = ${revision}
    where d.cluster_id = ${plan.clusterId}::uuid and not d.withdrawn and not exists (
      select from jsonb_to_recordset(${rows}::jsonb) as r("apiVersion" text, kind text, namespace text, name text)
      where r."apiVersion" = d.api_version and r.kind = d.kind and r.namespace = d.namespace and r.name = d.name)
    returning d.kind, d.namespace, d.name`;
  return { upserted: upserted.map(nameOf), withdrawn: withdrawn.map(nameOf) };
}

function rowOf({ ref, manifest, hash, position, origin }: PlannedResource): unknown {
  return {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    namespace: ref.namespace,
    name: ref.name,
    hash,
    body: manifest,
    position,
    origin,
  };
}
