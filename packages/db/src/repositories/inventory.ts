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

/** What is held of one chunk of a cluster. */
export interface InventoryChunkDigest {
  readonly chunk: number;
  readonly digest: Uint8Array;
  /** How many objects lie in it. */
  readonly objects: number;
}

/**
 * Digests of what is held of a cluster, one for each chunk that is not empty, as `chunkDigest` of the protocol defines
 * them. Postgres orders texts by UTF-8 and the protocol by UTF-16, which differ only beyond the basic plane: a chunk with
 * such names is asked for once more than needed.
 */
export async function listInventoryDigests(
  tx: OrganisationTransaction,
  clusterId: string,
): Promise<readonly InventoryChunkDigest[]> {
  needsWhole(tx);
  return await prismaOf(tx).$queryRaw<InventoryChunkDigest[]>`
    select chunk::integer, count(*)::integer as objects,
      sha256(string_agg(convert_to(ref || E'\\n', 'UTF8') || content_hash, ''::bytea order by ref collate "C")) as digest
    from (select chunk, content_hash, api_version || '|' || kind || '|' || namespace || '|' || name as ref
      from inventory_object where cluster_id = ${clusterId}::uuid) o
    group by chunk`;
}

/** Bytes of objects in one statement: the client copies its text several times over, and holds the event loop for each. */
const STATEMENT_BYTES = 128 * 1024;

/** Stores objects; one whose hash is unchanged is left as it is. */
export async function upsertInventory(
  tx: OrganisationTransaction,
  {
    clusterId,
    objects,
    at,
  }: { readonly clusterId: string; readonly objects: readonly InventoryUpsert[]; readonly at: Date },
): Promise<void> {
  let rows: string[] = [];
  let bytes = 0;
  for (const object of objects) {
    const row = rowText(object);
    rows.push(row);
    bytes += row.length;
    if (bytes < STATEMENT_BYTES) continue;
    await upsertRows(tx, { clusterId, rows, at });
    [rows, bytes] = [[], 0];
  }
  if (rows.length > 0) await upsertRows(tx, { clusterId, rows, at });
}

/**
 * Bodies are JSON already and go in as they are: one text that Postgres reads once, where a list of texts would have each
 * of their quotes escaped.
 */
function rowText({ ref, uid, hash, chunk, labels, body }: InventoryUpsert): string {
  const row = JSON.stringify({ ...ref, uid, hash: Buffer.from(hash).toString("hex"), chunk, labels });
  return `{"r":${row},"b":${body}}`;
}

async function upsertRows(
  tx: OrganisationTransaction,
  { clusterId, rows, at }: { readonly clusterId: string; readonly rows: readonly string[]; readonly at: Date },
): Promise<void> {
  await prismaOf(tx).$executeRaw`
    insert into inventory_object as o (organisation_id, cluster_id, api_version, kind, namespace, name, uid,
      content_hash, chunk, labels, body, updated_at)
    select ${tx.organisationId}::uuid, ${clusterId}::uuid, r->>'apiVersion', r->>'kind', r->>'namespace', r->>'name',
      r->>'uid', decode(r->>'hash', 'hex'), (r->>'chunk')::smallint, r->'labels', b, ${at}
    from (select e->'r' as r, e->'b' as b from jsonb_array_elements(${`[${rows.join(",")}]`}::jsonb) as e) t
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

/** Stores what an agent found of its cluster, and announces it where it is not what was found before. */
export async function storeClusterFacts(
  tx: OrganisationTransaction,
  { clusterId, facts, at }: { readonly clusterId: string; readonly facts: ClusterFactsUpdate; readonly at: Date },
): Promise<void> {
  const { kubernetesVersion, calicoVersion, calicoApi, goldmane } = facts;
  const routingKinds = [...(facts.routingKinds ?? [])];
  const [podCidrs, serviceCidrs] = [[...facts.podCidrs], [...facts.serviceCidrs]];
  const missing = [...facts.missingPermissions];
  const rows = await prismaOf(tx).$queryRaw<{ changed: boolean }[]>`
    update cluster c set kubernetes_version = ${kubernetesVersion}, calico_version = ${calicoVersion},
      calico_api = ${calicoApi}, goldmane = ${goldmane}, pod_cidrs = ${podCidrs}::text[],
      service_cidrs = ${serviceCidrs}::text[], missing_permissions = ${missing}::text[],
      routing_kinds = ${routingKinds}::text[], facts_at = ${at}
    from (select * from cluster where id = ${clusterId}::uuid for no key update) o
    where c.id = o.id
    returning (o.kubernetes_version, o.calico_version, o.calico_api, o.goldmane, o.pod_cidrs, o.service_cidrs,
      o.missing_permissions, o.routing_kinds) is distinct from (c.kubernetes_version, c.calico_version, c.calico_api,
      c.goldmane, c.pod_cidrs, c.service_cidrs, c.missing_permissions, c.routing_kinds) or o.facts_at is null as changed`;
  if (rows[0]?.changed !== true) return;
  await publish(tx, { topic: "session", id: clusterId }, { topic: "inventory", id: clusterId });
}
