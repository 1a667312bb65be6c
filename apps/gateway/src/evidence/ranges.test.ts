import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWithin, union, withRange } from "./ranges";

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]) => [from, from + length] as const);

describe("withRange", () => {
  it("names what any of the ranges names, in as few ranges as can be", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (added) => {
        const ranges = union([], added);
        for (let time = 0; time < 80; time += 1) {
          expect(isWithin(ranges, time)).toBe(added.some(([from, to]) => from <= time && time < to));
        }
        for (const [index, [from]] of ranges.entries()) expect(from).toBeGreaterThan(ranges[index - 1]?.[1] ?? -1);
      }),
    );
  });

  it("closes the oldest holes rather than grow without limit, and forgets nothing that is stored", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => [index * 30, index * 30 + 15] as const);
    const ranges = withRange(many, [200_000, 200_015]);
    expect(ranges).toHaveLength(5_000);
    expect(ranges[0]).toEqual([0, 45]);
    expect(ranges.at(-1)).toEqual([200_000, 200_015]);
  });
});
