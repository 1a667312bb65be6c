/** An address: of IPv4 an unsigned 32-bit number, of IPv6 an unsigned 128-bit bigint, so that the type tells them apart. */
export type Address = number | bigint;

/** The version of the Internet Protocol that an address or packet is of. */
export type IpVersion = 4 | 6;

/** A CIDR: `base` has no bit set beyond `length`. */
export interface Net {
  readonly base: Address;
  readonly length: number;
}

/** The version that an address is of. */
export const versionOf = (address: Address): IpVersion => (typeof address === "number" ? 4 : 6);

/** How long the prefix is that holds one address alone. */
export const hostLength = (address: Address): number => (typeof address === "number" ? 32 : 128);

/** Reads dotted-quad text; undefined where it is none. */
export function parseIpv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/u.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1).map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((address, octet) => address * 256 + octet, 0);
}

const GROUPS = 8;
const MAPPED = 0xffffn;

/** Reads the colon form of RFC 4291, section 2.2; undefined where it is none. */
function parseIpv6(text: string): bigint | undefined {
  const [headText = "", tailText, ...rest] = text.split("::");
  if (rest.length > 0) return undefined;
  const head = readGroups(headText);
  const tail = tailText === undefined ? [] : readGroups(tailText);
  if (head === undefined || tail === undefined) return undefined;
  const missing = GROUPS - head.length - tail.length;
  if (tailText === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail].reduce(
    (address, group) => (address << 16n) | BigInt(group),
    0n,
  );
}

/** Groups of four hexadecimal digits, the last two perhaps written as dotted quad. */
function readGroups(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const quad = parseIpv4(parts.at(-1) ?? "");
  const plain = quad === undefined ? parts : parts.slice(0, -1);
  if (!plain.every((part) => /^[0-9a-f]{1,4}$/iu.test(part))) return undefined;
  const groups = plain.map((part) => Number.parseInt(part, 16));
  return quad === undefined ? groups : [...groups, quad >>> 16, quad & 0xffff];
}

/** Reads an address of either version; an IPv4 address in IPv6 form is one of IPv4, as for Go's net.IP. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const address = parseIpv6(text);
  return address !== undefined && address >> 32n === MAPPED ? Number(address & 0xffffffffn) : address;
}

/** Writes an address as dotted quad, or in the form of RFC 5952. */
export function formatAddress(address: Address): string {
  if (typeof address === "number") return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    ((address >> BigInt((GROUPS - 1 - index) * 16)) & 0xffffn).toString(16),
  );
  const longest = [...groups.join(":").matchAll(/(?:^|:)0(?::0)+(?=:|$)/gu)]
    .map(([run]) => run.replace(/^:/u, ""))
    .toSorted((a, b) => b.length - a.length)[0];
  if (longest === undefined) return groups.join(":");
  const [before = "", ...after] = `:${groups.join(":")}:`.split(`:${longest}:`);
  return `${before.replace(/^:/u, "")}::${after.join(`:${longest}:`).replace(/:$/u, "")}`;
}

/** The first `length` bits of an address. */
export function maskAddress(address: Address, length: number): Address {
  if (typeof address === "bigint") {
    const rest = BigInt(128 - length);
    return (address >> rest) << rest;
  }
  if (length === 0) return 0;
  return (address & (0xffffffff << (32 - length))) >>> 0;
}

/** Reads `address/length` or a lone address; bits beyond the length are dropped, as Calico's normalisation does. */
export function parseNet(text: string): Net | undefined {
  const [addressText = "", lengthText, ...rest] = text.split("/");
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) return undefined;
  if (lengthText === undefined) return { base: address, length: hostLength(address) };
  if (!/^\d{1,3}$/u.test(lengthText) || Number(lengthText) > hostLength(address)) return undefined;
  return { base: maskAddress(address, Number(lengthText)), length: Number(lengthText) };
}

/** Whether `net` holds `address`; one of IPv4 holds none of IPv6. */
export function netContains(net: Net, address: Address): boolean {
  return typeof net.base === typeof address && maskAddress(address, net.length) === net.base;
}

const PRIVATE: readonly Net[] = [
  { base: 0x0a000000, length: 8 },
  { base: 0xac100000, length: 12 },
  { base: 0xc0a80000, length: 16 },
];

/** Whether Felix would call an unknown address `pvt` (RFC 1918) and not `pub`. */
export function isPrivate(address: Address): boolean {
  return PRIVATE.some((net) => netContains(net, address));
}
