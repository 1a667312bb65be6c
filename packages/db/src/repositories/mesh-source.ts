import { needsWhole, seesObject, withInventoryOf, type InventoryPart } from "../reach";
import { prismaOf, type OrganisationTransaction } from "../transaction";
import { labelsOf } from "./clusters";

/** A cluster as the compiler needs it, before its objects. */
export interface MeshSourceCluster {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  readonly podCidrs: readonly string[];
  readonly calicoApi: string;
  /** False before its first sync was whole: what is known of it may be a part. */
  readonly synced: boolean;
}

/** A namespace or service account with its labels; `namespace` is empty for namespaces. */
export interface MeshSourceLabelled {
  readonly clusterId: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A pod as its API server last reported it. */
export interface MeshSourcePod {
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly hostNetwork: boolean;
  readonly phase: string;
  /** `status.podIPs`, or `status.podIP` alone. */
  readonly addresses: readonly string[];
  /** Container ports that have a name. */
  readonly ports: readonly MeshSourcePort[];
  readonly owner: MeshSourceOwner | null;
}

/** A named port of a container; `protocol` as Kubernetes writes it. */
export interface MeshSourcePort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** The controller of an object. */
export interface MeshSourceOwner {
  readonly kind: string;
  readonly name: string;
}

/** An object that is itself owned by a controller: a ReplicaSet or a Job. */
export interface MeshSourceOwned {
  readonly clusterId: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly owner: MeshSourceOwner;
}

/** A policy or tier that exists in a cluster and is not ours. */
export interface MeshSourceManifest {
  readonly clusterId: string;
  readonly kind: string;
  readonly manifest: unknown;
}

/** An approved revision and where it was placed. */
export interface MeshSourcePolicy {
  readonly policyId: string;
  readonly revisionId: string;
  readonly applicationId: string;
  readonly manifest: unknown;
  readonly clusterIds: readonly string[];
}

/** Everything of an organisation that decides what its clusters should hold. */
export interface MeshSource {
  readonly clusters: readonly MeshSourceCluster[];
  readonly labelled: readonly MeshSourceLabelled[];
  readonly pods: readonly MeshSourcePod[];
  readonly owned: readonly MeshSourceOwned[];
  readonly unmanaged: readonly MeshSourceManifest[];
  readonly tiers: readonly { readonly name: string; readonly order: number; readonly defaultAction: "Deny" | "Pass" }[];
  readonly policies: readonly MeshSourcePolicy[];
  readonly publications: readonly {
    readonly sourceClusterId: string;
    readonly namespace: string;
    readonly targetClusterId: string;
  }[];
}

/** What selectors are asked of. */
export type MeshInventory = Pick<MeshSource, "labelled" | "pods" | "owned">;

/** Reads what selectors are asked of, everywhere or in some clusters or one namespace of them. */
export async function loadMeshInventory(whole: OrganisationTransaction, part?: InventoryPart): Promise<MeshInventory> {
  const tx = part === undefined ? whole : withInventoryOf(whole, part);
  return { labelled: await loadLabelled(tx), pods: await loadPods(tx), owned: await loadOwned(tx) };
}

/** Everything but the inventory. */
export type MeshFrame = Omit<MeshSource, keyof MeshInventory>;

/** Reads what the compiler compiles; one statement a list, each trimmed by Postgres to what is used. */
export async function loadMeshSource(tx: OrganisationTransaction): Promise<MeshSource> {
  return { ...(await loadMeshFrame(tx)), ...(await loadMeshInventory(tx)) };
}

/**
 * Names what each cluster holds: as long as it is the same nothing was added, changed or removed. It folds the hashes of
 * all objects; no two objects have the same, since each says its own name.
 */
export async function listInventoryPrints(tx: OrganisationTransaction): Promise<ReadonlyMap<string, string>> {
  needsWhole(tx);
  const rows = await prismaOf(tx).$queryRaw<{ cluster_id: string; print: string }[]>`
    select cluster_id::text, count(*) || ':'
      || bit_xor(('x' || encode(substring(content_hash from 1 for 8), 'hex'))::bit(64)::bigint) || ':'
      || bit_xor(('x' || encode(substring(content_hash from 9 for 8), 'hex'))::bit(64)::bigint) as print
    from inventory_object group by cluster_id`;
  return new Map(rows.map((row) => [row.cluster_id, row.print]));
}

/** Reads what the compiler compiles beside the inventory. */
export async function loadMeshFrame(tx: OrganisationTransaction): Promise<MeshFrame> {
  needsWhole(tx);
  const prisma = prismaOf(tx);
  const clusters = await prisma.cluster.findMany({ where: { deletedAt: null }, orderBy: { id: "asc" } });
  const tiers = await prisma.tier.findMany({ orderBy: { name: "asc" } });
  const publications = await prisma.identityPublication.findMany({
    where: { withdrawnAt: null, source: { deletedAt: null }, target: { deletedAt: null } },
    select: { sourceClusterId: true, namespace: true, targetClusterId: true },
  });
  return {
    clusters: clusters.map(clusterOf),
    unmanaged: await loadUnmanaged(tx),
    tiers: tiers.map(({ name, order, defaultAction }) => ({
      name,
      order,
      defaultAction: defaultAction === "Pass" ? "Pass" : "Deny",
    })),
    policies: await loadPolicies(tx),
    publications,
  };
}

interface ClusterRow extends Omit<MeshSourceCluster, "labels" | "synced"> {
  readonly firstSyncedAt: Date | null;
  readonly labels: unknown;
  readonly region: string;
  readonly jurisdiction: string;
}

function clusterOf(row: ClusterRow): MeshSourceCluster {
  const { id, name, labels, region, jurisdiction, network, podCidrs, calicoApi, firstSyncedAt } = row;
  const columns = { ...(region ? { region } : {}), ...(jurisdiction ? { jurisdiction } : {}) };
  return {
    id,
    name,
    labels: { ...columns, ...labelsOf(labels) },
    network,
    podCidrs,
    calicoApi,
    synced: firstSyncedAt !== null,
  };
}

interface LabelledRow {
  readonly cluster_id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: unknown;
}

async function loadLabelled(tx: OrganisationTransaction): Promise<readonly MeshSourceLabelled[]> {
  const rows = await prismaOf(tx).$queryRaw<LabelledRow[]>`
    select cluster_id::text, kind, namespace, name, labels from inventory_object o
    where api_version = 'v1' and kind in ('Namespace', 'ServiceAccount') and ${seesObject(tx, "o")}`;
  return rows.map(({ cluster_id: clusterId, labels, ...row }) => ({ ...row, clusterId, labels: labelsOf(labels) }));
}

interface PodRow {
  readonly cluster_id: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: unknown;
  readonly service_account: string | null;
  readonly host_network: boolean | null;
  readonly phase: string | null;
  readonly pod_ips: unknown;
  readonly pod_ip: string | null;
  readonly ports: unknown;
  readonly owners: unknown;
}

async function loadPods(tx: OrganisationTransaction): Promise<readonly MeshSourcePod[]> {
  const rows = await prismaOf(tx).$queryRaw<PodRow[]>`
    select cluster_id::text, namespace, name, labels, body->'spec'->>'serviceAccountName' as service_account,
      (body->'spec'->>'hostNetwork')::boolean as host_network, body->'status'->>'phase' as phase,
      body->'status'->'podIPs' as pod_ips, body->'status'->>'podIP' as pod_ip,
      jsonb_path_query_array(body, '$.spec.containers[*].ports[*] ? (exists(@.name))') as ports,
      body->'metadata'->'ownerReferences' as owners
    from inventory_object o where api_version = 'v1' and kind = 'Pod' and ${seesObject(tx, "o")}`;
  return rows.map((row) => ({
    clusterId: row.cluster_id,
    namespace: row.namespace,
    name: row.name,
    labels: labelsOf(row.labels),
    serviceAccount: row.service_account ?? "default",
    hostNetwork: row.host_network === true,
    phase: row.phase ?? "",
    addresses: addressesOf(row.pod_ips, row.pod_ip),
    ports: portsOf(row.ports),
    owner: controllerOf(row.owners),
  }));
}

function addressesOf(podIps: unknown, podIp: string | null): readonly string[] {
  const listed = Array.isArray(podIps)
    ? podIps.map((each: unknown) => fieldOf(each, "ip")).filter((ip) => ip !== "")
    : [];
  return listed.length === 0 && podIp !== null && podIp !== "" ? [podIp] : listed;
}

function portsOf(ports: unknown): readonly MeshSourcePort[] {
  if (!Array.isArray(ports)) return [];
  return ports.flatMap((each: unknown) => {
    const port = (each as { readonly containerPort?: unknown }).containerPort;
    const [name, protocol] = [fieldOf(each, "name"), fieldOf(each, "protocol") || "TCP"];
    return name !== "" && typeof port === "number" ? [{ name, protocol, port }] : [];
  });
}

function fieldOf(value: unknown, field: string): string {
  if (typeof value !== "object" || value === null) return "";
  const found = (value as Readonly<Record<string, unknown>>)[field];
  return typeof found === "string" ? found : "";
}

function controllerOf(owners: unknown): MeshSourceOwner | null {
  if (!Array.isArray(owners)) return null;
  const controller: unknown = owners.find(
    (owner: unknown) =>
      typeof owner === "object" && owner !== null && "controller" in owner && owner.controller === true,
  );
  const [kind, name] = [fieldOf(controller, "kind"), fieldOf(controller, "name")];
  return kind === "" || name === "" ? null : { kind, name };
}

async function loadOwned(tx: OrganisationTransaction): Promise<readonly MeshSourceOwned[]> {
  const rows = await prismaOf(tx).$queryRaw<
    { cluster_id: string; kind: string; namespace: string; name: string; owners: unknown }[]
  >`
    select cluster_id::text, kind, namespace, name, body->'metadata'->'ownerReferences' as owners
    from inventory_object o where kind in ('ReplicaSet', 'Job') and ${seesObject(tx, "o")} and body->'metadata' ? 'ownerReferences'`;
  return rows.flatMap(({ cluster_id: clusterId, kind, namespace, name, owners }) => {
    const owner = controllerOf(owners);
    return owner === null ? [] : [{ clusterId, kind, namespace, name, owner }];
  });
}

/**
 * Ours is what carries our label under a name that is in the cluster's plan, with the UID on record where there is one:
 * anybody may write the label. Between the creation and its report no UID is on record yet.
 */
async function loadUnmanaged(tx: OrganisationTransaction): Promise<readonly MeshSourceManifest[]> {
  const rows = await prismaOf(tx).$queryRaw<{ cluster_id: string; kind: string; body: unknown }[]>`
    select o.cluster_id::text, o.kind, o.body from inventory_object o
    where o.kind in ('Tier', 'NetworkPolicy', 'GlobalNetworkPolicy', 'StagedNetworkPolicy', 'StagedGlobalNetworkPolicy',
        'StagedKubernetesNetworkPolicy', 'ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy')
      and (o.labels->>'isthmus.io/managed' is distinct from 'true' or not exists (
        select from desired_resource d left join resource_status s using (cluster_id, api_version, kind, namespace, name)
        where d.cluster_id = o.cluster_id and d.api_version = o.api_version and d.kind = o.kind
          and d.namespace = o.namespace and d.name = o.name
          and s.state is distinct from 'not-ours' and coalesce(s.uid, '') in ('', o.uid)))
    order by o.cluster_id, o.kind, o.namespace, o.name`;
  return rows.map((row) => ({ clusterId: row.cluster_id, kind: row.kind, manifest: row.body }));
}

async function loadPolicies(tx: OrganisationTransaction): Promise<readonly MeshSourcePolicy[]> {
  const rows = await prismaOf(tx).$queryRaw<
    { policy_id: string; revision_id: string; application_id: string; manifest: unknown; cluster_ids: string[] }[]
  >`
    select a.policy_id::text, a.revision_id::text, a.id::text as application_id, r.manifest, a.cluster_ids::text[]
    from (select distinct on (policy_id) * from policy_application order by policy_id, id desc) a
    join policy_revision r on r.id = a.revision_id
    where a.action = 'apply' order by a.policy_id`;
  return rows.map((row) => ({
    policyId: row.policy_id,
    revisionId: row.revision_id,
    applicationId: row.application_id,
    manifest: row.manifest,
    clusterIds: row.cluster_ids,
  }));
}
