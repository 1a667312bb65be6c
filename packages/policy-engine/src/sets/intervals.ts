import { BIG_NUMBERS, layerAt, layered, NUMBERS, PRESENCE, type Layers, type SetAlgebra } from "./algebra";

/** A set of whole numbers as ranges, in order, apart from each other. */
export type Intervals<T = number> = Layers<T, boolean>;

/** A range of numbers, both ends included. */
export interface Interval<T = number> {
  readonly from: T;
  readonly to: T;
}

/** Sets of ports, ICMP types, protocol numbers. */
export const INTERVALS: SetAlgebra<Intervals> = layered(NUMBERS, PRESENCE);

/** Sets of numbers of any size, such as addresses. */
export const BIG_INTERVALS: SetAlgebra<Intervals<bigint>> = layered(BIG_NUMBERS, PRESENCE);

function unite<T extends number | bigint>(
  algebra: SetAlgebra<Intervals<T>>,
  ranges: readonly Interval<T>[],
): Intervals<T> {
  // Halves first, so that many ranges cost n log n.
  if (ranges.length <= 1) return ranges.map(({ from, to }) => ({ from, to, inner: true }));
  const middle = ranges.length >> 1;
  return algebra.combine("union", [unite(algebra, ranges.slice(0, middle)), unite(algebra, ranges.slice(middle))]);
}

/** The set of the numbers in any of the ranges; `from` must not be above `to`. */
export const intervals = (...ranges: readonly Interval[]): Intervals => unite(INTERVALS, ranges);

/** The same for large numbers. */
export const bigIntervals = (ranges: readonly Interval<bigint>[]): Intervals<bigint> => unite(BIG_INTERVALS, ranges);

/** Whether the set holds a number. */
export const hasNumber = <T>(set: Intervals<T>, number: T): boolean => layerAt(set, number) !== undefined;

/** Ranges as people write ports: `80,8080-8090`. */
export const formatIntervals = (set: Intervals): string =>
  set.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
