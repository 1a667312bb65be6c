import { maskAddress, versionOf, type Address, type IpVersion } from "./address";
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

/** The sets that hold a prefix, by its length and its base. */
type ByLength = Map<number, Map<Address, NetworkSet[]>>;

/** Indexes sets by the prefixes that they hold. */
export function indexNetworkSets(sets: readonly NetworkSet[]): NetworkSetIndex {
  const byVersion: Readonly<Record<IpVersion, ByLength>> = { 4: new Map(), 6: new Map() };
  for (const set of sets) {
    for (const { base, length } of set.nets) {
      const byLength = byVersion[versionOf(base)];
      const bases = byLength.get(length) ?? new Map<Address, NetworkSet[]>();
      byLength.set(length, bases);
      const members = bases.get(base);
      if (members === undefined) bases.set(base, [set]);
      else members.push(set);
    }
  }
  const buckets = { 4: [...byVersion[4]], 6: [...byVersion[6]] } as const;
  return {
    naming: (address, namespace) => {
      const candidates = buckets[versionOf(address)].flatMap(([length, bases]): readonly Candidate[] =>
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
