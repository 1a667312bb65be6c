import type { SelectorNode } from "../selector/ast";
import { printSelector } from "../selector/printer";
import { clusterView, selectedPods, type PodView } from "./cluster-view";
import type { Peer } from "./peer";
import type { MeshCluster } from "./types";

/** Pods of one cluster that rules speak of; those without an address are none that a packet could come from. */
export interface Spoken {
  readonly cluster: MeshCluster;
  readonly pods: readonly PodView[];
}

/** The pods that the peers of a policy select, cluster by cluster in the order of the mesh; clusters without any are left out. */
export type SpokenOf = (policy: { readonly peers: readonly Peer[] }) => readonly Spoken[];

/** Makes the look-up over clusters; each selector is asked of each cluster once, for all that the policies are placed on. */
export function createSpokenOf(clusters: readonly MeshCluster[]): SpokenOf {
  const bySelector = new Map<string, ReadonlyMap<MeshCluster, readonly PodView[]>>();
  const byPolicy = new Map<object, readonly Spoken[]>();
  const selected = (text: string, selector: SelectorNode): ReadonlyMap<MeshCluster, readonly PodView[]> => {
    const known = bySelector.get(text);
    if (known) return known;
    const pods = new Map<MeshCluster, readonly PodView[]>();
    for (const cluster of clusters) {
      const some = [...selectedPods(clusterView(cluster), selector)].filter(({ addresses }) => addresses.length > 0);
      if (some.length > 0) pods.set(cluster, some);
    }
    bySelector.set(text, pods);
    return pods;
  };
  const spokenOf: SpokenOf = ({ peers }) => {
    if (peers.length === 0) return [];
    const selectors = new Map(peers.map(({ selector }) => [printSelector(selector), selector]));
    const some = [...selectors].map(([text, selector]) => selected(text, selector));
    return clusters.flatMap((cluster) => {
      const pods = some.flatMap((each) => each.get(cluster) ?? []);
      return pods.length === 0 ? [] : [{ cluster, pods }];
    });
  };
  return (policy) => {
    const spoken = byPolicy.get(policy) ?? spokenOf(policy);
    byPolicy.set(policy, spoken);
    return spoken;
  };
}
