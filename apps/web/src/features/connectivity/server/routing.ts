import {
  listClusters,
  listRoutingObjects,
  seesClusterObjects,
  type ClusterRecord,
  type OrganisationTransaction,
} from "@isthmus/db";
import { ROUTING_KINDS, readRouting, type ClusterRouting } from "@isthmus/policy-engine";
import { groupBy } from "@isthmus/std";

/** A cluster with what is known of its routes, as far as the person may read it. */
export interface RoutedCluster {
  readonly record: ClusterRecord;
  readonly routing: ClusterRouting;
  readonly objects: readonly unknown[];
}

type Body = Parameters<typeof readRouting>[1][number];

/** Every cluster in reach with its routing. */
export async function routedClusters(tx: OrganisationTransaction): Promise<readonly RoutedCluster[]> {
  const records = await listClusters(tx);
  const objects = groupBy(await listRoutingObjects(tx, ROUTING_KINDS), ({ clusterId }) => clusterId);
  return records.map((record) => {
    const bodies = (objects.get(record.id) ?? []).map(({ body }) => body);
    // INVARIANT: a column of JSON holds JSON.
    const routing = readRouting({ ...record, unread: unreadKinds(tx, record) }, bodies as readonly Body[]);
    return { record, routing, objects: bodies };
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
