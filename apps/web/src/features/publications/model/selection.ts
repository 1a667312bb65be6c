import type { PublicationOffer } from "./offers";

/** One namespace of a cluster into another. */
export interface Pair {
  readonly sourceClusterId: string;
  readonly namespace: string;
  readonly targetClusterId: string;
}

/** What a person has ticked or unticked and not yet approved, by `pairKey`. */
export type Wishes = ReadonlyMap<string, boolean>;

/** A pair as text. */
export const pairKey = ({ sourceClusterId, namespace, targetClusterId }: Pair): string =>
  `${sourceClusterId}/${namespace}/${targetClusterId}`;

/** What approving the wishes would do. */
export interface WishedChange {
  readonly approve: readonly Pair[];
  readonly withdraw: readonly Pair[];
  /** Distinct workloads that would become known somewhere. */
  readonly workloads: number;
}

/** The wishes that differ from what is approved now. What is barred cannot be wished. */
export function wishedChange(offers: readonly PublicationOffer[], wishes: Wishes): WishedChange {
  const approve: Pair[] = [];
  const withdraw: Pair[] = [];
  let workloads = 0;
  for (const offer of offers) {
    let published = false;
    for (const target of offer.targets) {
      const pair = { sourceClusterId: offer.clusterId, namespace: offer.namespace, targetClusterId: target.clusterId };
      const wish = wishes.get(pairKey(pair));
      if (wish === true && target.approved === null && target.barred === null) {
        approve.push(pair);
        published = true;
      }
      if (wish === false && target.approved !== null) withdraw.push(pair);
    }
    if (published) workloads += offer.workloads;
  }
  return { approve, withdraw, workloads };
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** What the button says: exactly what it will do. Empty where there is nothing to do. */
export function changeLabel({ approve, withdraw, workloads }: WishedChange): string {
  const namespaces = new Set(approve.map((pair) => `${pair.sourceClusterId}/${pair.namespace}`)).size;
  const into = new Set(approve.map((pair) => pair.targetClusterId)).size;
  const parts = [
    approve.length > 0
      ? `Publish ${count(workloads, "workload")} of ${count(namespaces, "namespace")} into ${count(into, "cluster")}`
      : "",
    withdraw.length > 0
      ? `${approve.length > 0 ? "withdraw" : "Withdraw"} ${count(withdraw.length, "publication")}`
      : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** Offers from a cluster or into it: of another cluster's only that target is kept. */
export function offersOf(
  offers: readonly PublicationOffer[],
  clusterId: string,
): { readonly from: readonly PublicationOffer[]; readonly into: readonly PublicationOffer[] } {
  return {
    from: offers.filter((offer) => offer.clusterId === clusterId),
    into: offers
      .filter((offer) => offer.clusterId !== clusterId)
      .map((offer) => ({ ...offer, targets: offer.targets.filter((target) => target.clusterId === clusterId) })),
  };
}
