import { parseCidrOrAddress, cidrsOverlap } from "../net/address";
import { nodesOf } from "./nodes";
import type { ClusterRouting, ReachFinding, RoutingPeer, RoutingPool } from "./types";

/**
 * Whether BGP carries the pod ranges `wanted` of `to` to `from`, and back. Routes that nobody told Calico of (static
 * ones, a cloud's) are not seen here: "no route" means that none is known.
 */
export function judgeRoute(
  from: ClusterRouting,
  to: ClusterRouting,
  wanted: readonly string[],
): readonly ReachFinding[] {
  if (isUnread(from) || isUnread(to)) return [];
  const hidden = notExported(to, wanted);
  return [...hidden, ...peering(from, to)];
}

const isUnread = ({ missing }: ClusterRouting): boolean =>
  missing.some((fact) => fact === "BGP peers" || fact === "BGP configuration" || fact === "nodes");

function notExported(to: ClusterRouting, wanted: readonly string[]): readonly ReachFinding[] {
  return to.pools
    .filter(({ disableBGPExport, cidr }) => disableBGPExport && wanted.some((range) => overlap(range, cidr)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, cidr }) => ({
      code: "not-exported",
      effect: "no-route",
      message: `pool ${name} (${cidr}) of ${to.name} has disableBGPExport: no neighbour learns its range`,
    }));
}

function overlap(a: string, b: string): boolean {
  const [left, right] = [parseCidrOrAddress(a), parseCidrOrAddress(b)];
  return left !== undefined && right !== undefined && cidrsOverlap(left.cidr, right.cidr);
}

function peering(from: ClusterRouting, to: ClusterRouting): readonly ReachFinding[] {
  const [there, back] = [peersAt(from, to), peersAt(to, from)];
  const wrongAs = [...asDiffers(from, to, there), ...asDiffers(to, from, back)];
  if (wrongAs.length > 0) return wrongAs;
  if (there.length > 0 && back.length > 0)
    return [peered(from, to, there), ...someNodes(from, there), ...someNodes(to, back)];
  if (there.length > 0 || back.length > 0) {
    const [one, other] = there.length > 0 ? [from, to] : [to, from];
    const message = `${one.name} names nodes of ${other.name} as BGP peers, but ${other.name} does not name those of ${one.name}: no session comes up`;
    return [{ code: "one-sided-peering", effect: "no-route", message }];
  }
  return routers(from, to);
}

/** Peers of `from` that are nodes of `to`. */
function peersAt(from: ClusterRouting, to: ClusterRouting): readonly RoutingPeer[] {
  return from.bgp.peers
    .filter(({ address }) => address !== "" && nodesOf(to).has(address))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function asDiffers(from: ClusterRouting, to: ClusterRouting, peers: readonly RoutingPeer[]): readonly ReachFinding[] {
  return peers.flatMap((peer): readonly ReachFinding[] => {
    const actual = nodesOf(to).get(peer.address)?.asNumber ?? to.bgp.asNumber;
    if (peer.asNumber === undefined || peer.asNumber === actual) return [];
    const message = `BGPPeer ${peer.name} of ${from.name} expects AS ${peer.asNumber} at ${peer.address}, which is in AS ${actual}: no session comes up`;
    return [{ code: "as-differs", effect: "no-route", message }];
  });
}

function peered(from: ClusterRouting, to: ClusterRouting, peers: readonly RoutingPeer[]): ReachFinding {
  const by = peers.map(({ name }) => name).toSorted();
  return {
    code: "peered",
    effect: "direct",
    message: `${from.name} (AS ${from.bgp.asNumber}) and ${to.name} (AS ${to.bgp.asNumber}) name each other as BGP peers (${by.join(", ")})`,
  };
}

/** A peering of some nodes alone reaches the others through the mesh of nodes or a route reflector of the cluster. */
function someNodes(cluster: ClusterRouting, peers: readonly RoutingPeer[]): readonly ReachFinding[] {
  const { nodeToNodeMesh, peers: all } = cluster.bgp;
  const isPassedOn = nodeToNodeMesh || all.some(({ address }) => address === "");
  if (isPassedOn || peers.some(({ everyNode }) => everyNode)) return [];
  const message = `only some nodes of ${cluster.name} have the peering, its node-to-node mesh is off and no peer by selector is known: whether the others learn the routes is not known`;
  return [{ code: "only-some-nodes", effect: "unknown", message }];
}

function routers(from: ClusterRouting, to: ClusterRouting): readonly ReachFinding[] {
  const [mine, theirs] = [outside(from), outside(to)];
  const shared = mine.filter((address) => theirs.includes(address));
  if (shared.length > 0) {
    const message = `both peer with ${shared.join(", ")}, which passes routes on unless it filters them`;
    return [{ code: "shared-router", effect: "direct", message }];
  }
  if (mine.length > 0 && theirs.length > 0) {
    const message = `${from.name} peers with ${mine.join(", ")} and ${to.name} with ${theirs.join(", ")}: what these routers tell each other is not known here`;
    return [{ code: "different-routers", effect: "unknown", message }];
  }
  const alone = mine.length > 0 ? [to] : theirs.length > 0 ? [from] : [from, to];
  return alone.map((cluster) => ({
    code: "not-peered",
    effect: "no-route",
    message: `${cluster.name} has no BGP peer outside itself, so nothing that is known announces its pod ranges${encapsulation(cluster.pools)}`,
  }));
}

function outside(cluster: ClusterRouting): readonly string[] {
  const addresses = cluster.bgp.peers.map(({ address }) => address).filter((address) => address !== "");
  return [...new Set(addresses)].filter((address) => !nodesOf(cluster).has(address)).toSorted();
}

function encapsulation(pools: readonly RoutingPool[]): string {
  const overlays = pools.filter(
    ({ disabled, vxlanMode, ipipMode }) => !disabled && [vxlanMode, ipipMode].some((mode) => mode === "Always"),
  );
  const names = overlays.map(({ name }) => name).toSorted();
  return names.length === 0 ? "" : `; its overlay (pool ${names.join(", ")}) ends at its own nodes`;
}
