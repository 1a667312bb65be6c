import { addressBits, formatAddress, formatCidr, type Cidr, type IpAddress } from "../net/address";
import type { SetOperation } from "./algebra";
import { BIG_INTERVALS, bigIntervals, hasNumber, type Intervals } from "./intervals";

/** The versions of IP, in the order of their texts. */
export const IP_VERSIONS = [4, 6] as const;

/** A version of IP. */
export type IpVersion = (typeof IP_VERSIONS)[number];

/** A range of addresses of one version, both ends included. */
export interface AddressRange {
  readonly version: IpVersion;
  readonly from: bigint;
  readonly to: bigint;
}

/** A set of addresses of both versions. Canonical. */
export type AddressSet = Readonly<Record<IpVersion, Intervals<bigint>>>;

/** No address. */
export const NO_ADDRESSES: AddressSet = { 4: [], 6: [] };

/** The last address of a version. */
export const lastAddress = (version: IpVersion): bigint => (1n << BigInt(addressBits(version))) - 1n;

/** The addresses of a CIDR range. */
export function rangeOfCidr({ version, base, prefix }: Cidr): AddressRange {
  return { version, from: base, to: base + (1n << BigInt(addressBits(version) - prefix)) - 1n };
}

/** The set of the addresses in any of the ranges. */
export const addressesOfRanges = (ranges: readonly AddressRange[]): AddressSet => ({
  4: bigIntervals(ranges.filter(({ version }) => version === 4)),
  6: bigIntervals(ranges.filter(({ version }) => version === 6)),
});

/** The set of the addresses in any of the CIDR ranges. */
export const addressesOfCidrs = (cidrs: readonly Cidr[]): AddressSet => addressesOfRanges(cidrs.map(rangeOfCidr));

/** Every address of both versions. */
export const ALL_ADDRESSES: AddressSet = addressesOfRanges(
  IP_VERSIONS.map((version) => ({ version, from: 0n, to: lastAddress(version) })),
);

const combine = (operation: SetOperation, a: AddressSet, b: AddressSet): AddressSet => ({
  4: BIG_INTERVALS.combine(operation, [a[4], b[4]]),
  6: BIG_INTERVALS.combine(operation, [a[6], b[6]]),
});

/** The addresses in either set. */
export const uniteAddresses = (a: AddressSet, b: AddressSet): AddressSet => combine("union", a, b);

/** The addresses in both sets. */
export const intersectAddresses = (a: AddressSet, b: AddressSet): AddressSet => combine("intersection", a, b);

/** The addresses of the first set that are not in the second. */
export const subtractAddresses = (a: AddressSet, b: AddressSet): AddressSet => combine("difference", a, b);

/** Whether both hold the same addresses. */
export const sameAddresses = (a: AddressSet, b: AddressSet): boolean =>
  IP_VERSIONS.every((version) => BIG_INTERVALS.equals(a[version], b[version]));

/** Whether the set holds no address. */
export const noAddresses = (set: AddressSet): boolean => set[4].length === 0 && set[6].length === 0;

/** Whether the set holds an address. */
export const hasAddress = (set: AddressSet, { version, value }: IpAddress): boolean => hasNumber(set[version], value);

/** The ranges of a set in order, IPv4 first; they neither touch nor overlap. */
export const rangesOfAddresses = (set: AddressSet): readonly AddressRange[] =>
  IP_VERSIONS.flatMap((version) => set[version].map(({ from, to }) => ({ version, from, to })));

/** The fewest CIDR ranges that hold exactly the addresses of a range. */
export function cidrsOfRange({ version, from, to }: AddressRange): readonly Cidr[] {
  const bits = addressBits(version);
  const cidrs: Cidr[] = [];
  let at = from;
  while (at <= to) {
    let free = 0;
    while (free < bits && (at & (1n << BigInt(free))) === 0n && at + (2n << BigInt(free)) - 1n <= to) free += 1;
    cidrs.push({ version, base: at, prefix: bits - free });
    at += 1n << BigInt(free);
  }
  return cidrs;
}

/** The fewest CIDR ranges that hold exactly the addresses of the set, in order. */
export const cidrsOfAddresses = (set: AddressSet): readonly Cidr[] => rangesOfAddresses(set).flatMap(cidrsOfRange);

/** The lowest address of a set, IPv4 first. */
export function witnessAddress(set: AddressSet): IpAddress | undefined {
  const [first] = rangesOfAddresses(set);
  return first && { version: first.version, value: first.from };
}

/** A range as `10.0.0.0-10.255.255.255`; a single address as a range of one. */
export const formatRange = ({ version, from, to }: AddressRange): string =>
  `${formatAddress({ version, value: from })}-${formatAddress({ version, value: to })}`;

/** The canonical text of a set: its CIDR ranges, separated by commas. */
export const formatAddresses = (set: AddressSet): string => cidrsOfAddresses(set).map(formatCidr).join(",");
