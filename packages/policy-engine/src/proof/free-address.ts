import type { HeldAddresses } from "../connectivity/external-classes";
import type { IpAddress } from "../net/address";
import { rangesOfAddresses, type AddressSet } from "../sets/address-set";

/** The index of the first of the numbers, in order, that is not below a bound. */
function firstFrom(sorted: readonly bigint[], bound: bigint): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0n) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The lowest address of the set that no endpoint holds. */
export function freeAddress(set: AddressSet, held: HeldAddresses): IpAddress | undefined {
  for (const { version, from, to } of rangesOfAddresses(set)) {
    const sorted = held[version];
    let at = from;
    for (let i = firstFrom(sorted, from); sorted[i] === at; i += 1) at += 1n;
    if (at <= to) return { version, value: at };
  }
  return undefined;
}
