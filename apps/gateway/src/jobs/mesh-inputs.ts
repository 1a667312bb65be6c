import { createHash } from "node:crypto";
import {
  listInventoryPrints,
  loadMeshFrame,
  loadMeshInventory,
  type MeshFrame,
  type MeshSourceCluster,
  type MeshSourceManifest,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { MeshCluster, MeshInput } from "@isthmus/policy-engine";
import { groupBy } from "@isthmus/std";
import { clusterContents, meshCluster, meshOf } from "./mesh-input";

/** What an organisation's compiler reads, and a name of it: equal digests, equal inputs. */
export interface NamedInput {
  readonly input: MeshInput;
  readonly digest: string;
}

/** Reads inputs again and again, and of each cluster only what changed. */
export interface MeshInputs {
  load(tx: OrganisationTransaction): Promise<NamedInput>;
}

/** Clusters whose inventory is read at once. */
const CLUSTERS_AT_ONCE = 50;

interface Known {
  /** Names everything that the cluster was made of. */
  readonly key: string;
  readonly cluster: MeshCluster;
}

const digestOf = (parts: unknown): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/**
 * Makes the inputs of one organisation. A cluster that did not change is the very same object as before: the compiler
 * knows by that that it need not read it again.
 */
export function createMeshInputs(): MeshInputs {
  let known: ReadonlyMap<string, Known> = new Map();
  return {
    load: async (tx) => {
      const frame = await loadMeshFrame(tx);
      // INVARIANT: names before contents: what changes between the two is read again the next time, and never missed.
      const keys = keysOf(frame, await listInventoryPrints(tx));
      const changed = frame.clusters.filter(({ id }) => keys.has(id) && known.get(id)?.key !== keys.get(id));
      const made = await makeClusters(tx, frame, changed);
      const now = new Map<string, Known>();
      for (const [id, key] of keys) {
        const cluster = made.get(id) ?? known.get(id)?.cluster;
        if (cluster !== undefined) now.set(id, { key, cluster });
      }
      known = now;
      const input = meshOf(
        frame,
        [...now.values()].map(({ cluster }) => cluster),
      );
      const { tiers, policies, publications } = input;
      return { input, digest: digestOf([[...keys], tiers, policies, publications]) };
    },
  };
}

/** In the order of the clusters; one whose first sync is not whole takes no part. */
function keysOf(frame: MeshFrame, prints: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const unmanaged = groupBy(frame.unmanaged, ({ clusterId }) => clusterId);
  const keyOf = (cluster: MeshSourceCluster, manifests: readonly MeshSourceManifest[]): string =>
    digestOf([cluster, prints.get(cluster.id) ?? "", manifests]);
  return new Map(
    frame.clusters.flatMap((cluster) =>
      cluster.synced ? [[cluster.id, keyOf(cluster, unmanaged.get(cluster.id) ?? [])] as const] : [],
    ),
  );
}

async function makeClusters(
  tx: OrganisationTransaction,
  { unmanaged }: MeshFrame,
  changed: readonly MeshSourceCluster[],
): Promise<ReadonlyMap<string, MeshCluster>> {
  const made = new Map<string, MeshCluster>();
  for (let from = 0; from < changed.length; from += CLUSTERS_AT_ONCE) {
    const some = changed.slice(from, from + CLUSTERS_AT_ONCE);
    const inventory = await loadMeshInventory(tx, { clusterIds: some.map(({ id }) => id) });
    const of = clusterContents(inventory, unmanaged);
    for (const cluster of some) made.set(cluster.id, meshCluster(cluster, of(cluster.id)));
  }
  return made;
}
