import type { PublishedSet } from "@isthmus/policy-engine";
import { groupBy } from "@isthmus/std";
import { needsWhole } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** Whose workload a network set in a cluster stands for. */
export interface PublishedIdentity {
  readonly name: string;
  readonly sourceClusterId: string;
  readonly namespace: string;
  readonly workloadKind: string;
  readonly workloadName: string;
}

/** Makes the sets in force in a cluster be exactly `sets`; retired rows stay, so that flows seen before still resolve. */
export async function storePublishedSets(
  tx: OrganisationTransaction,
  { clusterId, sets, at }: { readonly clusterId: string; readonly sets: readonly PublishedSet[]; readonly at: Date },
): Promise<void> {
  await storePublishedSetsOf(tx, { clusters: [{ clusterId, sets }], at });
}

/** The same for several clusters at once. */
export async function storePublishedSetsOf(
  tx: OrganisationTransaction,
  {
    clusters,
    at,
  }: {
    readonly clusters: readonly { readonly clusterId: string; readonly sets: readonly PublishedSet[] }[];
    readonly at: Date;
  },
): Promise<void> {
  const ids = clusters.map(({ clusterId }) => clusterId);
  const rows = JSON.stringify(clusters.flatMap(({ clusterId, sets }) => sets.map((set) => ({ ...set, clusterId }))));
  await prismaOf(tx).$executeRaw`
    insert into published_set as p (organisation_id, target_cluster_id, name, source_cluster_id, namespace,
      workload_kind, workload_name, first_published_at)
    select ${tx.organisationId}::uuid, r."clusterId", r.name, r."sourceClusterId", r.namespace, r."workloadKind",
      r."workloadName", ${at}
    from jsonb_to_recordset(${rows}::jsonb) as r("clusterId" uuid, name text, "sourceClusterId" uuid, namespace text,
      "workloadKind" text, "workloadName" text)
    on conflict (target_cluster_id, name) do update set retired_at = null, source_cluster_id = excluded.source_cluster_id,
      namespace = excluded.namespace, workload_kind = excluded.workload_kind, workload_name = excluded.workload_name
    where p.retired_at is not null or (p.source_cluster_id, p.namespace, p.workload_kind, p.workload_name)
      is distinct from (excluded.source_cluster_id, excluded.namespace, excluded.workload_kind, excluded.workload_name)`;
  await prismaOf(tx).$executeRaw`
    update published_set p set retired_at = ${at}
    where p.target_cluster_id = any(${ids}::uuid[]) and p.retired_at is null and not exists (
      select from jsonb_to_recordset(${rows}::jsonb) as r("clusterId" uuid, name text)
      where r."clusterId" = p.target_cluster_id and r.name = p.name)`;
}

/**
 * The remote workloads that names of sets stand for, by the cluster that they are published into; retired ones included,
 * unknown names absent.
 */
export async function findPublishedIdentitiesOf(
  tx: OrganisationTransaction,
  names: readonly { readonly clusterId: string; readonly name: string }[],
): Promise<ReadonlyMap<string, readonly PublishedIdentity[]>> {
  needsWhole(tx);
  if (names.length === 0) return new Map();
  const wanted = JSON.stringify(names.map(({ clusterId, name }) => ({ cluster: clusterId, name })));
  const rows = await prismaOf(tx).$queryRaw<(PublishedIdentity & { readonly clusterId: string })[]>`
    select distinct p.target_cluster_id::text as "clusterId", p.name, p.source_cluster_id::text as "sourceClusterId",
      p.namespace, p.workload_kind as "workloadKind", p.workload_name as "workloadName"
    from published_set p join jsonb_to_recordset(${wanted}::jsonb) as w(cluster uuid, name text)
      on p.target_cluster_id = w.cluster and p.name = w.name`;
  return groupBy(rows, ({ clusterId }) => clusterId);
}
