import { addressBits, type Cidr, type IpAddress } from "../net/address";

/** Values by address. IPv4 addresses are kept as numbers, which compare faster than bigints. */
export class AddressMap<T> {
  readonly #v4 = new Map<number, T>();
  readonly #v6 = new Map<bigint, T>();

  get({ version, value }: IpAddress): T | undefined {
    return version === 4 ? this.#v4.get(Number(value)) : this.#v6.get(value);
  }

  set({ version, value }: IpAddress, item: T): void {
    if (version === 4) this.#v4.set(Number(value), item);
    else this.#v6.set(value, item);
  }

  delete({ version, value }: IpAddress): void {
    if (version === 4) this.#v4.delete(Number(value));
    else this.#v6.delete(value);
  }

  *values(): Iterable<T> {
    yield* this.#v4.values();
    yield* this.#v6.values();
  }
}

/** The first `prefix` bits of an address, as the key of a range. */
function head({ version, value }: IpAddress, prefix: number): number | bigint {
  if (version === 6) return value >> BigInt(addressBits(6) - prefix);
  return prefix === 0 ? 0 : Number(value) >>> (32 - prefix);
}

type Bucket<T> = Map<number | bigint, Map<T, number>>;

/** Finds whose ranges contain an address: one look for each prefix length in use. The same range may be added several times. */
export class PrefixIndex<T> {
  readonly #byLength: Readonly<Record<4 | 6, Map<number, Bucket<T>>>> = { 4: new Map(), 6: new Map() };

  add({ version, base, prefix }: Cidr, item: T): void {
    const lengths = this.#byLength[version];
    const bucket: Bucket<T> = lengths.get(prefix) ?? new Map<number | bigint, Map<T, number>>();
    lengths.set(prefix, bucket);
    const key = head({ version, value: base }, prefix);
    const items = bucket.get(key) ?? new Map<T, number>();
    bucket.set(key, items);
    items.set(item, (items.get(item) ?? 0) + 1);
  }

  delete({ version, base, prefix }: Cidr, item: T): void {
    const lengths = this.#byLength[version];
    const bucket = lengths.get(prefix);
    const key = head({ version, value: base }, prefix);
    const items = bucket?.get(key);
    if (!bucket || !items) return;
    const left = (items.get(item) ?? 0) - 1;
    if (left > 0) items.set(item, left);
    else items.delete(item);
    if (items.size > 0) return;
    bucket.delete(key);
    if (bucket.size === 0) lengths.delete(prefix);
  }

  /** Each of those whose ranges contain the address, once. */
  containing(address: IpAddress): readonly T[] {
    let found: T[] | undefined;
    for (const [prefix, bucket] of this.#byLength[address.version]) {
      const items = bucket.get(head(address, prefix));
      if (!items) continue;
      found ??= [];
      for (const item of items.keys()) if (!found.includes(item)) found.push(item);
    }
    return found ?? NOTHING;
  }
}

const NOTHING: readonly never[] = [];
