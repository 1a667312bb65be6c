import type { ClusterRecord, ClusterSessionRecord } from "@isthmus/db";
import { isReadOnly, type ClusterFacts } from "./problems";
import { clusterStatus, type ClusterStatus, type SessionFacts } from "./status";

/** A session's row as the models read it. */
export const sessionFacts = (session: ClusterSessionRecord): SessionFacts => ({
  connectedAt: session.connectedAt.getTime(),
  lastHeardAt: session.lastHeardAt.getTime(),
  syncDone: session.syncDone,
  syncTotal: session.syncTotal,
  ...(session.disconnectedAt ? { endedAt: session.disconnectedAt.getTime() } : {}),
  ...(session.syncedAt ? { syncedAt: session.syncedAt.getTime() } : {}),
});

/** What the agent said of its cluster; undefined until it has said anything. */
export function factsOf(cluster: ClusterRecord): ClusterFacts | undefined {
  if (cluster.factsAt === null) return undefined;
  const { kubernetesVersion, calicoVersion, calicoApi, podCidrs, serviceCidrs, goldmane, missingPermissions } = cluster;
  return { kubernetesVersion, calicoVersion, calicoApi, podCidrs, serviceCidrs, goldmane, missingPermissions };
}

/** The status of a cluster's row at `now`. */
export function statusOf(cluster: ClusterRecord, revokedAt: Date | undefined, now: number): ClusterStatus {
  const input = {
    ...(cluster.firstSyncedAt ? { firstSyncedAt: cluster.firstSyncedAt.getTime() } : {}),
    ...(cluster.session ? { session: sessionFacts(cluster.session) } : {}),
    ...(revokedAt ? { revokedAt: revokedAt.getTime() } : {}),
  };
  return clusterStatus(input, now);
}

/** What others need to know of a cluster: may it be written to, and since when is it unknown. */
export interface Reachability {
  readonly readOnly: boolean;
  readonly unknownSince?: number;
}

/** Whether a cluster can be written to and believed at `now`. */
export function reachabilityOf(cluster: ClusterRecord, revokedAt: Date | undefined, now: number): Reachability {
  const status = statusOf(cluster, revokedAt, now);
  const lost = status.kind === "unknown" || status.kind === "revoked";
  return { readOnly: isReadOnly(factsOf(cluster)), ...(lost ? { unknownSince: status.since } : {}) };
}
