import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  describeReasons,
  evidenceCells,
  missingStretches,
  shareOf,
  stackCells,
  type IncompleteMinute,
} from "./completeness";

const minute = (at: number, more: Partial<IncompleteMinute> = {}): IncompleteMinute => ({
  startMs: at * 60_000,
  expected: 4,
  durable: 0,
  reasons: [],
  ...more,
});
const range = { fromMs: 0, toMs: 600_000 };

describe("missing stretches", () => {
  const rows = [
    {
      name: "minutes that follow each other are one",
      minutes: [minute(1), minute(2), minute(3)],
      expected: ["1-4 0/12 "],
    },
    { name: "in any order", minutes: [minute(3), minute(1), minute(2)], expected: ["1-4 0/12 "] },
    { name: "a minute between keeps them apart", minutes: [minute(1), minute(3)], expected: ["1-2 0/4 ", "3-4 0/4 "] },
    {
      name: "another reason is another stretch",
      minutes: [minute(1), minute(2, { reasons: ["spool-lost"] })],
      expected: ["1-2 0/4 ", "2-3 0/4 spool-lost"],
    },
    {
      name: "missing in part is another than missing",
      minutes: [minute(1), minute(2, { durable: 3 }), minute(3, { durable: 1 })],
      expected: ["1-2 0/4 ", "2-4 4/8 "],
    },
    {
      name: "the order of reasons does not matter",
      minutes: [minute(1, { reasons: ["a", "b"] }), minute(2, { reasons: ["b", "a"] })],
      expected: ["1-3 0/8 a,b"],
    },
  ];
  it.each(rows)("$name", ({ minutes, expected }) => {
    const shown = missingStretches(minutes).map(
      ({ fromMs, toMs, durable, expected: due, reasons }) =>
        `${fromMs / 60_000}-${toMs / 60_000} ${durable}/${due} ${reasons.join()}`,
    );
    expect(shown).toEqual(expected);
  });

  it("lose no bucket", () => {
    const minutes = fc.uniqueArray(
      fc.record({
        startMs: fc.integer({ min: 0, max: 50 }).map((at) => at * 60_000),
        expected: fc.constant(4),
        durable: fc.integer({ min: 0, max: 3 }),
        reasons: fc.subarray(["a", "b"]),
      }),
      { selector: ({ startMs }) => startMs },
    );
    fc.assert(
      fc.property(minutes, (each) => {
        const stretches = missingStretches(each);
        const lost = (all: readonly { expected: number; durable: number }[]) =>
          all.reduce((sum, one) => sum + one.expected - one.durable, 0);
        expect(lost(stretches)).toBe(lost(each));
      }),
    );
  });
});

describe("cells", () => {
  const base = { range, dueMs: 540_000, joinedAtMs: 0, missing: [], count: 10 };
  const shares = (cells: ReturnType<typeof evidenceCells>) =>
    cells.map((cell) => (cell.kind === "share" ? cell.share : cell.kind));

  it("before the cluster joined and before evidence is due nothing is expected", () => {
    expect(shares(evidenceCells({ ...base, joinedAtMs: 120_000 }))).toEqual([
      "before",
      "before",
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      "not-due",
    ]);
    expect(shares(evidenceCells({ ...base, joinedAtMs: null }))).toEqual(Array(10).fill("before"));
  });

  it("one that misses anything is not whole, one that misses all is empty", () => {
    const missing = missingStretches([minute(2), minute(5, { durable: 3 })]);
    const cells = shares(evidenceCells({ ...base, missing }));
    expect(cells.slice(0, 7)).toEqual([1, 1, 0, 1, 1, 0.75, 1]);
    const wide = shares(
      evidenceCells({ range: { fromMs: 0, toMs: 60_000_000 }, dueMs: 60_000_000, joinedAtMs: 0, count: 1, missing }),
    );
    expect(wide[0]).toBeLessThan(1);
  });

  it("stack to their mean; unknown only where every cluster is", () => {
    const whole = evidenceCells(base);
    const none = evidenceCells({ ...base, joinedAtMs: null });
    const half = evidenceCells({ ...base, missing: missingStretches([minute(0)]) });
    expect(shares(stackCells([whole, half]))[0]).toBe(0.5);
    expect(shares(stackCells([none, none]))[0]).toBe("before");
    expect(shares(stackCells([none, whole]))[0]).toBe(1);
    expect(stackCells([])).toEqual([]);
  });
});

describe("share", () => {
  it("is unknown where nothing was expected, and not whole", () => {
    expect(shareOf([])).toBeNull();
    expect(shareOf([{ expected: 0, durable: 0 }])).toBeNull();
    expect(
      shareOf([
        { expected: 4, durable: 4 },
        { expected: 4, durable: 0 },
      ]),
    ).toBe(0.5);
  });

  it("says why in words, and shows a reason it does not know", () => {
    expect(describeReasons(["spool-lost", "new-reason"])).toBe("the agent's spool was lost; new-reason");
    expect(describeReasons([])).toBe("not received, no reason given");
  });
});
