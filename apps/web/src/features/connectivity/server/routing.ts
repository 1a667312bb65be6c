import {
  listClusters,
  listRevokedClusters,
  listRoutingObjects,
  seesClusterObjects,
  type ClusterRecord,
  type OrganisationTransaction,
} from "@isthmus/db";
import { ROUTING_KINDS, readRouting, type ClusterRouting } from "@isthmus/policy-engine";
import { groupBy } from "@isthmus/std";
import { reachabilityOf } from "../../clusters";

/** A cluster with what is known of its routes, as far as the person may read it. */
export interface RoutedCluster {
  readonly record: ClusterRecord;
  readonly routing: ClusterRouting;
  readonly objects: readonly unknown[];
  /** The person's access leaves out what lies outside of namespaces: pools, BGP and nodes. */
  readonly isHidden: boolean;
  /** No agent is heard from there since then: its facts are of before; null: they are of now, or it never joined. */
  readonly unknownSince: number | null;
}

type Body = Parameters<typeof readRouting>[1][number];

/** Every cluster in reach with its routing. */
export async function routedClusters(tx: OrganisationTransaction, now: number): Promise<readonly RoutedCluster[]> {
  const records = await listClusters(tx);
  const revoked = await listRevokedClusters(tx);
  const objects = groupBy(await listRoutingObjects(tx, ROUTING_KINDS), ({ clusterId }) => clusterId);
  return records.map((record) => {
    const bodies = (objects.get(record.id) ?? []).map(({ body }) => body);
    // INVARIANT: a column of JSON holds JSON.
    const routing = readRouting({ ...record, unread: unreadKinds(tx, record) }, bodies as readonly Body[]);
    const { unknownSince } = reachabilityOf(record, revoked.get(record.id), now);
    return {
      record,
      routing,
      objects: bodies,
      isHidden: !seesClusterObjects(tx, record.id),
      unknownSince: unknownSince ?? null,
    };
  });
}

/** What its agent does not read, or the person does not: either way it is not known on this page. */
function unreadKinds(
  tx: OrganisationTransaction,
  { id, routingKinds, firstSyncedAt }: ClusterRecord,
): readonly string[] {
  if (firstSyncedAt === null || !seesClusterObjects(tx, id)) return ROUTING_KINDS;
  return ROUTING_KINDS.filter((kind) => !routingKinds.includes(kind));
}
