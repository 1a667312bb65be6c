import { countBelow, type HeldAddresses } from "../connectivity/external-classes";
import type { IpAddress } from "../net/address";
import { rangesOfAddresses, type AddressSet } from "../sets/address-set";

/** The lowest address of the set that no endpoint holds. */
export function freeAddress(set: AddressSet, held: HeldAddresses): IpAddress | undefined {
  for (const { version, from, to } of rangesOfAddresses(set)) {
    const sorted = held[version];
    let at = from;
    for (let i = countBelow(sorted, from); sorted[i] === at; i += 1) at += 1n;
    if (at <= to) return { version, value: at };
  }
  return undefined;
}
