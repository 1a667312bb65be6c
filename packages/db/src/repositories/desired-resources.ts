import type { ClusterPlan, HeldResource, JsonObject, OrderedPlan, PlannedResource } from "@isthmus/policy-engine";
import { groupBy } from "@isthmus/std";
import { needsWhole } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";

interface NameRow {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

const nameOf = ({ kind, namespace, name }: NameRow): string =>
  `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;

interface HeldRow extends NameRow {
  readonly cluster_id: string;
  readonly api_version: string;
  /** Absent where the plan wants the very same. */
  readonly body: unknown;
  readonly confirmed: boolean;
}

/** What each cluster was last told to hold, in the terms of the plan that comes next. */
export async function listHeldResources(
  tx: OrganisationTransaction,
  plans: readonly ClusterPlan[],
): Promise<ReadonlyMap<string, readonly HeldResource[]>> {
  needsWhole(tx);
  const ids = plans.map(({ clusterId }) => clusterId);
  const wanted = JSON.stringify(
    plans.flatMap(({ clusterId, resources }) => resources.map(({ ref, hash }) => ({ ...ref, hash, clusterId }))),
  );
  const rows = await prismaOf(tx).$queryRaw<HeldRow[]>`
    select d.cluster_id::text, d.api_version, d.kind, d.namespace, d.name,
      s.state is not distinct from 'applied' and s.hash = d.hash as confirmed,
      case when w.hash is distinct from encode(d.hash, 'hex') then d.body end as body
    from desired_resource d
    left join jsonb_to_recordset(${wanted}::jsonb)
      as w("clusterId" uuid, "apiVersion" text, kind text, namespace text, name text, hash text)
      on w."clusterId" = d.cluster_id and w."apiVersion" = d.api_version and w.kind = d.kind
      and w.namespace = d.namespace and w.name = d.name
    left join resource_status s on s.cluster_id = d.cluster_id
      and s.api_version = d.api_version and s.kind = d.kind and s.namespace = d.namespace and s.name = d.name
    where d.cluster_id = any(${ids}::uuid[]) and not d.withdrawn`;
  const byCluster = groupBy(rows, (row) => row.cluster_id);
  return new Map(plans.map((plan) => [plan.clusterId, heldOf(plan, byCluster.get(plan.clusterId) ?? [])]));
}

function heldOf({ resources }: ClusterPlan, rows: readonly HeldRow[]): readonly HeldResource[] {
  const same = new Map(resources.map(({ ref, manifest }) => [nameOf(ref), manifest]));
  return rows.map((row) => ({
    ref: { apiVersion: row.api_version, kind: row.kind, namespace: row.namespace, name: row.name },
    // INVARIANT: only storeResources writes this column, and it writes manifests.
    manifest: (row.body as JsonObject | null) ?? same.get(nameOf(row)) ?? {},
    ...(!row.confirmed && { unconfirmed: true }),
  }));
}

/** A plan in its order, and where it is stored. */
export interface PlacedPlan {
  readonly clusterId: string;
  readonly revision: bigint;
  readonly ordered: OrderedPlan;
}

/** Names of what a plan changed. */
export interface StoredResources {
  readonly upserted: readonly string[];
  readonly withdrawn: readonly string[];
}

interface ChangedRow extends NameRow {
  readonly cluster_id: string;
}

/** Writes what plans change; a row that stays as it is keeps its place, unless that is in another stage. */
export async function storeResources(
  tx: OrganisationTransaction,
  plans: readonly PlacedPlan[],
): Promise<ReadonlyMap<string, StoredResources>> {
  const rows = JSON.stringify(
    plans.flatMap(({ clusterId, revision, ordered }) =>
      ordered.resources.map((resource) => rowOf(resource, { clusterId, revision: `${revision}` })),
    ),
  );
  const upserted = await prismaOf(tx).$queryRaw<ChangedRow[]>`
    insert into desired_resource as d (organisation_id, cluster_id, api_version, kind, namespace, name, hash, body,
      position, origin, revision, withdrawn)
    select ${tx.organisationId}::uuid, (r->>'clusterId')::uuid, r->>'apiVersion', r->>'kind', r->>'namespace',
      r->>'name', decode(r->>'hash', 'hex'), r->'body', (r->>'position')::integer, r->'origin',
      (r->>'revision')::bigint, false
    from jsonb_array_elements(${rows}::jsonb) as r
    on conflict (cluster_id, api_version, kind, namespace, name) do update set hash = excluded.hash,
      body = excluded.body, position = excluded.position, origin = excluded.origin, withdrawn = false,
      revision = excluded.revision
    where d.withdrawn or d.hash <> excluded.hash or d.origin <> excluded.origin
      or d.position / 1000000 <> excluded.position / 1000000
    returning d.cluster_id::text, d.kind, d.namespace, d.name`;
  const gone = JSON.stringify(
    plans.flatMap(({ clusterId, revision, ordered }) =>
      ordered.removals.map(({ ref, position }) => ({ ...ref, position, clusterId, revision: `${revision}` })),
    ),
  );
  const withdrawn = await prismaOf(tx).$queryRaw<ChangedRow[]>`
    update desired_resource d set withdrawn = true, revision = r.revision, position = r.position
    from jsonb_to_recordset(${gone}::jsonb) as r("clusterId" uuid, revision bigint, "apiVersion" text, kind text,
      namespace text, name text, position integer)
    where d.cluster_id = r."clusterId" and not d.withdrawn
      and r."apiVersion" = d.api_version and r.kind = d.kind and r.namespace = d.namespace and r.name = d.name
    returning d.cluster_id::text, d.kind, d.namespace, d.name`;
  const [made, ended] = [upserted, withdrawn].map((some) => groupBy(some, (row) => row.cluster_id));
  return new Map(
    plans.map(({ clusterId }) => [
      clusterId,
      {
        upserted: (made?.get(clusterId) ?? []).map(nameOf),
        withdrawn: (ended?.get(clusterId) ?? []).map(nameOf),
      },
    ]),
  );
}

function rowOf({ ref, manifest, hash, position, origin }: PlannedResource, place: object): unknown {
  return {
    ...place,
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
