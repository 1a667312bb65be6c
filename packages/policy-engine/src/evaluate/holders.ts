import { addressBits, cidrContains, type Cidr, type IpAddress } from "../net/address";
import type { Holder } from "./packet";

/** A text that names an address. */
export const addressKey = ({ version, value }: IpAddress): string => `${version}/${value}`;

/** Finds who holds an address: single addresses in a map, ranges one by one. */
export class HolderIndex {
  readonly #single = new Map<string, Holder[]>();
  readonly #ranges: { readonly cidr: Cidr; readonly holder: Holder }[] = [];

  addAddress(address: IpAddress, holder: Holder): void {
    const key = addressKey(address);
    const known = this.#single.get(key);
    if (known) known.push(holder);
    else this.#single.set(key, [holder]);
  }

  addRange(cidr: Cidr, holder: Holder): void {
    if (cidr.prefix === addressBits(cidr.version)) this.addAddress({ version: cidr.version, value: cidr.base }, holder);
    else this.#ranges.push({ cidr, holder });
  }

  holdersOf(address: IpAddress): readonly Holder[] {
    const single = this.#single.get(addressKey(address)) ?? [];
    const wide = this.#ranges.filter(({ cidr }) => cidrContains(cidr, address)).map(({ holder }) => holder);
    return wide.length > 0 ? [...single, ...wide] : single;
  }
}
