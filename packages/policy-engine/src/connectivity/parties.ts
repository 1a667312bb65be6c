import type { World } from "../evaluate/world";
import { valueAt } from "./columns";
import type { ClusterColumns, EndClass } from "./end-classes";
import type { ExternalClass } from "./external-classes";
import { NONE, type Tables } from "./tables";

/** What connections are between: a class of endpoints' addresses, or of addresses outside. */
export type Party =
  | { readonly kind: "endpoints"; readonly ends: EndClass }
  | { readonly kind: "external"; readonly outside: ExternalClass };

/** The version of IP that a party's addresses have. */
export const versionOf = (party: Party): 4 | 6 =>
  party.kind === "endpoints" ? party.ends.version : party.outside.version;

/** The cluster that a party belongs to, or that sees it so. */
export const clusterOf = (party: Party): number =>
  party.kind === "endpoints" ? party.ends.cluster : party.outside.cluster;

/** Where a party lies as a cluster sees it; -1 where it cannot meet it. */
export function seenBy(party: Party, cluster: number): number {
  if (party.kind === "endpoints") return party.ends.seen[cluster] ?? -1;
  return party.outside.cluster === cluster ? party.outside.seen : -1;
}

/** What pairs of parties are looked up with. */
export interface PairContext {
  readonly clusters: readonly ClusterColumns[];
  readonly tables: Tables;
}

const worldOf = ({ clusters }: PairContext, cluster: number): World | undefined => clusters[cluster]?.model.world;

/** The node that has the addresses of a class, where pods run on it. */
export const nodeOfClass = ({ clusters }: PairContext, cluster: number, seen: number): string | undefined =>
  clusters[cluster]?.model.classes.sampleOf(seen)?.node;

/** Whether what they say to each other stays on a node, and passes none of its host endpoints (Calico, felix rules/static.go). */
export const staysOnNode = (a: EndClass, b: EndClass): boolean =>
  a.cluster === b.cluster && a.node !== undefined && a.node === b.node;

/** What may leave an endpoint for an address of a class; Felix' DefaultEndpointToHostAction has the last word on its own node. */
function leaving(ends: EndClass, seen: number, context: PairContext): number {
  const { tables } = context;
  const extent = valueAt(ends.egress, seen);
  if (ends.kind === "host" || ends.node === undefined || nodeOfClass(context, ends.cluster, seen) !== ends.node) {
    return extent;
  }
  if (worldOf(context, ends.cluster)?.settings.endpointToHost !== "Drop") return extent;
  return tables.extents.id([NONE, tables.extents.get(extent)[1]]);
}

/** What may reach an endpoint from an address of a class; what a pod's own node says to it is not policed. */
function reaching(ends: EndClass, seen: number, context: PairContext): number {
  const own = ends.kind === "workload" && ends.node !== undefined && !ends.unreadable;
  if (own && nodeOfClass(context, ends.cluster, seen) === ends.node) return context.tables.everywhere;
  return valueAt(ends.ingress, seen);
}

/** What may pass from one party to another, as the number of an extent. */
export function passageBetween(source: Party, destination: Party, context: PairContext): number {
  const { nowhere, everywhere, passage } = context.tables;
  if (versionOf(source) !== versionOf(destination)) return nowhere;
  const from = source.kind === "endpoints" ? source.ends : undefined;
  const to = destination.kind === "endpoints" ? destination.ends : undefined;
  const onNode = from !== undefined && to !== undefined && staysOnNode(from, to);
  const [there, here] = [from ? seenBy(destination, from.cluster) : -1, to ? seenBy(source, to.cluster) : -1];
  if ((from && there < 0) || (to && here < 0) || (!from && !to)) return nowhere;
  const out = from && !(onNode && from.kind === "host") ? leaving(from, there, context) : everywhere;
  const into = to && !(onNode && to.kind === "host") ? reaching(to, here, context) : everywhere;
  return passage(out, into);
}
