import { needsWhole } from "../reach";
import { prismaOf, publish, type OrganisationTransaction } from "../transaction";

/** A session that takes a cluster's lease. */
export interface NewAgentSession {
  readonly clusterId: string;
  readonly sessionId: string;
  readonly gatewayId: string;
  readonly credentialId: string;
  readonly instance: string;
  readonly agentVersion: string;
  readonly remoteAddress: string;
  readonly at: Date;
}

/** Names a session by the lease that it holds; a former holder's term matches no row. */
export interface SessionLease {
  readonly clusterId: string;
  readonly leaseTerm: bigint;
}

/** What a heartbeat says. */
export interface SessionHeard extends SessionLease {
  readonly at: Date;
  readonly roundTripMs: number;
  readonly clockOffsetMs: number;
  readonly spoolBytes: bigint;
  readonly spoolBatches: bigint;
}

/** Gives the cluster's lease to a new session and returns its term, which fences out every former holder. */
export async function openAgentSessionLease(tx: OrganisationTransaction, session: NewAgentSession): Promise<bigint> {
  const rows = await prismaOf(tx).$queryRaw<{ lease_term: bigint }[]>`
    insert into cluster_session as s (cluster_id, organisation_id, session_id, gateway_id, instance, connected_at,
      last_heard_at, lease_term, credential_id, agent_version, remote_address)
    values (${session.clusterId}::uuid, ${tx.organisationId}::uuid, ${session.sessionId}::uuid, ${session.gatewayId},
      ${session.instance}, ${session.at}, ${session.at}, 1, ${session.credentialId}::uuid, ${session.agentVersion},
      ${session.remoteAddress})
    on conflict (cluster_id) do update set session_id = excluded.session_id, gateway_id = excluded.gateway_id,
      instance = excluded.instance, connected_at = excluded.connected_at, last_heard_at = excluded.last_heard_at,
      credential_id = excluded.credential_id, agent_version = excluded.agent_version,
      remote_address = excluded.remote_address, synced_at = null, round_trip_ms = null, clock_offset_ms = null,
      disconnected_at = null, disconnect_reason = '', sync_done = 0, sync_total = 0, spool_bytes = 0,
      spool_batches = 0, lease_term = s.lease_term + 1
    returning lease_term`;
  await prismaOf(tx).cluster.update({
    where: { id: session.clusterId },
    data: { agentVersion: session.agentVersion },
    select: { id: true },
  });
  await publish(tx, { topic: "session", id: session.clusterId });
  return BigInt(rows[0]?.lease_term ?? 0);
}

/** Notes that the session was heard; false where its lease has passed on. */
export async function touchAgentSession(tx: OrganisationTransaction, heard: SessionHeard): Promise<boolean> {
  const { count } = await prismaOf(tx).clusterSession.updateMany({
    where: { clusterId: heard.clusterId, leaseTerm: heard.leaseTerm },
    data: {
      lastHeardAt: heard.at,
      roundTripMs: heard.roundTripMs,
      clockOffsetMs: heard.clockOffsetMs,
      spoolBytes: heard.spoolBytes,
      spoolBatches: heard.spoolBatches,
      disconnectedAt: null,
      disconnectReason: "",
    },
  });
  return count === 1;
}

/**
 * True where the session holds the cluster's lease, and nobody can take it before this transaction ends: a takeover
 * waits for the row.
 */
export async function holdAgentLease(tx: OrganisationTransaction, lease: SessionLease): Promise<boolean> {
  const rows = await prismaOf(tx).$queryRaw<{ held: number }[]>`
    select 1 as held from cluster_session
    where cluster_id = ${lease.clusterId}::uuid and lease_term = ${lease.leaseTerm} for share`;
  return rows.length === 1;
}

/** Notes how far the sync of inventory is, in resources. */
export async function noteSyncProgress(
  tx: OrganisationTransaction,
  { clusterId, leaseTerm, done, total }: SessionLease & { readonly done: number; readonly total: number },
): Promise<void> {
  await prismaOf(tx).clusterSession.updateMany({
    where: { clusterId, leaseTerm },
    data: { syncDone: done, syncTotal: total },
  });
  await publish(tx, { topic: "session", id: clusterId });
}

