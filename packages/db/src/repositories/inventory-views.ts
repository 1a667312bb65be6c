import { Prisma } from "../generated/client";
import { seesObject } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";
import { labelsOf } from "./clusters";

/** How many objects of a kind a cluster has, and how many of them no other object owns. */
export interface KindCount {
  readonly clusterId: string;
  readonly kind: string;
  readonly count: number;
  readonly unowned: number;
}

/** An object of a cluster, as the agent reported it. */
export interface InventoryRecord {
  readonly clusterId: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly updatedAt: Date;
  readonly body: unknown;
}

/** Names one object of a cluster. */
export interface InventoryKey {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Which objects to list, in the order of namespace, name, kind; `after` is the last one of the page before. */
export interface InventoryQuery {
  readonly clusterId: string;
  readonly kinds: readonly string[];
  readonly text?: string;
  readonly namespace?: string;
  readonly after?: Pick<InventoryKey, "namespace" | "name" | "kind">;
  readonly limit: number;
  /** Leaves out objects that another one owns, as the ReplicaSets of a Deployment. */
  readonly unownedOnly?: boolean;
}

/** Objects by cluster and kind. */
export async function countInventory(tx: OrganisationTransaction): Promise<readonly KindCount[]> {
  const rows = await prismaOf(tx).$queryRaw<{ cluster_id: string; kind: string; count: bigint; unowned: bigint }[]>`
    select cluster_id::text, kind, count(*) as count,
      count(*) filter (where jsonb_array_length(coalesce(body->'metadata'->'ownerReferences', '[]'::jsonb)) = 0) as unowned
    from inventory_object o where ${seesObject(tx, "o")} group by cluster_id, kind`;
  return rows.map((row) => ({
    clusterId: row.cluster_id,
    kind: row.kind,
    count: Number(row.count),
    unowned: Number(row.unowned),
  }));
}

interface Row {
  readonly cluster_id: string;
  readonly api_version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: unknown;
  readonly updated_at: Date;
  readonly body: unknown;
}

const toRecord = (row: Row): InventoryRecord => ({
  clusterId: row.cluster_id,
  apiVersion: row.api_version,
  kind: row.kind,
  namespace: row.namespace,
  name: row.name,
  uid: row.uid,
  labels: labelsOf(row.labels),
  updatedAt: row.updated_at,
  body: row.body,
});

const likeText = (text: string): string => `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;

/** Lists objects of a cluster; text is looked for in names, namespaces and labels. */
export async function listInventory(
  tx: OrganisationTransaction,
  query: InventoryQuery,
): Promise<readonly InventoryRecord[]> {
  const { clusterId, kinds, text, namespace, after, limit } = query;
  const like = text === undefined || text === "" ? undefined : likeText(text);
  const rows = await prismaOf(tx).$queryRaw<Row[]>`
    select cluster_id::text, api_version, kind, namespace, name, uid, labels, updated_at, body
    from inventory_object o
    where cluster_id = ${clusterId}::uuid and kind = any(${[...kinds]}::text[]) and ${seesObject(tx, "o")}
      ${namespace === undefined ? Prisma.empty : Prisma.sql`and namespace = ${namespace}`}
      ${like === undefined ? Prisma.empty : Prisma.sql`and (name ilike ${like} or namespace ilike ${like} or labels::text ilike ${like})`}
      ${after === undefined ? Prisma.empty : Prisma.sql`and (namespace, name, kind) > (${after.namespace}, ${after.name}, ${after.kind})`}
      ${query.unownedOnly === true ? Prisma.sql`and jsonb_array_length(coalesce(body->'metadata'->'ownerReferences', '[]'::jsonb)) = 0` : Prisma.empty}
    order by namespace, name, kind limit ${limit}`;
  return rows.map(toRecord);
}

/** Objects of some kinds in every cluster of the organisation: what a policy's selectors are asked of. */
export async function listInventoryOfKinds(
  tx: OrganisationTransaction,
  kinds: readonly string[],
): Promise<readonly InventoryRecord[]> {
  const rows = await prismaOf(tx).$queryRaw<Row[]>`
    select cluster_id::text, api_version, kind, namespace, name, uid, labels, updated_at, body
    from inventory_object o where kind = any(${[...kinds]}::text[]) and ${seesObject(tx, "o")}
    order by cluster_id, namespace, name`;
  return rows.map(toRecord);
}

/** One object; undefined where the cluster has none of that name. */
export async function findInventoryObject(
  tx: OrganisationTransaction,
  { clusterId, ...key }: InventoryKey & { readonly clusterId: string },
): Promise<InventoryRecord | undefined> {
  const { apiVersion, kind, namespace, name } = key;
  const [row] = await prismaOf(tx).$queryRaw<Row[]>`
    select cluster_id::text, api_version, kind, namespace, name, uid, labels, updated_at, body
    from inventory_object o
    where cluster_id = ${clusterId}::uuid and api_version = ${apiVersion} and kind = ${kind}
      and namespace = ${namespace} and name = ${name} and ${seesObject(tx, "o")}`;
  return row && toRecord(row);
}
