import type { IpAddress } from "../net/address";
import type { AddressRange } from "../sets/address-set";
import type { ClusterModel } from "./cluster-model";

/** Addresses that no endpoint of the mesh holds and that a cluster's policies do not tell apart. */
export interface ExternalClass {
  /** Place of the cluster in the mesh. */
  readonly cluster: number;
  /** Its class of addresses in that cluster. */
  readonly seen: number;
  readonly version: 4 | 6;
  readonly ranges: readonly AddressRange[];
}

/** The addresses of a mesh's endpoints, in order, by version. */
export type HeldAddresses = Readonly<Record<4 | 6, readonly bigint[]>>;

/** Sorts the addresses that endpoints hold. */
export function heldAddresses(addresses: readonly IpAddress[]): HeldAddresses {
  const sorted = (wanted: 4 | 6) =>
    [...new Set(addresses.flatMap(({ version, value }) => (version === wanted ? [value] : [])))].sort((a, b) =>
      a < b ? -1 : 1,
    );
  return { 4: sorted(4), 6: sorted(6) };
}

/** How many of the numbers, in order, are below a bound: the place of the first that is not. */
export function countBelow(sorted: readonly bigint[], bound: bigint): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0n) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether endpoints hold every address of a range, so that none in it is external. */
export function isHeld({ version, from, to }: AddressRange, held: HeldAddresses): boolean {
  const sorted = held[version];
  if (to - from >= BigInt(sorted.length)) return false;
  return BigInt(countBelow(sorted, to + 1n) - countBelow(sorted, from)) === to - from + 1n;
}

/** The classes of addresses outside the mesh, as a cluster sees them; of versions that its endpoints have, for others never meet them. */
export function externalClasses(
  { classes, world }: ClusterModel,
  cluster: number,
  held: HeldAddresses,
): readonly ExternalClass[] {
  const versions = new Set(world.endpoints.flatMap(({ addresses }) => addresses.map(({ version }) => version)));
  const bySeen = new Map<number, ExternalClass & { readonly ranges: AddressRange[] }>();
  const { pieces, outside } = classes.space;
  for (const [at, piece] of pieces.entries()) {
    if (!versions.has(piece.version) || isHeld(piece, held)) continue;
    const { version, from, to } = piece;
    const seen = classes.classOfGroup(outside[at] ?? 0);
    const known = bySeen.get(seen);
    if (known) known.ranges.push({ version, from, to });
    else bySeen.set(seen, { cluster, seen, version, ranges: [{ version, from, to }] });
  }
  return [...bySeen.values()];
}
