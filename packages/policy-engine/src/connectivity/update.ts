import type { World } from "../evaluate/world";
import { ClusterModel } from "./cluster-model";
import type { Parents } from "./columns";
import {
  addressesIn,
  connectivityOf,
  fillRegistry,
  partiesOf,
  present,
  type Analysis,
  type Connectivity,
} from "./connectivity";
import { clusterColumns, type ClusterColumns } from "./end-classes";
import type { Registry } from "./registry";

/** After so many updates everything is worked out anew, since an update forgets nothing that may tell addresses apart. */
const MOST_UPDATES = 500;

/** Whether two worlds are the same but for the policies in their tiers. */
function sameButPolicies(a: World, b: World): boolean {
  const tiers = (world: World) => JSON.stringify(world.tiers.map(({ name, defaultAction }) => [name, defaultAction]));
  return (
    a.cluster === b.cluster &&
    a.endpoints === b.endpoints &&
    a.hostEndpoints === b.hostEndpoints &&
    a.holdersOf === b.holdersOf &&
    a.serviceTargets === b.serviceTargets &&
    a.profiles === b.profiles &&
    a.unreadable === b.unreadable &&
    a.settings === b.settings &&
    a.domains === b.domains &&
    a.nodes === b.nodes &&
    tiers(a) === tiers(b)
  );
}

/** For each class of the finer model the one of the coarser that it was part of. */
function parentsOf(finer: ClusterModel, coarser: ClusterModel): Parents {
  const parents = new Int32Array(finer.classes.count);
  for (let its = 0; its < parents.length; its += 1) {
    const group = finer.classes.sampleOf(its);
    // INVARIANT: a registry only grows, so whatever told addresses apart before still does.
    if (group) parents[its] = coarser.classes.classAround(group);
  }
  return parents;
}

interface ClusterUpdate {
  readonly world: World;
  readonly earlier: ClusterColumns;
  readonly registry: Registry;
  readonly addresses: ReturnType<typeof addressesIn>;
}

function updateCluster(
  { world, earlier, registry, addresses }: ClusterUpdate,
  view: Connectivity["view"],
): ClusterColumns {
  if (world === earlier.model.world) return earlier;
  const { version } = registry;
  fillRegistry(registry, world);
  if (registry.version === version) return clusterColumns(earlier.model.under(world), view, { cluster: earlier });
  const model = new ClusterModel({ world, registry, tables: earlier.model.tables, addresses });
  return clusterColumns(model, view, { cluster: earlier, parents: parentsOf(model, earlier.model) });
}

/**
 * Connectivity of the same mesh under other policies: what the change does not touch is taken over. Equal to working it
 * out anew; that is done where more than policies changed.
 */
export function updateConnectivity(previous: Connectivity, worlds: readonly World[]): Connectivity {
  const { analysis, view } = previous;
  const alike =
    worlds.length === previous.worlds.length &&
    worlds.every((world, at) => sameButPolicies(world, previous.worlds[at] ?? world));
  if (!alike || analysis.updates >= MOST_UPDATES) return connectivityOf(worlds, { view });
  const addresses = addressesIn(worlds);
  const clusters = worlds.map((world, at) => {
    const [earlier, registry] = [analysis.clusters[at], analysis.registries[at]];
    // INVARIANT: an analysis has a cluster and a registry for each world.
    return updateCluster({ world, earlier, registry, addresses } as ClusterUpdate, view);
  });
  const parties = partiesOf(clusters, previous.held);
  const next: Analysis = { ...analysis, clusters, parties, updates: analysis.updates + 1 };
  return present(next, worlds, view);
}
