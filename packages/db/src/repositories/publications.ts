import { Prisma } from "../generated/client";
import { seesObject, seesPlace } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** An approval to publish the workloads of one namespace of a cluster into another. */
export interface PublicationRecord {
  readonly id: string;
  readonly sourceClusterId: string;
  readonly namespace: string;
  readonly targetClusterId: string;
  readonly approvedBy: string;
  readonly approvedAt: Date;
}

/** What is published from where into where. */
export interface PublicationPair {
  readonly sourceClusterId: string;
  readonly namespace: string;
  readonly targetClusterId: string;
}

/** A namespace of a cluster with the number of its workloads and pods. */
export interface NamespaceCount {
  readonly clusterId: string;
  readonly namespace: string;
  readonly workloads: number;
  readonly pods: number;
}

/** Sets that stand for remote workloads now, by pair of clusters and namespace. */
export interface PublishedCount extends PublicationPair {
  readonly workloads: number;
  readonly sets: number;
}

interface PublicationRow {
  readonly id: string;
  readonly source_cluster_id: string;
  readonly namespace: string;
  readonly target_cluster_id: string;
  readonly approved_by: string;
  readonly approved_at: Date;
}

/** A publication is shown to who may read publications of its namespace in both clusters. */
const seesBothEnds = (tx: OrganisationTransaction) => Prisma.sql`
  ${seesPlace(tx, "publications", { cluster: "p.source_cluster_id", namespace: "p.namespace" })}
  and ${seesPlace(tx, "publications", { cluster: "p.target_cluster_id", namespace: "p.namespace" })}`;

/** Approvals in force; with `clusterId`, those from it or into it. */
export async function listPublications(
  tx: OrganisationTransaction,
  clusterId?: string,
): Promise<readonly PublicationRecord[]> {
  const rows = await prismaOf(tx).$queryRaw<PublicationRow[]>`
    select id::text, source_cluster_id::text, namespace, target_cluster_id::text, approved_by::text, approved_at
    from identity_publication p
    where withdrawn_at is null and ${seesBothEnds(tx)}
      and (${clusterId ?? null}::uuid is null or ${clusterId ?? null}::uuid in (source_cluster_id, target_cluster_id))
    order by source_cluster_id, namespace, target_cluster_id`;
  return rows.map((row) => ({
    id: row.id,
    sourceClusterId: row.source_cluster_id,
    namespace: row.namespace,
    targetClusterId: row.target_cluster_id,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at,
  }));
}

/** Approves; false where exactly that was in force already. */
export async function approvePublication(
  tx: OrganisationTransaction,
  approval: PublicationPair & { readonly id: string; readonly by: string; readonly at: Date },
): Promise<boolean> {
  const made = await prismaOf(tx).$executeRaw`
    insert into identity_publication
      (id, organisation_id, source_cluster_id, namespace, target_cluster_id, approved_by, approved_at)
    values (${approval.id}::uuid, ${tx.organisationId}::uuid, ${approval.sourceClusterId}::uuid, ${approval.namespace},
      ${approval.targetClusterId}::uuid, ${approval.by}::uuid, ${approval.at})
    on conflict (organisation_id, source_cluster_id, namespace, target_cluster_id) where withdrawn_at is null do nothing`;
  return made === 1;
}

/** Withdraws an approval; the row stays. False where it was not in force. */
export async function withdrawPublication(
  tx: OrganisationTransaction,
  { sourceClusterId, namespace, targetClusterId, by, at }: PublicationPair & { readonly by: string; readonly at: Date },
): Promise<boolean> {
  const { count } = await prismaOf(tx).identityPublication.updateMany({
    where: { sourceClusterId, namespace, targetClusterId, withdrawnAt: null },
    data: { withdrawnBy: by, withdrawnAt: at },
  });
  return count > 0;
}

/** Namespaces with pods, and how many workloads (owners of pods, by controller) and pods each has. */
export async function countNamespaces(tx: OrganisationTransaction): Promise<readonly NamespaceCount[]> {
  const rows = await prismaOf(tx).$queryRaw<
    { cluster_id: string; namespace: string; workloads: bigint; pods: bigint }[]
  >`
    select o.cluster_id::text, o.namespace,
      count(distinct coalesce(rs.body->'metadata'->'ownerReferences'->0->>'uid',
        o.body->'metadata'->'ownerReferences'->0->>'uid', o.uid)) as workloads,
      count(*) as pods
    from inventory_object o
    left join inventory_object rs on rs.cluster_id = o.cluster_id and rs.kind = 'ReplicaSet'
      and rs.namespace = o.namespace and rs.name = o.body->'metadata'->'ownerReferences'->0->>'name'
    where o.kind = 'Pod' and o.api_version = 'v1' and ${seesObject(tx, "o")}
    group by o.cluster_id, o.namespace order by o.cluster_id, o.namespace`;
  return rows.map((row) => ({
    clusterId: row.cluster_id,
    namespace: row.namespace,
    workloads: Number(row.workloads),
    pods: Number(row.pods),
  }));
}

/** How many workloads are published as network sets now, by source, namespace and target. */
export async function countPublished(tx: OrganisationTransaction): Promise<readonly PublishedCount[]> {
  const rows = await prismaOf(tx).$queryRaw<
    { source: string; namespace: string; target: string; workloads: bigint; sets: bigint }[]
  >`
    select source_cluster_id::text as source, namespace, target_cluster_id::text as target,
      count(distinct (workload_kind, workload_name)) as workloads, count(*) as sets
    from published_set p where retired_at is null and ${seesBothEnds(tx)}
    group by source_cluster_id, namespace, target_cluster_id`;
  return rows.map((row) => ({
    sourceClusterId: row.source,
    namespace: row.namespace,
    targetClusterId: row.target,
    workloads: Number(row.workloads),
    sets: Number(row.sets),
  }));
}
