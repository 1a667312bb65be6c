/** An IPv4 address as an unsigned 32-bit number. */
export type Address = number;

/** A CIDR: `base` has no bit set beyond `length`. */
export interface Net {
  readonly base: Address;
  readonly length: number;
}

/** What became of the text of a CIDR or address: IPv6 is known for what it is, since Felix skips it for IPv4 packets. */
export type ParsedNet =
  { readonly kind: "ipv4"; readonly net: Net } | { readonly kind: "ipv6" } | { readonly kind: "invalid" };

/** Reads dotted-quad text; undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/u.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1).map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((address, octet) => address * 256 + octet, 0);
}

/** Writes an address as dotted quad. */
export function formatAddress(address: Address): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** The first `length` bits of an address. */
export function maskAddress(address: Address, length: number): Address {
  if (length === 0) return 0;
  return (address & (0xffffffff << (32 - length))) >>> 0;
}

/** Reads `a.b.c.d/n` or a lone address; bits beyond the length are dropped, as Calico's normalisation does. */
export function parseNet(text: string): ParsedNet {
  if (text.includes(":")) return { kind: "ipv6" };
  const [addressText = "", lengthText = "32", ...rest] = text.split("/");
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0 || !/^\d{1,2}$/u.test(lengthText)) return { kind: "invalid" };
  const length = Number(lengthText);
  return length > 32 ? { kind: "invalid" } : { kind: "ipv4", net: { base: maskAddress(address, length), length } };
}

/** Whether `net` holds `address`. */
export function netContains(net: Net, address: Address): boolean {
  return maskAddress(address, net.length) === net.base;
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
