import type { BucketRange } from "@isthmus/db";

/** More holes than this no honest agent makes: then the oldest are closed, so that a ledger stays small. */
const MOST_RANGES = 5_000;

/** The ranges with another one in them: sorted, apart, and as few as can be. */
export function withRange(ranges: readonly BucketRange[], added: BucketRange): readonly BucketRange[] {
  if (added[0] >= added[1]) return ranges;
  const before = ranges.filter(([, to]) => to < added[0]);
  const after = ranges.filter(([from]) => from > added[1]);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const from = Math.min(added[0], ...touching.map((each) => each[0]));
  const to = Math.max(added[1], ...touching.map((each) => each[1]));
  return closedBeyond([...before, [from, to], ...after]);
}

/** Whether a time lies in one of the ranges. */
export const isWithin = (ranges: readonly BucketRange[], time: number): boolean =>
  ranges.some(([from, to]) => from <= time && time < to);

/** Ranges that name what either names. */
export const union = (a: readonly BucketRange[], b: readonly BucketRange[]): readonly BucketRange[] =>
  b.reduce(withRange, a);

// INVARIANT: what falls into a closed hole is taken for stored, and never stored twice.
function closedBeyond(ranges: readonly BucketRange[]): readonly BucketRange[] {
  const [first, second, ...rest] = ranges;
  if (ranges.length <= MOST_RANGES || first === undefined || second === undefined) return ranges;
  return [[first[0], second[1]], ...rest];
}
