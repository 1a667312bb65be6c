import type { ProbeTarget } from "@isthmus/db";
import { MAX_PROBE_ORDERS } from "@isthmus/protocol";

/** How often a pair is measured, in ms. */
export const PROBE_EVERY_MS = 60_000;

/** What was ordered of one session last. */
export interface ProbesOrdered {
  /** By the cluster that is dialled. */
  readonly byCluster: ReadonlyMap<string, OrderedProbe>;
}

interface OrderedProbe {
  readonly address: string;
  readonly atMs: number;
}

/** Nothing was ordered yet. */
export const NOTHING_ORDERED: ProbesOrdered = { byCluster: new Map() };

/** One order: the cluster to dial, at a probe pod's address. */
export interface ProbeToOrder {
  readonly clusterId: string;
  readonly address: string;
}

/**
 * What to order of a cluster's agent now: each other cluster that takes part and has a probe pod, once in PROBE_EVERY_MS,
 * and at once where its pod's address is new. A cluster that takes no part itself is ordered nothing.
 */
export function decideProbes(
  ordered: ProbesOrdered,
  { clusterId, targets }: { readonly clusterId: string; readonly targets: readonly ProbeTarget[] },
  nowMs: number,
): { readonly orders: readonly ProbeToOrder[]; readonly ordered: ProbesOrdered } {
  const takesPart = targets.some((target) => target.clusterId === clusterId);
  const reachable = takesPart ? targets.filter((target) => target.clusterId !== clusterId) : [];
  const wanted = reachable.flatMap(({ clusterId: other, address }) =>
    address === null ? [] : [{ clusterId: other, address }],
  );
  const isDue = ({ clusterId: other, address }: ProbeToOrder): boolean => {
    const last = ordered.byCluster.get(other);
    return last === undefined || last.address !== address || nowMs - last.atMs >= PROBE_EVERY_MS;
  };
  const orders = wanted.filter(isDue).slice(0, MAX_PROBE_ORDERS);
  const fresh = new Map(orders.map(({ clusterId: other, address }) => [other, { address, atMs: nowMs }]));
  const byCluster = new Map(
    wanted.flatMap(({ clusterId: other }) => {
      const at = fresh.get(other) ?? ordered.byCluster.get(other);
      return at === undefined ? [] : [[other, at] as const];
    }),
  );
  return { orders, ordered: { byCluster } };
}
