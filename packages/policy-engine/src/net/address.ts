/** An IPv4 or IPv6 address as a number. An IPv4-mapped IPv6 address is the IPv4 address, as Go and Calico have it. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** A range of addresses; `base` has no bits set beyond `prefix`. */
export interface Cidr {
  readonly version: 4 | 6;
  readonly base: bigint;
  readonly prefix: number;
}

/** Number of bits in an address of the version. */
export const addressBits = (version: 4 | 6): number => (version === 4 ? 32 : 128);

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** The 16-bit groups of one side of `::`; an IPv4 address gives two, at the end of the whole text alone. */
function parseGroups(text: string, mayEndInIpv4: boolean): readonly bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else {
      const tail = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined;
      if (tail === undefined) return undefined;
      groups.push(tail >> 16n, tail & 0xffffn);
    }
  }
  return groups;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Parses an address without a prefix length; undefined when it is none. */
export function parseAddress(text: string): IpAddress | undefined {
  if (!text.includes(":")) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : { version: 4, value };
  }
  const value = parseIpv6(text);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { version: 4, value: value & 0xffffffffn } : { version: 6, value };
}

const mask = (version: 4 | 6, prefix: number): bigint => {
  const bits = BigInt(addressBits(version));
  return ((1n << BigInt(prefix)) - 1n) << (bits - BigInt(prefix));
};

/** The range of the first `prefix` bits of an address. */
export const cidrOf = ({ version, value }: IpAddress, prefix: number): Cidr => ({
  version,
  base: value & mask(version, prefix),
  prefix,
});

/** A range as it was written: `exact` is false where bits beyond the prefix were set. */
export interface WrittenCidr {
  readonly cidr: Cidr;
  readonly exact: boolean;
}

/** Parses `address/prefix`; undefined when it is none. */
export function parseCidr(text: string): WrittenCidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (!address || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = Number(length);
  if (prefix > addressBits(address.version)) return undefined;
  const cidr = cidrOf(address, prefix);
  return { cidr, exact: cidr.base === address.value };
}

/** Parses `address/prefix`, or an address as the range of itself alone. */
export function parseCidrOrAddress(text: string): WrittenCidr | undefined {
  if (text.includes("/")) return parseCidr(text);
  const address = parseAddress(text);
  return address && { cidr: cidrOf(address, addressBits(address.version)), exact: true };
}

/** Whether an address lies in a range. */
export const cidrContains = (cidr: Cidr, address: IpAddress): boolean =>
  cidr.version === address.version && (address.value & mask(cidr.version, cidr.prefix)) === cidr.base;

/** Whether two ranges share an address. */
export const cidrsOverlap = (a: Cidr, b: Cidr): boolean =>
  a.prefix <= b.prefix
    ? cidrContains(a, { version: b.version, value: b.base })
    : cidrContains(b, { version: a.version, value: a.base });

function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.length === 1) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}

/** The canonical text of an address (RFC 5952 for IPv6). */
export function formatAddress({ version, value }: IpAddress): string {
  if (version === 6) return formatIpv6(value);
  return [24n, 16n, 8n, 0n].map((shift) => ((value >> shift) & 0xffn).toString()).join(".");
}

/** The canonical text of a range. */
export const formatCidr = ({ version, base, prefix }: Cidr): string =>
  `${formatAddress({ version, value: base })}/${prefix}`;
