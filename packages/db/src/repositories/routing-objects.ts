import { holdsPlace, seesObject } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** An object that says something about a cluster's routes, as its agent reported it. */
export interface RoutingObjectRecord {
  readonly clusterId: string;
  readonly body: unknown;
}

/** Objects of these kinds in all clusters of which the cluster-wide inventory can be read. */
export async function listRoutingObjects(
  tx: OrganisationTransaction,
  kinds: readonly string[],
): Promise<readonly RoutingObjectRecord[]> {
  const rows = await prismaOf(tx).$queryRaw<{ cluster_id: string; body: unknown }[]>`
    select o.cluster_id::text, o.body from inventory_object o
    where o.kind = any(${[...kinds]}) and o.namespace = '' and ${seesObject(tx, "o")}
    order by o.cluster_id, o.kind, o.name`;
  return rows.map(({ cluster_id, body }) => ({ clusterId: cluster_id, body }));
}

/** Whether a cluster's own objects, those outside of namespaces, can be read. */
export const seesClusterObjects = ({ reach }: OrganisationTransaction, clusterId: string): boolean =>
  holdsPlace(reach?.inventory ?? "all", clusterId);
