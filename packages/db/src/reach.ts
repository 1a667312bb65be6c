import { invariant } from "@isthmus/std";
import { Prisma } from "./generated/client";
import { handleFor, prismaOf, type OrganisationTransaction } from "./transaction";

/** What is left of one dimension: all of it, or some ids or names. */
export type ReachLimit = "all" | ReadonlySet<string>;

/** Clusters by id, there in all namespaces or in some; "all" is everything, clusters that join later included. */
export type ReachPlaces = "all" | ReadonlyMap<string, ReachLimit>;

/** A product of clusters (ids), namespaces and tiers (names). */
export interface ReachBox {
  readonly clusters: ReachLimit;
  readonly namespaces: ReachLimit;
  readonly tiers: ReachLimit;
}

/** What a transaction's repositories show, in the terms of rows: where each kind of thing can be read. */
export interface Reach {
  readonly clusters: ReachLimit;
  readonly inventory: ReachPlaces;
  readonly publications: ReachPlaces;
  /** Names. */
  readonly tiers: ReachLimit;
  /** A policy is shown where a box holds its tier, its namespace and one of its clusters. */
  readonly policies: readonly ReachBox[];
}

/** Whether a limit leaves a name. */
export const holds = (limit: ReachLimit, name: string): boolean => limit === "all" || limit.has(name);

/** Whether a place is in reach; without a namespace: the whole cluster. */
export function holdsPlace(places: ReachPlaces, clusterId: string, namespace?: string): boolean {
  const there = places === "all" ? "all" : places.get(clusterId);
  return there !== undefined && (there === "all" || (namespace !== undefined && there.has(namespace)));
}

/** Whether policies of a tier and namespace can be read in a cluster. */
export const holdsPolicy = (
  { policies }: Pick<Reach, "policies">,
  { tier, namespace, clusterId }: { readonly tier: string; readonly namespace: string; readonly clusterId: string },
): boolean =>
  policies.some((box) => holds(box.tiers, tier) && holds(box.namespaces, namespace) && holds(box.clusters, clusterId));

const column = (name: string): Prisma.Sql => Prisma.raw(name);
const everything = Prisma.sql`true`;

/** Condition: the cluster in a column can be seen. A null is the whole organisation's. */
export function seesCluster({ reach }: OrganisationTransaction, cluster: string): Prisma.Sql {
  if (reach === undefined || reach.clusters === "all") return everything;
  return Prisma.sql`${column(cluster)} = any(${[...reach.clusters]}::uuid[])`;
}

/** The same for Prisma's own queries. */
export const clustersSeen = ({ reach }: OrganisationTransaction): { readonly in: string[] } | undefined =>
  reach === undefined || reach.clusters === "all" ? undefined : { in: [...reach.clusters] };

/** The same for the names of tiers. */
export const tiersSeen = ({ reach }: OrganisationTransaction): { readonly in: string[] } | undefined =>
  reach === undefined || reach.tiers === "all" ? undefined : { in: [...reach.tiers] };

interface PlaceColumns {
  readonly cluster: string;
  readonly namespace: string;
}

/** Condition: the place in two columns is in reach. Whole clusters are one array, namespaces of clusters two more. */
export function seesPlace(
  { reach }: OrganisationTransaction,
  kind: "inventory" | "publications",
  { cluster, namespace }: PlaceColumns,
): Prisma.Sql {
  const places = reach?.[kind] ?? "all";
  if (places === "all") return everything;
  const whole = [...places].flatMap(([id, names]) => (names === "all" ? [id] : []));
  const parts = [...places].flatMap(([id, names]) => (names === "all" ? [] : [...names].map((name) => ({ id, name }))));
  if (parts.length === 0) return Prisma.sql`${column(cluster)} = any(${whole}::uuid[])`;
  const [ids, names] = [parts.map(({ id }) => id), parts.map(({ name }) => name)];
  // The first condition follows from the others; Postgres finds no index by an alternative with a subquery in it.
  return Prisma.sql`(${column(cluster)} = any(${[...places.keys()]}::uuid[]) and (${column(cluster)} = any(${whole}::uuid[])
    or (${column(cluster)}, ${column(namespace)}) in (select * from unnest(${ids}::uuid[], ${names}::text[]))))`;
}

/** Condition on inventory under an alias: an object is of its namespace, and a Namespace is of itself. */
export function seesObject(tx: OrganisationTransaction, alias: string): Prisma.Sql {
  const namespace = `case when ${alias}.kind = 'Namespace' and ${alias}.api_version = 'v1' then ${alias}.name else ${alias}.namespace end`;
  return seesPlace(tx, "inventory", { cluster: `${alias}.cluster_id`, namespace });
}

