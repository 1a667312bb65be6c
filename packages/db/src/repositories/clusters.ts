import type { Prisma } from "../generated/client";
import { clustersSeen } from "../reach";
import { lock, prismaOf, type OrganisationTransaction } from "../transaction";

/** A cluster as the organisation knows it; facts are what its agent last said, empty until then. */
export interface ClusterRecord {
  readonly id: string;
  readonly name: string;
  /** All labels of the cluster, region and jurisdiction included; placement selectors see them and `name`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Place in the order of joining, from 0; never given again. */
  readonly ordinal: number;
  readonly kubeSystemUid: string | null;
  readonly network: string;
  readonly kubernetesVersion: string;
  readonly calicoVersion: string;
  readonly calicoApi: string;
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  readonly agentVersion: string;
  readonly goldmane: string;
  readonly missingPermissions: readonly string[];
  /** Kinds that tell of routes and that the agent reads whole; none where it is of an older version. */
  readonly routingKinds: readonly string[];
  /** When the agent last said the facts above; null before it has. */
  readonly factsAt: Date | null;
  /** When its first sync was whole: it is "connected" from then on, not before. */
  readonly firstSyncedAt: Date | null;
  readonly createdAt: Date;
  readonly session: ClusterSessionRecord | null;
}

/** The newest session of a cluster; it outlives the connection, so that "unknown since" can be said. */
export interface ClusterSessionRecord {
  readonly sessionId: string;
  readonly gatewayId: string;
  readonly instance: string;
  readonly connectedAt: Date;
  readonly syncedAt: Date | null;
  readonly lastHeardAt: Date;
  readonly roundTripMs: number | null;
  readonly clockOffsetMs: number | null;
  readonly disconnectedAt: Date | null;
  readonly disconnectReason: string;
  readonly credentialId: string | null;
  readonly remoteAddress: string;
  readonly agentVersion: string;
  readonly spoolBytes: bigint;
  readonly spoolBatches: bigint;
  /** Objects of the sync under way: expected, and durable. */
  readonly syncTotal: number;
  readonly syncDone: number;
  /** Why its agent cannot be sent what the cluster should hold; empty: it can. */
  readonly undelivered: string;
}

/** A connection that a gateway refused, newest first where several are listed. */
export interface RefusedConnectionRecord {
  readonly id: bigint;
  readonly clusterId: string | null;
  readonly code: string;
  readonly message: string;
  readonly at: Date;
  readonly remoteAddress: string;
  readonly clusterUid: string;
  readonly grantId: string | null;
  readonly credentialId: string | null;
}

/** What a person says of a cluster when naming it. */
export interface NewCluster {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null where it is not known who made the grant that it came by. */
  readonly createdBy: string | null;
  readonly at: Date;
}

type Row = Prisma.ClusterGetPayload<{ include: { session: true } }>;

/** Reads a JSON column of labels; anything but text is left out. */
export function labelsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function toRecord(row: Row): ClusterRecord {
  const { region, jurisdiction } = row;
  const columns = { ...(region ? { region } : {}), ...(jurisdiction ? { jurisdiction } : {}) };
  return { ...row, labels: { ...columns, ...labelsOf(row.labels) } };
}

const idIn = (tx: OrganisationTransaction) => {
  const seen = clustersSeen(tx);
  return seen === undefined ? {} : { id: seen };
};

/** All clusters that are not deleted, in order of joining, each with its newest session. */
export async function listClusters(tx: OrganisationTransaction): Promise<readonly ClusterRecord[]> {
  const rows = await prismaOf(tx).cluster.findMany({
    where: { deletedAt: null, ...idIn(tx) },
    include: { session: true },
    orderBy: { ordinal: "asc" },
  });
  return rows.map(toRecord);
}

