import { parseCidrOrAddress, cidrsOverlap, type Cidr } from "../net/address";
import {
  addressesOfCidrs,
  cidrsOfAddresses,
  subtractAddresses,
  type AddressSet,
  type IpVersion,
} from "../sets/address-set";
import type { RangeOverlap, RoutingPool } from "./types";

/** Ranges of addresses that a cluster uses. */
export interface ClusterRanges {
  readonly podCidrs: readonly string[];
  readonly serviceCidrs?: readonly string[];
}

interface UsedRange {
  readonly text: string;
  readonly use: "pods" | "services";
  readonly cidr: Cidr;
}

const used = (texts: readonly string[], use: UsedRange["use"]): readonly UsedRange[] =>
  [...new Set(texts)].toSorted().flatMap((text) => {
    const written = parseCidrOrAddress(text);
    return written === undefined ? [] : [{ text, use, cidr: written.cidr }];
  });

const rangesOf = ({ podCidrs, serviceCidrs = [] }: ClusterRanges): readonly UsedRange[] => [
  ...used(podCidrs, "pods"),
  ...used(serviceCidrs, "services"),
];

/**
 * The ranges of two clusters that share addresses: pods with pods, and pods with services. Services with services are no
 * overlap: each cluster translates its own before a packet leaves. Text that is no range overlaps nothing.
 */
export function overlappingRanges(a: ClusterRanges, b: ClusterRanges): readonly RangeOverlap[] {
  const others = rangesOf(b);
  return rangesOf(a).flatMap(({ text, use, cidr }) =>
    others
      .filter((other) => (use === "pods" || other.use === "pods") && cidrsOverlap(cidr, other.cidr))
      .map((other) => ({ range: text, use, otherRange: other.text, otherUse: other.use })),
  );
}

const addressesOf = (texts: readonly string[]): AddressSet =>
  addressesOfCidrs(texts.flatMap((text) => parseCidrOrAddress(text)?.cidr ?? []));

const covered = new WeakMap<readonly RoutingPool[], AddressSet>();

/** The addresses of pools, worked out once: a cluster is asked about with every other. */
function coveredBy(pools: readonly RoutingPool[]): AddressSet {
  const known = covered.get(pools) ?? addressesOf(pools.map(({ cidr }) => cidr));
  covered.set(pools, known);
  return known;
}

/** The fewest ranges that hold what is in `wanted` and in none of the pools; text that is no range is left out. */
export const uncovered = (wanted: readonly string[], pools: readonly RoutingPool[]): readonly Cidr[] =>
  cidrsOfAddresses(subtractAddresses(addressesOf(wanted), coveredBy(pools)));

/** The versions of IP that ranges are of. */
export const versionsOf = (texts: readonly string[]): ReadonlySet<IpVersion> =>
  new Set(texts.flatMap((text) => parseCidrOrAddress(text)?.cidr.version ?? []));

/** The ranges of one of the versions. */
export const ofVersions = (texts: readonly string[], versions: ReadonlySet<IpVersion>): readonly string[] =>
  texts.filter((text) => {
    const written = parseCidrOrAddress(text);
    return written !== undefined && versions.has(written.cidr.version);
  });
