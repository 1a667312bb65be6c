import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FIRST, ReconciledWorld, type Counts } from "./testing/reconciled-world";

const bucket = (index: number): number => FIRST + index * 15;
const BUCKETS = 4;
const PAGE = 1_000;
const many = (count: number): Counts =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [100 + index, 1]));

/** Four buckets, of which Goldmane has more than it streamed: a changed count, a new key, a whole bucket, nothing. */
function world(): ReconciledWorld {
  const made = new ReconciledWorld();
  const [streamed, truth]: readonly (readonly Counts[])[] = [
    [{ 1: 5, 2: 7 }, { 1: 5 }, {}, { 9: 1 }],
    [{ 1: 6, 2: 7 }, { 1: 5, 3: 2 }, { 4: 4 }, { 9: 1 }],
  ];
  for (let index = 0; index < BUCKETS; index += 1) {
    made.truth.set(bucket(index), truth?.[index] ?? {});
    made.stream(bucket(index), streamed?.[index] ?? {});
  }
  return made;
}

const storedOf = (made: ReconciledWorld): Counts[] =>
  Array.from({ length: BUCKETS }, (_, index) => made.stored(bucket(index)));
const truthOf = (made: ReconciledWorld): Counts[] => [...made.truth.values()];

describe("reconcileBuckets", () => {
  it("restates only rows that differ, five minutes after their bucket's end, once", async () => {
    const made = world();
    await made.pass(310);
    expect(made.lists).toEqual([]);
    await made.pass(100);
    expect(storedOf(made)).toEqual(truthOf(made));
    expect(made.restatedRows).toBe(3);
    expect(made.lists).toEqual(
      Array.from({ length: BUCKETS }, (_, index) => `${bucket(index)}..${bucket(index + 1)} 0`),
    );
    expect(made.cursor).toMatchObject({ reconciledThrough: bucket(BUCKETS), incomplete: [] });
  });

  it("forgets no bucket and tells nothing wrong, wherever the process dies", async () => {
    for (let atWrite = 0; atWrite < BUCKETS; atWrite += 1) {
      for (const afterIt of [false, true]) {
        const made = world();
        made.death = { atWrite, afterIt };
        await made.pass(500);
        expect(storedOf(made)).toEqual(truthOf(made));
        expect(made.cursor.reconciledThrough).toBe(bucket(BUCKETS));
      }
    }
  });

  it("restates buckets as a whole where nobody remembers what was streamed", async () => {
    const made = world();
    made.restart();
    await made.pass(500);
    expect(storedOf(made)).toEqual(truthOf(made));
    expect(made.restatedRows).toBe(6);
  });

  it("compares a bucket soon for which flows came late, and again in its turn", async () => {
    const made = world();
    made.clock.jump(60_000);
    made.late(bucket(2));
    expect(made.cursor.incomplete).toEqual([bucket(2)]);
    await made.pass(20);
    expect(made.stored(bucket(2))).toEqual({ 4: 4 });
    expect(made.cursor).toMatchObject({ reconciledThrough: FIRST, incomplete: [] });
    made.truth.set(bucket(2), { 4: 4, 5: 5 });
    await made.pass(500);
    expect(storedOf(made)).toEqual(truthOf(made));
    expect(made.restatedRows).toBe(4);
  });

  it("compares a bucket again for which flows came while its pages were put together", async () => {
    const made = world();
    made.clock.jump(60_000);
    made.late(bucket(1));
    let pages = 0;
    made.afterPage = (start) => {
      if (start !== bucket(1) || (pages += 1) > 1) return;
      made.truth.set(start, { 1: 5, 3: 2, 4: 1 });
      made.late(start);
    };
    await made.pass(7);
    expect([made.stored(bucket(1)), made.cursor.incomplete]).toEqual([{ 1: 5, 3: 2 }, [bucket(1)]]);
    await made.pass(20);
    expect([made.stored(bucket(1)), made.cursor.incomplete]).toEqual([{ 1: 5, 3: 2, 4: 1 }, []]);
  });

  it("remembers over a crash for which buckets flows came late", async () => {
    const made = world();
    made.clock.jump(60_000);
    made.late(bucket(1));
    made.restart();
    await made.pass(20);
    expect(made.stored(bucket(1))).toEqual({ 1: 5, 3: 2 });
  });

  it("names as lost what is known to be incomplete and left Goldmane's memory, and counts the rest", async () => {
    const made = world();
    made.late(bucket(1));
    made.clock.jump(4_000_000);
    await made.pass(30);
    expect(made.lists).toEqual([]);
    expect(made.gaps).toEqual([`${bucket(1)}..${bucket(2)} source-history-exceeded`]);
    expect(made.unreconciled.reduce((sum, each) => sum + each, 0)).toBe(BUCKETS);
    expect(made.cursor).toMatchObject({ reconciledThrough: bucket(BUCKETS), incomplete: [] });
  });

  it("waits for a full disk, and then restates what it could not", async () => {
    const made = world();
    made.isDiskFull = true;
    await made.pass(500);
    expect(made.cursor.reconciledThrough).toBe(FIRST);
    made.isDiskFull = false;
    await made.pass(60);
    expect(storedOf(made)).toEqual(truthOf(made));
  });

  it("lists page by page, and again where a flow came between two pages", async () => {
    const made = new ReconciledWorld();
    made.truth.set(FIRST, many(PAGE + 500));
    made.stream(FIRST, many(PAGE));
    made.beforePage = (_, page) => {
      if (page === 1) made.truth.set(FIRST, { 1: 1, ...many(PAGE + 500) });
    };
    await made.pass(500);
    expect(made.lists.map((each) => each.at(-1)).join("")).toBe("0101");
    expect(made.stored(FIRST)).toEqual(made.truth.get(FIRST));
    expect(made.restatedRows).toBe(501);
  });

  it("leaves a bucket as it was streamed where its pages never fit together, and says so", async () => {
    const made = new ReconciledWorld();
    made.truth.set(FIRST, many(PAGE + 500));
    made.stream(FIRST, many(PAGE));
    let before = 100;
    made.beforePage = (_, page) => {
      if (page === 1) made.truth.set(FIRST, { ...made.truth.get(FIRST), [(before -= 1)]: 1 });
    };
    await made.pass(900);
    expect(made.cursor.reconciledThrough).toBe(FIRST + 15);
    expect([made.unreconciled, made.restatedRows, made.stored(FIRST)]).toEqual([[1], 0, many(PAGE)]);
  });

  describe("a bucket that Goldmane does not list", () => {
    const refusing = (until = Number.POSITIVE_INFINITY): ReconciledWorld => {
      const made = world();
      made.beforePage = (start) => {
        if (start === bucket(1) && made.clock.now() < until) throw new Error("too large");
      };
      return made;
    };
    const others = [0, 2, 3];

    it("keeps no other from being compared, and is in the end left as it was streamed", async () => {
      const made = refusing();
      await made.pass(420);
      expect(others.map((index) => made.stored(bucket(index)))).toEqual(
        others.map((index) => made.truth.get(bucket(index))),
      );
      expect(made.cursor.reconciledThrough).toBe(bucket(1));
      await made.pass(500);
      expect([made.unreconciled, made.gaps, made.stored(bucket(1))]).toEqual([[1], [], { 1: 5 }]);
      expect(made.cursor.reconciledThrough).toBe(bucket(BUCKETS));
      const tries = made.lists.filter((each) => each.startsWith(`${bucket(1)}.`));
      expect(tries.length).toBe(6);
    });

    it("is compared once it is listed again, and the others not a second time", async () => {
      const made = refusing(FIRST * 1_000 + 450_000);
      await made.pass(900);
      expect(storedOf(made)).toEqual(truthOf(made));
      expect([made.restatedRows, made.unreconciled, made.gaps]).toEqual([3, [], []]);
      const compared = made.lists.filter((each) => each.startsWith(`${bucket(2)}.`));
      expect(compared.length).toBe(1);
    });

    it("is a gap where flows are known to have come late for it, and keeps no other waiting meanwhile", async () => {
      const made = refusing();
      made.clock.jump(60_000);
      made.late(bucket(1));
      made.late(bucket(2));
      await made.pass(30);
      expect(made.stored(bucket(2))).toEqual(made.truth.get(bucket(2)));
      expect(made.cursor.incomplete).toEqual([bucket(1)]);
      await made.pass(600);
      expect(made.gaps).toEqual([`${bucket(1)}..${bucket(2)} source-unlistable`]);
      expect(made.cursor.incomplete).toEqual([]);
    });

    it("is tried anew by a new process, which forgets none", async () => {
      const made = refusing(FIRST * 1_000 + 700_000);
      await made.pass(420);
      made.restart();
      await made.pass(900);
      expect(storedOf(made)).toEqual(truthOf(made));
      expect(made.cursor.reconciledThrough).toBe(bucket(BUCKETS));
    });
  });

  it("gives back what an agent far ahead of Goldmane closed as empty, wherever it dies", async () => {
    const setting = fc.record({
      aheadSeconds: fc.integer({ min: 301, max: 7_200 }),
      atWrite: fc.nat({ max: 7 }),
      afterIt: fc.boolean(),
      dies: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(setting, async ({ aheadSeconds, atWrite, afterIt, dies }) => {
        const made = new ReconciledWorld();
        made.aheadSeconds = aheadSeconds;
        // By its own clock all their time has passed: none was without flows.
        for (let index = 0; index < 8; index += 1) {
          made.truth.set(bucket(index), { [index]: 1 });
          made.stream(bucket(index), {});
        }
        if (dies) made.death = { atWrite, afterIt };
        made.restart();
        await made.pass(600);
        expect([...made.truth.keys()].map((start) => made.stored(start))).toEqual([...made.truth.values()]);
        expect(made.cursor.reconciledThrough).toBe(bucket(8));
      }),
      { numRuns: 8 },
    );
  }, 30_000);
});
