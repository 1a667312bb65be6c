import { maskAddress, type Address } from "./address";
import type { NetworkSet } from "./model";

/** Finds the network set that names an address. */
export interface NetworkSetIndex {
  /** The set that Felix would name `address` by in a flow of an endpoint in `namespace`; undefined for none. */
  naming(address: Address, namespace: string): NetworkSet | undefined;
}

interface Candidate {
  readonly set: NetworkSet;
  readonly length: number;
}

/** Indexes sets by the prefixes that they hold. */
export function indexNetworkSets(sets: readonly NetworkSet[]): NetworkSetIndex {
  const byLength = new Map<number, Map<Address, NetworkSet[]>>();
  for (const set of sets) {
    for (const net of set.nets) {
      const bases = byLength.get(net.length) ?? new Map<Address, NetworkSet[]>();
      byLength.set(net.length, bases);
      const members = bases.get(net.base);
      if (members === undefined) bases.set(net.base, [set]);
      else members.push(set);
    }
  }
  const buckets = [...byLength];
  return {
    naming: (address, namespace) => {
      const candidates = buckets.flatMap(([length, bases]): readonly Candidate[] =>
        (bases.get(maskAddress(address, length)) ?? []).map((set) => ({ set, length })),
      );
      return candidates.toSorted((a, b) => compareCandidates(a, b, namespace))[0]?.set;
    },
  };
}

/** Sets of the endpoint's own namespace, then global ones, then others; then the longest prefix; then by name. */
function compareCandidates(a: Candidate, b: Candidate, namespace: string): number {
  const byScope = scopeRank(a.set, namespace) - scopeRank(b.set, namespace);
  if (byScope !== 0) return byScope;
  if (a.length !== b.length) return b.length - a.length;
  return fullName(a.set) < fullName(b.set) ? -1 : 1;
}

function scopeRank(set: NetworkSet, namespace: string): number {
  if (set.namespace === undefined) return 1;
  return set.namespace === namespace ? 0 : 2;
}

const fullName = (set: NetworkSet): string => `${set.namespace ?? ""}/${set.name}`;
