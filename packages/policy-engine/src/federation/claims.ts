import { compareBytes } from "../text/order";
import { clusterView } from "./cluster-view";
import type { MeshCluster } from "./types";

/** Addresses of each network that several workloads claim at once, with the names of those. */
export type Disputes = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

function disputesWithin(clusters: readonly MeshCluster[]): ReadonlyMap<string, readonly string[]> {
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

/**
 * An address means one endpoint of its network. Every pod counts as a claim, published or not: else a set would give
 * its identity to whoever else has the address.
 */
export function disputesOf(clusters: readonly MeshCluster[]): Disputes {
  const networks = new Map<string, MeshCluster[]>();
  for (const cluster of clusters) networks.set(cluster.network, [...(networks.get(cluster.network) ?? []), cluster]);
  return new Map([...networks].map(([network, members]) => [network, disputesWithin(members)]));
}
