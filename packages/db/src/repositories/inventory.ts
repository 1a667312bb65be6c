import { needsWhole } from "../reach";
import { prismaOf, publish, type OrganisationTransaction } from "../transaction";

/** Names an object of a cluster; `namespace` is empty for cluster-wide kinds. */
export interface InventoryRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** An object's place and content hash, as digests need it. */
export interface InventoryHash {
  readonly ref: InventoryRef;
  /** SHA-256 of the canonical JSON. */
  readonly hash: Uint8Array;
  readonly chunk: number;
}

/** An object as an agent reported it; `body` is canonical JSON that was parsed before. */
export interface InventoryUpsert {
  readonly ref: InventoryRef;
  readonly uid: string;
  readonly hash: Uint8Array;
  /** 0 to 255. */
  readonly chunk: number;
  readonly body: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Facts that an agent found of its cluster. */
export interface ClusterFactsUpdate {
  readonly kubernetesVersion: string;
  readonly calicoVersion: string;
  readonly calicoApi: string;
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  readonly goldmane: string;
  readonly missingPermissions: readonly string[];
  /** Undefined: none is said to be read. */
  readonly routingKinds?: readonly string[];
}

/** Every object of a cluster with its hash. */
export async function listInventoryHashes(
  tx: OrganisationTransaction,
  clusterId: string,
): Promise<readonly InventoryHash[]> {
  needsWhole(tx);
  const rows = await prismaOf(tx).inventoryObject.findMany({
    where: { clusterId },
    select: { apiVersion: true, kind: true, namespace: true, name: true, contentHash: true, chunk: true },
  });
  return rows.map(({ contentHash, chunk, ...ref }) => ({ ref, hash: contentHash, chunk }));
}

/** Stores objects; one whose hash is unchanged is left as it is. */
export async function upsertInventory(
  tx: OrganisationTransaction,
  {
    clusterId,
    objects,
    at,
  }: { readonly clusterId: string; readonly objects: readonly InventoryUpsert[]; readonly at: Date },
): Promise<void> {
  if (objects.length === 0) return;
  const rows = JSON.stringify(
    objects.map(({ ref, uid, hash, chunk, labels }) => ({
      ...ref,
      uid,
      hash: Buffer.from(hash).toString("hex"),
      chunk,
      labels,
    })),
  );
  const bodies = objects.map(({ body }) => body);
  await prismaOf(tx).$executeRaw`
    insert into inventory_object as o (organisation_id, cluster_id, api_version, kind, namespace, name, uid,
      content_hash, chunk, labels, body, updated_at)
    select ${tx.organisationId}::uuid, ${clusterId}::uuid, r->>'apiVersion', r->>'kind', r->>'namespace', r->>'name',
      r->>'uid', decode(r->>'hash', 'hex'), (r->>'chunk')::smallint, r->'labels', b::jsonb, ${at}
    from rows from (jsonb_array_elements(${rows}::jsonb), unnest(${bodies}::text[])) as t(r, b)
    on conflict (cluster_id, api_version, kind, namespace, name) do update set uid = excluded.uid,
      content_hash = excluded.content_hash, chunk = excluded.chunk, labels = excluded.labels, body = excluded.body,
      updated_at = excluded.updated_at
    where o.content_hash <> excluded.content_hash or o.uid <> excluded.uid`;
}

/** Removes objects; ones that are not there are ignored. */
export async function deleteInventory(
  tx: OrganisationTransaction,
  { clusterId, refs }: { readonly clusterId: string; readonly refs: readonly InventoryRef[] },
): Promise<void> {
  if (refs.length === 0) return;
  await prismaOf(tx).$executeRaw`
    delete from inventory_object o using jsonb_to_recordset(${JSON.stringify(refs)}::jsonb)
      as r("apiVersion" text, kind text, namespace text, name text)
    where o.cluster_id = ${clusterId}::uuid and o.api_version = r."apiVersion" and o.kind = r.kind
      and o.namespace = r.namespace and o.name = r.name`;
}

/** Makes chunks hold exactly `objects`: what they hold beside them is gone from the cluster. */
export async function replaceInventoryChunks(
  tx: OrganisationTransaction,
  replaced: {
    readonly clusterId: string;
    readonly chunks: readonly number[];
    readonly objects: readonly InventoryUpsert[];
    readonly at: Date;
  },
): Promise<void> {
  const { clusterId, chunks, objects, at } = replaced;
  const kept = JSON.stringify(objects.map(({ ref }) => ref));
  await prismaOf(tx).$executeRaw`
    delete from inventory_object o
    where o.cluster_id = ${clusterId}::uuid and o.chunk = any(${[...chunks]}::smallint[]) and not exists (
      select from jsonb_to_recordset(${kept}::jsonb) as r("apiVersion" text, kind text, namespace text, name text)
      where o.api_version = r."apiVersion" and o.kind = r.kind and o.namespace = r.namespace and o.name = r.name)`;
  await upsertInventory(tx, { clusterId, objects, at });
}

/** Announces that a cluster's inventory or facts changed. */
export async function announceInventory(tx: OrganisationTransaction, clusterId: string): Promise<void> {
  await publish(tx, { topic: "inventory", id: clusterId });
}

/** Stores what an agent found of its cluster. */
export async function storeClusterFacts(
  tx: OrganisationTransaction,
  { clusterId, facts, at }: { readonly clusterId: string; readonly facts: ClusterFactsUpdate; readonly at: Date },
): Promise<void> {
  await prismaOf(tx).cluster.update({
    where: { id: clusterId },
    data: {
      ...facts,
      factsAt: at,
      podCidrs: [...facts.podCidrs],
      serviceCidrs: [...facts.serviceCidrs],
      missingPermissions: [...facts.missingPermissions],
      routingKinds: [...(facts.routingKinds ?? [])],
    },
    select: { id: true },
  });
  await publish(tx, { topic: "session", id: clusterId });
  await announceInventory(tx, clusterId);
}
