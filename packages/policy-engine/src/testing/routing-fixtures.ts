import type { ClusterRouting, RoutingPool } from "../routing/types";

/** A pool as Calico's installer makes it, with what is given. */
export const routingPool = (pool: Partial<RoutingPool> & Pick<RoutingPool, "name" | "cidr">): RoutingPool => ({
  disabled: false,
  natOutgoing: false,
  ipipMode: "Never",
  vxlanMode: "Never",
  allowedUses: [],
  disableBGPExport: false,
  ...pool,
});

/** Cluster `c<at>` with pods in 10.<at>.0.0/16, translation to the outside and no BGP peer. */
export function routingCluster(at: number, changes: Partial<ClusterRouting> = {}): ClusterRouting {
  const podCidrs = [`10.${at}.0.0/16`];
  return {
    id: `id-${at}`,
    name: `c${at}`,
    network: "default",
    podCidrs,
    serviceCidrs: [`10.${100 + at}.0.0/16`],
    pools: [routingPool({ name: "default", cidr: `10.${at}.0.0/16`, natOutgoing: true })],
    nodes: [{ name: `n${at}`, addresses: [`172.18.${at}.10`], asNumber: undefined, routeReflector: false }],
    bgp: { asNumber: 64_512 + at, nodeToNodeMesh: true, serviceRanges: [], peers: [] },
    missing: [],
    ...changes,
  };
}

/** The same cluster with a disabled pool for a range. */
export const withRemotePool = (cluster: ClusterRouting, cidr: string): ClusterRouting => ({
  ...cluster,
  pools: [...cluster.pools, routingPool({ name: `remote-${cidr}`, cidr, disabled: true })],
});

/** The same cluster with a BGP peer. */
export const withPeer = (cluster: ClusterRouting, address: string, asNumber?: number): ClusterRouting => ({
  ...cluster,
  bgp: {
    ...cluster.bgp,
    peers: [...cluster.bgp.peers, { name: `to-${address}`, address, asNumber, everyNode: true }],
  },
});
