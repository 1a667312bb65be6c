import { expect, describe, it } from "vitest";
import { amountsBy, averageOf, daysOf, fullAt, totalOf, type Use } from "./usage";

const day = 86_400_000;
const nowMs = 20_000 * day + 3_600_000;
const use = (daysAgo: number, bytes: number, changes: Partial<Use> = {}): Use => ({
  clusterId: "west",
  dayMs: (20_000 - daysAgo) * day,
  kind: "flows",
  rows: bytes / 10,
  bytes,
  ...changes,
});

describe("the average of a kind", () => {
  it.each([
    { name: "of nothing is not known", uses: [], expected: null },
    { name: "of today alone is not known", uses: [use(0, 500)], expected: null },
    { name: "of one whole day is that", uses: [use(0, 5), use(1, 100)], expected: { bytes: 100, days: 1 } },
    { name: "is of the days that hold any", uses: [use(1, 100), use(3, 300)], expected: { bytes: 200, days: 2 } },
    {
      name: "counts all clusters of a day",
      uses: [use(1, 100), use(1, 100, { clusterId: "east" })],
      expected: { bytes: 200, days: 1 },
    },
    { name: "is of the last seven days", uses: [use(7, 100), use(8, 9_000)], expected: { bytes: 100, days: 1 } },
    { name: "is its own", uses: [use(1, 100), use(1, 900, { kind: "hour" })], expected: { bytes: 100, days: 1 } },
  ])("$name", ({ uses, expected }) => {
    expect(averageOf(uses, { kind: "flows", nowMs })).toEqual(expected);
  });

  it("times the days that are kept, and today, is what a setting takes", () => {
    expect(fullAt({ bytes: 100.4, days: 2 }, 30)).toBe(3_112);
  });
});

it("uses are added up by anything", () => {
  const uses = [use(1, 100), use(2, 300, { clusterId: "east" }), use(2, 50)];
  expect(Object.fromEntries(amountsBy(uses, ({ clusterId }) => clusterId))).toEqual({
    west: { rows: 15, bytes: 150 },
    east: { rows: 30, bytes: 300 },
  });
  expect(totalOf(uses)).toEqual({ rows: 45, bytes: 450 });
  expect(totalOf([])).toEqual({ rows: 0, bytes: 0 });
});

it("days are all there, today last", () => {
  expect(daysOf([use(0, 10), use(2, 30)], { nowMs, count: 3 }).map(({ bytes }) => bytes)).toEqual([30, 0, 10]);
});
