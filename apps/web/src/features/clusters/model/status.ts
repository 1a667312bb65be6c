/** What the newest session of a cluster says, in Unix milliseconds. */
export interface SessionFacts {
  readonly connectedAt: number;
  readonly lastHeardAt: number;
  readonly endedAt?: number;
  readonly syncedAt?: number;
  readonly syncDone: number;
  readonly syncTotal: number;
}

/** All that decides a cluster's status. */
export interface StatusInput {
  /** When the first sync was whole: the moment the cluster joined. Absent before. */
  readonly firstSyncedAt?: number;
  readonly session?: SessionFacts;
  /** When the agent was revoked; absent while any of its credentials or grants can still be used. */
  readonly revokedAt?: number;
}

/** What is known of the link to a cluster. Unknown is neither good nor bad (invariant I2). */
export type ClusterStatus =
  | { readonly kind: "waiting" }
  | { readonly kind: "connecting"; readonly since: number }
  | { readonly kind: "first-sync"; readonly since: number; readonly done: number; readonly total: number }
  | { readonly kind: "connected"; readonly since: number }
  | { readonly kind: "unknown"; readonly since: number }
  | { readonly kind: "revoked"; readonly since: number };

/** A session that has said nothing for this long is not believed any more: three heartbeats of ten seconds. */
export const SILENT_AFTER_MS = 30_000;

const isLive = (session: SessionFacts, now: number): boolean =>
  session.endedAt === undefined && now - session.lastHeardAt < SILENT_AFTER_MS;

function liveStatus(session: SessionFacts, joined: boolean): ClusterStatus {
  if (joined || session.syncedAt !== undefined) return { kind: "connected", since: session.connectedAt };
  if (session.syncTotal === 0) return { kind: "connecting", since: session.connectedAt };
  return { kind: "first-sync", since: session.connectedAt, done: session.syncDone, total: session.syncTotal };
}

/** The status of a cluster at `now`; "connected" is not said before its first sync was whole. */
export function clusterStatus(input: StatusInput, now: number): ClusterStatus {
  const { session, firstSyncedAt, revokedAt } = input;
  if (session && isLive(session, now)) return liveStatus(session, firstSyncedAt !== undefined);
  if (revokedAt !== undefined) return { kind: "revoked", since: revokedAt };
  if (!session) return firstSyncedAt === undefined ? { kind: "waiting" } : { kind: "unknown", since: firstSyncedAt };
  return { kind: "unknown", since: session.lastHeardAt };
}