/** Notes that a sync is whole: the session is connected, and at the first one the cluster has joined. */
export async function completeAgentSync(
  tx: OrganisationTransaction,
  { clusterId, leaseTerm, at }: SessionLease & { readonly at: Date },
): Promise<{ readonly first: boolean }> {
  const prisma = prismaOf(tx);
  await prisma.$executeRaw`
    update cluster_session set synced_at = ${at}, sync_done = greatest(sync_done, sync_total)
    where cluster_id = ${clusterId}::uuid and lease_term = ${leaseTerm}`;
  const first = await prisma.$executeRaw`
    update cluster set first_synced_at = ${at}, joined_at = coalesce(joined_at, ${at})
    where id = ${clusterId}::uuid and first_synced_at is null`;
  await publish(tx, { topic: "session", id: clusterId });
  await publish(tx, { topic: "inventory", id: clusterId });
  return { first: first === 1 };
}

/** Notes that the session ended; nothing happens where another has the lease. */
export async function closeAgentSession(
  tx: OrganisationTransaction,
  { clusterId, leaseTerm, at, reason }: SessionLease & { readonly at: Date; readonly reason: string },
): Promise<void> {
  const { count } = await prismaOf(tx).clusterSession.updateMany({
    where: { clusterId, leaseTerm, disconnectedAt: null },
    data: { disconnectedAt: at, disconnectReason: reason },
  });
  if (count > 0) await publish(tx, { topic: "session", id: clusterId });
}

/** Marks sessions that nobody has heard since `before` as unknown since they were last heard; returns their clusters. */
export async function closeSilentSessions(
  tx: OrganisationTransaction,
  { before }: { readonly before: Date },
): Promise<readonly string[]> {
  const rows = await prismaOf(tx).$queryRaw<{ cluster_id: string }[]>`
    update cluster_session set disconnected_at = last_heard_at, disconnect_reason = 'no longer heard'
    where disconnected_at is null and last_heard_at < ${before} returning cluster_id::text`;
  for (const { cluster_id: id } of rows) await publish(tx, { topic: "session", id });
  return rows.map((row) => row.cluster_id);
}

/** What decides whether a session may go on. */
export interface SessionStanding {
  readonly clusterId: string;
  readonly clusterDeletedAt: Date | null;
  readonly leaseTerm: bigint;
  readonly credentialRevokedAt: Date | null;
  readonly credentialExpiresAt: Date | null;
  /** Newest revision of the cluster's desired state; 0 before the first. */
  readonly desiredRevision: bigint;
  /** Number of the examination that was asked for and has not come; 0 where there is none. */
  readonly examinationAsked: bigint;
}

/** The standing of the sessions of some clusters, for the gateways that hold them. */
export async function listSessionStandings(
  tx: OrganisationTransaction,
  clusterIds: readonly string[],
): Promise<readonly SessionStanding[]> {
  needsWhole(tx);
  const rows = await prismaOf(tx).$queryRaw<
    {
      cluster_id: string;
      deleted_at: Date | null;
      lease_term: bigint;
      revoked_at: Date | null;
      expires_at: Date | null;
      revision: bigint | null;
      examine: bigint | null;
    }[]
  >`
    select s.cluster_id::text, c.deleted_at, s.lease_term, a.revoked_at, a.expires_at, d.revision,
      case when e.asked > e.answered then e.asked end as examine
    from cluster_session s join cluster c on c.id = s.cluster_id left join agent_credential a on a.id = s.credential_id
      left join desired_state d on d.cluster_id = s.cluster_id
      left join cluster_examination e on e.cluster_id = s.cluster_id
    where s.cluster_id = any(${[...clusterIds]}::uuid[])`;
  return rows.map((row) => ({
    clusterId: row.cluster_id,
    clusterDeletedAt: row.deleted_at,
    leaseTerm: BigInt(row.lease_term),
    credentialRevokedAt: row.revoked_at,
    credentialExpiresAt: row.expires_at,
    desiredRevision: BigInt(row.revision ?? 0),
    examinationAsked: BigInt(row.examine ?? 0),
  }));
}

/** The session's row goes on under the credential that a renewal made. */
export async function useRenewedCredential(
  tx: OrganisationTransaction,
  { clusterId, leaseTerm, credentialId }: SessionLease & { readonly credentialId: string },
): Promise<void> {
  await prismaOf(tx).clusterSession.updateMany({ where: { clusterId, leaseTerm }, data: { credentialId } });
}
