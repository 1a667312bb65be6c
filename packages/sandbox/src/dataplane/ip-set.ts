import { maskAddress, versionOf, type Address, type IpVersion, type Net } from "./address";

/** A set of CIDRs as Felix programs it, one of each IP version under one name: membership of one address at a time. */
export interface IpSet {
  has(address: Address): boolean;
}

/** Builds a set; looking up costs one hash per prefix length in it. */
export function ipSetOf(nets: Iterable<Net>): IpSet {
  const byVersion: Readonly<Record<IpVersion, Map<number, Set<Address>>>> = { 4: new Map(), 6: new Map() };
  for (const { base, length } of nets) {
    const byLength = byVersion[versionOf(base)];
    const bases = byLength.get(length);
    if (bases === undefined) byLength.set(length, new Set([base]));
    else bases.add(base);
  }
  const buckets = { 4: [...byVersion[4]], 6: [...byVersion[6]] } as const;
  return {
    has: (address) => buckets[versionOf(address)].some(([length, bases]) => bases.has(maskAddress(address, length))),
  };
}
