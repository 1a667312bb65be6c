import { permissions } from "@isthmus/access";
import {
  listClusters,
  listInventory,
  listPolicies,
  listTiers,
  type ClusterRecord,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext } from "../../../server/context";

type Context = Pick<PersonContext, "organisation">;

/** What the person may do somewhere; nothing is decided by it, it only saves pages from offering what is refused. */
export const accessHere = ({ access, authority: { reach, viewingAs }, identity }: PersonContext) => ({
  permissions: permissions.filter((permission) => access.may(permission)),
  /** Whether some of the organisation is out of sight. */
  limited: reach !== undefined || access.places("flows.read") !== "all",
  organisation: { id: identity.organisationId, name: identity.organisationName },
  kind: identity.organisationKind,
  viewingAs: viewingAs ?? null,
});

const shown = ({ id, name, ordinal, labels }: ClusterRecord) => ({
  id,
  name,
  ordinal,
  labels,
  region: labels["region"] ?? "",
});

/** Clusters in order of joining, and each label with the number of clusters that carry it. */
export async function scopeOptions({ organisation }: Context) {
  const clusters = await organisation.transaction(listClusters);
  const counts = new Map<string, { key: string; value: string; clusters: number }>();
  for (const cluster of clusters) {
    for (const [key, value] of Object.entries(cluster.labels)) {
      const seen = counts.get(`${key}=${value}`);
      counts.set(`${key}=${value}`, { key, value, clusters: (seen?.clusters ?? 0) + 1 });
    }
  }
  const labels = [...counts.values()].sort((a, b) => a.key.localeCompare(b.key) || a.value.localeCompare(b.value));
  return { clusters: clusters.map(shown), labels };
}

const workloadKinds = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod"];
const foundPerCluster = 20;

/** Clusters, policies and (once there is text to look for) workloads by name. */
export async function find({ organisation }: Context, text: string) {
  return organisation.transaction(async (tx) => {
    const clusters = await listClusters(tx);
    return {
      clusters: clusters.map(shown),
      policies: await findPolicies(tx),
      workloads: text.length < 2 ? [] : await findWorkloads(tx, clusters, text),
    };
  });
}

async function findPolicies(tx: OrganisationTransaction) {
  const tiers = new Map((await listTiers(tx)).map((tier) => [tier.id, tier.name]));
  return (await listPolicies(tx)).map(({ id, name, tierId }) => ({ id, name, tier: tiers.get(tierId) ?? "" }));
}

async function findWorkloads(tx: OrganisationTransaction, clusters: readonly ClusterRecord[], text: string) {
  const found = [];
  for (const cluster of clusters) {
    const objects = await listInventory(tx, {
      clusterId: cluster.id,
      kinds: workloadKinds,
      text,
      limit: foundPerCluster,
      unownedOnly: true,
    });
    for (const { namespace, name, kind } of objects) {
      found.push({ clusterId: cluster.id, cluster: cluster.name, ordinal: cluster.ordinal, namespace, name, kind });
    }
  }
  return found.slice(0, 60);
}