/** One cluster; undefined where there is none of that id in the organisation, or it was deleted. */
export async function findCluster(tx: OrganisationTransaction, id: string): Promise<ClusterRecord | undefined> {
  const row = await prismaOf(tx).cluster.findFirst({
    where: { AND: [{ id, deletedAt: null }, idIn(tx)] },
    include: { session: true },
  });
  return row ? toRecord(row) : undefined;
}

/** Whether a cluster in use has that name, wherever it is. */
export async function clusterNameInUse(tx: OrganisationTransaction, name: string): Promise<boolean> {
  return (await prismaOf(tx).cluster.count({ where: { name, deletedAt: null } })) > 0;
}

/** Makes a cluster with the next place in the order of joining; `unique-violation` where the name is in use. */
export async function createCluster(tx: OrganisationTransaction, cluster: NewCluster): Promise<number> {
  await lock(tx, "cluster-ordinal");
  const last = await prismaOf(tx).cluster.aggregate({ _max: { ordinal: true } });
  const ordinal = (last._max.ordinal ?? -1) + 1;
  await prismaOf(tx).cluster.create({
    data: {
      id: cluster.id,
      organisationId: tx.organisationId,
      name: cluster.name,
      ...labelColumns(cluster.labels),
      ordinal,
      createdBy: cluster.createdBy,
      createdAt: cluster.at,
    },
  });
  return ordinal;
}

const labelColumns = (labels: Readonly<Record<string, string>>) => ({
  labels: { ...labels },
  region: labels["region"] ?? "",
  jurisdiction: labels["jurisdiction"] ?? "",
});

/** Replaces a cluster's labels. */
export async function setClusterLabels(
  tx: OrganisationTransaction,
  { id, labels }: { readonly id: string; readonly labels: Readonly<Record<string, string>> },
): Promise<void> {
  await prismaOf(tx).cluster.update({ where: { id }, data: labelColumns(labels) });
}

/**
 * Takes a cluster out of the organisation: its name becomes free, its inventory, wishes and reports go; its evidence,
 * audit and topology stay. The caller revokes its grants and credentials in the same transaction.
 */
export async function deleteCluster(
  tx: OrganisationTransaction,
  { id, by, at }: { readonly id: string; readonly by: string; readonly at: Date },
): Promise<void> {
  const prisma = prismaOf(tx);
  await prisma.cluster.update({ where: { id }, data: { deletedAt: at } });
  const ofCluster = { where: { clusterId: id } };
  await prisma.inventoryObject.deleteMany(ofCluster);
  await prisma.desiredResource.deleteMany(ofCluster);
  await prisma.desiredState.deleteMany(ofCluster);
  await prisma.clusterExamination.deleteMany(ofCluster);
  await prisma.resourceStatus.deleteMany(ofCluster);
  await prisma.clusterProbe.deleteMany(ofCluster);
  await prisma.probeResult.deleteMany({ where: { OR: [{ sourceClusterId: id }, { targetClusterId: id }] } });
  await prisma.cureApproval.deleteMany({ where: { OR: [{ clusterId: id }, { aboutClusterId: id }] } });
  await prisma.identityPublication.updateMany({
    where: { withdrawnAt: null, OR: [{ sourceClusterId: id }, { targetClusterId: id }] },
    data: { withdrawnAt: at, withdrawnBy: by },
  });
}

/** Refused connections of one cluster (or of all, unknown ones included), newest first. */
export async function listRefusedConnections(
  tx: OrganisationTransaction,
  { clusterId, since, limit }: { readonly clusterId?: string; readonly since: Date; readonly limit: number },
): Promise<readonly RefusedConnectionRecord[]> {
  const seen = clustersSeen(tx);
  return await prismaOf(tx).refusedConnection.findMany({
    where: {
      at: { gte: since },
      ...(clusterId === undefined ? {} : { clusterId }),
      ...(seen === undefined ? {} : { AND: [{ clusterId: seen }] }),
    },
    omit: { organisationId: true },
    orderBy: { id: "desc" },
    take: limit,
  });
}
