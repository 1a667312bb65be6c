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
  // INVARIANT: one statement: the row's lock is held for no longer than its own commit takes.
  const rows = await prismaOf(tx).$queryRaw<{ lease_term: bigint }[]>`
    with version as (
      update cluster set agent_version = ${session.agentVersion}
      where id = ${session.clusterId}::uuid and agent_version is distinct from ${session.agentVersion}),
    taken as (
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
      spool_batches = 0, undelivered = '', lease_term = s.lease_term + 1
    returning lease_term)
    select lease_term from taken`;
  await publish(tx, { topic: "session", id: session.clusterId });
  return BigInt(rows[0]?.lease_term ?? 0);
}

/** What became of a note that a session was heard. */
export type HeardOutcome = "noted" | "busy" | "taken-over";

/**
 * Notes of several sessions that they were heard. A row that somebody else holds now is `busy`, to be noted later: one
 * takeover must not hold up the notes of all others.
 */
export async function touchAgentSessions(
  tx: OrganisationTransaction,
  heard: readonly SessionHeard[],
): Promise<ReadonlyMap<string, HeardOutcome>> {
  const notes = JSON.stringify(
    heard.map(({ leaseTerm, at, spoolBytes, spoolBatches, clusterId, roundTripMs, clockOffsetMs }) => ({
      cluster: clusterId,
      term: `${leaseTerm}`,
      at: at.toISOString(),
      trip: roundTripMs,
      clock: clockOffsetMs,
      bytes: `${spoolBytes}`,
      batches: `${spoolBatches}`,
    })),
  );
  const rows = await prismaOf(tx).$queryRaw<{ cluster_id: string; noted: boolean }[]>`
    with heard as (
      select * from jsonb_to_recordset(${notes}::jsonb)
        as h(cluster uuid, term bigint, at timestamptz, trip integer, clock integer, bytes bigint, batches bigint)),
    free as (
      select s.cluster_id from cluster_session s join heard h on h.cluster = s.cluster_id and h.term = s.lease_term
      order by s.cluster_id for no key update of s skip locked),
    noted as (
      update cluster_session s set last_heard_at = h.at, round_trip_ms = h.trip, clock_offset_ms = h.clock,
        spool_bytes = h.bytes, spool_batches = h.batches, disconnected_at = null, disconnect_reason = ''
      from heard h join free f on f.cluster_id = h.cluster
      where s.cluster_id = h.cluster and s.lease_term = h.term
      returning s.cluster_id)
    select s.cluster_id::text, n.cluster_id is not null as noted
    from heard h join cluster_session s on s.cluster_id = h.cluster and s.lease_term = h.term
    left join noted n on n.cluster_id = s.cluster_id`;
  const held = new Map(rows.map((row) => [row.cluster_id, row.noted]));
  return new Map(
    heard.map(({ clusterId }) => {
      const noted = held.get(clusterId);
      return [clusterId, noted === undefined ? "taken-over" : noted ? "noted" : "busy"];
    }),
  );
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

/** Announces that a session is not as it was. */
export async function announceSession(tx: OrganisationTransaction, clusterId: string): Promise<void> {
  await publish(tx, { topic: "session", id: clusterId });
}

/** Notes how far the sync of inventory is, in resources; the caller announces it, as often as it likes. */
export async function noteSyncProgress(
  tx: OrganisationTransaction,
  { clusterId, leaseTerm, done, total }: SessionLease & { readonly done: number; readonly total: number },
): Promise<void> {
  await prismaOf(tx).$executeRaw`
    update cluster_session set sync_done = ${done}, sync_total = ${total}
    where cluster_id = ${clusterId}::uuid and lease_term = ${leaseTerm}`;
}

/** Notes why a session's agent cannot be sent what its cluster should hold; empty: it can. */
export async function noteUndelivered(
  tx: OrganisationTransaction,
  { clusterId, leaseTerm, reason }: SessionLease & { readonly reason: string },
): Promise<void> {
  const changed = await prismaOf(tx).$executeRaw`
    update cluster_session set undelivered = ${reason}
    where cluster_id = ${clusterId}::uuid and lease_term = ${leaseTerm} and undelivered <> ${reason}`;
  if (changed > 0) await publish(tx, { topic: "session", id: clusterId });
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
  await publish(tx, { topic: "session", id: clusterId }, { topic: "inventory", id: clusterId });
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
  await publish(tx, ...rows.map(({ cluster_id: id }) => ({ topic: "session" as const, id })));
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
