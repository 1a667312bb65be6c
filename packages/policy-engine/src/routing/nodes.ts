import type { ClusterRouting, RoutingNode } from "./types";

const known = new WeakMap<readonly RoutingNode[], ReadonlyMap<string, RoutingNode>>();

/** A cluster's nodes by their addresses, worked out once: a cluster is asked about with every other. */
export function nodesOf({ nodes }: ClusterRouting): ReadonlyMap<string, RoutingNode> {
  const byAddress =
    known.get(nodes) ?? new Map(nodes.flatMap((node) => node.addresses.map((address) => [address, node] as const)));
  known.set(nodes, byAddress);
  return byAddress;
}
