import { maskAddress, type Address, type Net } from "./address";

/** A set of CIDRs as Felix programs it: membership of one address at a time. */
export interface IpSet {
  has(address: Address): boolean;
}

/** Builds a set; looking up costs one hash per prefix length in it. */
export function ipSetOf(nets: Iterable<Net>): IpSet {
  const byLength = new Map<number, Set<number>>();
  for (const net of nets) {
    const bases = byLength.get(net.length);
    if (bases === undefined) byLength.set(net.length, new Set([net.base]));
    else bases.add(net.base);
  }
  const buckets = [...byLength];
  return { has: (address) => buckets.some(([length, bases]) => bases.has(maskAddress(address, length))) };
}
