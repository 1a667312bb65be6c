import { clustersSeen, needsWhole, seesCluster } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";
import { podAddressAmong } from "./pod-address";

/** How a probe ended, as stored. */
export const probeOutcomes = ["answered", "refused", "timeout", "unreachable", "other-answer", "failed"] as const;

/** One of `probeOutcomes`. */
export type ProbeOutcomeName = (typeof probeOutcomes)[number];

/** A cluster that takes part in probes, with the probe pod that others dial; null where none runs in its pod ranges. */
export interface ProbeTarget {
  readonly clusterId: string;
  readonly address: string | null;
}

/** What an agent found when it dialled a probe pod of another cluster. */
export interface ProbeResultRecord {
  readonly sourceClusterId: string;
  readonly targetClusterId: string;
  /** By the gateway's clock. */
  readonly at: Date;
  readonly outcome: ProbeOutcomeName;
  /** 0 where nothing answered. */
  readonly roundTripUs: number;
  readonly targetAddress: string;
  /** The agent's own address, as it dialled; empty: not known. */
  readonly ownAddress: string;
  /** The source that the probe pod saw; empty where it did not answer. */
  readonly seenAddress: string;
  readonly message: string;
}

/** By whom and when a cluster's part in probes was last decided. */
export interface ClusterProbeRecord {
  readonly clusterId: string;
  readonly enabled: boolean;
  readonly changedBy: string | null;
  readonly changedAt: Date;
}

/** The label that a probe pod carries; its value is `answer`. */
export const PROBE_LABEL = "isthmus.io/probe";

/** Results of a pair that are kept: an hour of one a minute. */
export const PROBES_KEPT = 60;

/** Of a cluster's probe pods so many are looked at; one is enough. */
const PODS_LOOKED_AT = 20;

/**
 * Clusters that take part in probes, each with the address of a running probe pod where it has one. A pod in its node's
 * network is none, and neither is one whose address is not in the cluster's pod ranges.
 */
export async function listProbeTargets(tx: OrganisationTransaction): Promise<readonly ProbeTarget[]> {
  const rows = await prismaOf(tx).$queryRaw<
    { cluster_id: string; pod_cidrs: readonly string[]; addresses: readonly string[] | null }[]
  >`
    select p.cluster_id::text, c.pod_cidrs, pods.addresses
    from cluster_probe p
    join cluster c on c.id = p.cluster_id and c.deleted_at is null
    left join lateral (
      select array_agg(pod.address order by pod.namespace, pod.name) as addresses from (
        select o.namespace, o.name, o.body->'status'->>'podIP' as address
        from inventory_object o
        where o.cluster_id = p.cluster_id and o.api_version = 'v1' and o.kind = 'Pod'
          and o.labels->>${PROBE_LABEL} = 'answer' and o.body->'status'->>'phase' = 'Running'
          and o.body->'status'->>'podIP' <> '' and o.body->'metadata'->>'deletionTimestamp' is null
          and o.body->'spec'->>'hostNetwork' is distinct from 'true'
        order by o.namespace, o.name limit ${PODS_LOOKED_AT}) pod) pods on true
    where p.enabled and ${seesCluster(tx, "p.cluster_id")}
    order by p.cluster_id`;
  return rows.map(({ cluster_id, pod_cidrs, addresses }) => ({
    clusterId: cluster_id,
    address: podAddressAmong(addresses ?? [], pod_cidrs),
  }));
}

/** What was last decided of each cluster that can be seen; a cluster without an entry takes no part. */
export async function listClusterProbes(tx: OrganisationTransaction): Promise<readonly ClusterProbeRecord[]> {
  const seen = clustersSeen(tx);
  return await prismaOf(tx).clusterProbe.findMany({
    ...(seen === undefined ? {} : { where: { clusterId: seen } }),
    omit: { organisationId: true },
    orderBy: { clusterId: "asc" },
  });
}

/** Lets a cluster take part in probes, or no longer; what was found stays. */
export async function setClusterProbe(
  tx: OrganisationTransaction,
  {
    clusterId,
    enabled,
    by,
    at,
  }: { readonly clusterId: string; readonly enabled: boolean; readonly by: string; readonly at: Date },
): Promise<void> {
  const written = { enabled, changedBy: by, changedAt: at };
  await prismaOf(tx).clusterProbe.upsert({
    where: { clusterId },
    create: { clusterId, organisationId: tx.organisationId, ...written },
    update: written,
  });
}

/** Stores a result and forgets what is older than the newest PROBES_KEPT of its pair; false where a cluster is gone. */
export async function storeProbeResult(tx: OrganisationTransaction, result: ProbeResultRecord): Promise<boolean> {
  needsWhole(tx);
  const prisma = prismaOf(tx);
  const { sourceClusterId, targetClusterId } = result;
  const there = await prisma.cluster.count({
    where: { id: { in: [sourceClusterId, targetClusterId] }, deletedAt: null },
  });
  if (there < 2) return false;
  await prisma.probeResult.create({ data: { organisationId: tx.organisationId, ...result } });
  await prisma.$executeRaw`
    delete from probe_result where source_cluster_id = ${sourceClusterId}::uuid
      and target_cluster_id = ${targetClusterId}::uuid and id not in (
        select id from probe_result where source_cluster_id = ${sourceClusterId}::uuid
          and target_cluster_id = ${targetClusterId}::uuid order by at desc, id desc limit ${PROBES_KEPT})`;
  return true;
}

interface Row {
  readonly source_cluster_id: string;
  readonly target_cluster_id: string;
  readonly at: Date;
  readonly outcome: ProbeOutcomeName;
  readonly round_trip_us: number;
  readonly target_address: string;
  readonly own_address: string;
  readonly seen_address: string;
  readonly message: string;
}

const toRecord = (row: Row): ProbeResultRecord => ({
  sourceClusterId: row.source_cluster_id,
  targetClusterId: row.target_cluster_id,
  at: row.at,
  outcome: row.outcome,
  roundTripUs: row.round_trip_us,
  targetAddress: row.target_address,
  ownAddress: row.own_address,
  seenAddress: row.seen_address,
  message: row.message,
});

/** The newest result of each pair of which both ends can be seen. */
export async function listLatestProbes(tx: OrganisationTransaction): Promise<readonly ProbeResultRecord[]> {
  const rows = await prismaOf(tx).$queryRaw<Row[]>`
    select distinct on (source_cluster_id, target_cluster_id) source_cluster_id::text, target_cluster_id::text, at,
      outcome, round_trip_us, target_address, own_address, seen_address, message
    from probe_result
    where ${seesCluster(tx, "source_cluster_id")} and ${seesCluster(tx, "target_cluster_id")}
    order by source_cluster_id, target_cluster_id, at desc, id desc`;
  return rows.map(toRecord);
}

/** All kept results of a pair, newest first; none where one end cannot be seen. */
export async function listProbeHistory(
  tx: OrganisationTransaction,
  { sourceClusterId, targetClusterId }: Pick<ProbeResultRecord, "sourceClusterId" | "targetClusterId">,
): Promise<readonly ProbeResultRecord[]> {
  const rows = await prismaOf(tx).$queryRaw<Row[]>`
    select source_cluster_id::text, target_cluster_id::text, at, outcome, round_trip_us, target_address, own_address,
      seen_address, message
    from probe_result
    where source_cluster_id = ${sourceClusterId}::uuid and target_cluster_id = ${targetClusterId}::uuid
      and ${seesCluster(tx, "source_cluster_id")} and ${seesCluster(tx, "target_cluster_id")}
    order by at desc, id desc`;
  return rows.map(toRecord);
}