/** Some clusters, or one namespace of them. */
export interface InventoryPart {
  readonly clusterIds: readonly string[];
  readonly namespace?: string;
}

const unlimited: Reach = {
  clusters: "all",
  inventory: "all",
  publications: "all",
  tiers: "all",
  policies: [{ clusters: "all", namespaces: "all", tiers: "all" }],
};

/** The same transaction with a part of its inventory in reach: less to ask about, and never more to see. */
export function withInventoryOf(
  tx: OrganisationTransaction,
  { clusterIds, namespace }: InventoryPart,
): OrganisationTransaction {
  const reach = tx.reach ?? unlimited;
  const inventory = new Map<string, ReachLimit>();
  for (const id of clusterIds) {
    const limit = reach.inventory === "all" ? "all" : reach.inventory.get(id);
    if (limit === undefined) continue;
    if (namespace === undefined) inventory.set(id, limit);
    else if (holds(limit, namespace)) inventory.set(id, new Set([namespace]));
  }
  const { organisationId } = tx;
  return handleFor({ kind: "organisation", organisationId, reach: { ...reach, inventory } }, prismaOf(tx));
}

const namesOf = (limit: ReachLimit): readonly string[] | null => (limit === "all" ? null : [...limit]);

/** The boxes of policies as a table `b`, in which a null limits nothing. */
function policyBoxes({ policies }: Reach): Prisma.Sql {
  const rows = policies.map((box) => ({
    clusters: namesOf(box.clusters),
    namespaces: namesOf(box.namespaces),
    tiers: namesOf(box.tiers),
  }));
  return Prisma.sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as b(clusters jsonb, namespaces jsonb, tiers jsonb)`;
}

/** Expressions of a row that say where a policy lies; `clusters` is an array of text. */
interface PolicyColumns {
  readonly tier: string;
  readonly namespace: string;
  readonly clusters: string;
}

/** Condition: the policy can be read in one of its clusters. */
export function seesPolicy({ reach }: OrganisationTransaction, { tier, namespace, clusters }: PolicyColumns) {
  if (reach === undefined) return everything;
  return Prisma.sql`exists (select from ${policyBoxes(reach)}
    where (b.tiers is null or b.tiers ? ${column(tier)}) and (b.namespaces is null or b.namespaces ? ${column(namespace)})
      and (b.clusters is null or b.clusters ?| ${column(clusters)}))`;
}

/**
 * Policies as a common table `placed`: the columns of the policy, `tier_name`, its newest revision `newest` and
 * application `latest` as rows, and `clusters`, in which it lies: where it is applied, and one that is not applied where
 * its newest revision was placed when it was saved. Materialised, since boxes are asked of each row many times.
 */
export const placedPolicies = (policyId?: string): Prisma.Sql => Prisma.sql`placed as materialized (
  select p.*, t.name as tier_name, n as newest, a as latest,
    coalesce(case when a.action = 'apply' then a.cluster_ids end, n.cluster_ids, '{}')::text[] as clusters
  from policy p join tier t on t.id = p.tier_id
  left join lateral (
    select r.id, r.number, r.placement_selector, r.cluster_ids from policy_revision r
    where r.policy_id = p.id order by r.number desc limit 1) n on true
  left join lateral (select x.* from policy_application x where x.policy_id = p.id order by x.id desc limit 1) a on true
  ${policyId === undefined ? Prisma.empty : Prisma.sql`where p.id = ${policyId}::uuid`})`;

/** Condition: a row of `placed` is in reach. */
export const seesPlaced = (tx: OrganisationTransaction): Prisma.Sql =>
  seesPolicy(tx, { tier: "placed.tier_name", namespace: "placed.namespace", clusters: "placed.clusters" });

/** Whether one policy is in reach. */
export async function isPolicySeen(tx: OrganisationTransaction, policyId: string): Promise<boolean> {
  if (tx.reach === undefined) return true;
  const rows = await prismaOf(tx).$queryRaw<unknown[]>`
    with ${placedPolicies(policyId)} select 1 from placed where ${seesPlaced(tx)}`;
  return rows.length > 0;
}

/** For what gateways and jobs read, or what its caller narrows by rules of its own: nobody asks for it with a reach. */
export function needsWhole({ reach }: OrganisationTransaction): void {
  invariant(reach === undefined, "this is read for gateways and jobs, and is not narrowed");
}
