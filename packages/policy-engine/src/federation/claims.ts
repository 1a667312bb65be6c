import { compareBytes } from "../text/order";
import { clusterView } from "./cluster-view";
import type { MeshCluster } from "./types";

/** Addresses that several workloads claim at once, with the names of those. */
export type Disputed = ReadonlyMap<string, readonly string[]>;

function workOut(clusters: readonly MeshCluster[]): Disputed {
  const owner = new Map<string, string>();
  const disputed = new Map<string, Set<string>>();
  for (const cluster of clusters) {
    for (const { addresses, identityKey } of clusterView(cluster).pods) {
      for (const { text } of addresses) {
        const first = owner.get(text);
        if (first === undefined) owner.set(text, identityKey);
        else if (first !== identityKey) disputed.set(text, (disputed.get(text) ?? new Set([first])).add(identityKey));
      }
    }
  }
  return new Map([...disputed].map(([text, names]) => [text, [...names].sort(compareBytes)]));
}

interface Known {
  readonly clusters: readonly MeshCluster[];
  readonly disputed: Disputed;
}

/** What was last found, by the network's first cluster. Never seen from outside. */
const found = new WeakMap<MeshCluster, Known>();

/**
 * What is disputed among the clusters of one network, where an address means one endpoint. Every pod counts as a claim,
 * published or not: else a set would give its identity to whoever else has the address. The same clusters, in the same
 * order, are not gone through again.
 */
export function disputesWithin(clusters: readonly MeshCluster[]): Disputed {
  const [first] = clusters;
  if (!first) return new Map();
  const known = found.get(first);
  const isSame =
    known?.clusters.length === clusters.length && known.clusters.every((each, at) => each === clusters[at]);
  if (known && isSame) return known.disputed;
  const disputed = workOut(clusters);
  found.set(first, { clusters, disputed });
  return disputed;
}
