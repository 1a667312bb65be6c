import { describe, expect, it } from "vitest";
import { fuzzCorpus } from "./corpus";
import { drawsOf } from "./draws";
import { fuzz, type FuzzOptions } from "./fuzz";
import { acceptsSelector } from "./strict-selector";
import { timeGuard } from "./time-guard";

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const run = (options: Partial<FuzzOptions>) =>
  fuzz({ seed: 1, cases: 300, selectors: [], manifests: [], guard: timeGuard(cpuMs), ...options });

describe("random and mutated selectors and manifests", () => {
  it("never throw, hang or mean two things", { timeout: 60_000 }, () => {
    const { faults, counts } = run({ seed: 20_261_129, cases: 3_000, ...fuzzCorpus() });
    expect(faults).toEqual([]);
    expect(counts["selectors accepted"]).toBeGreaterThan(counts.selectors / 5);
    expect(counts["manifests accepted"]).toBeGreaterThan(counts.manifests / 10);
  });

  it("are the same for the same seed, and a case is the same alone", () => {
    expect(run({}).counts).toEqual(run({}).counts);
    const single = Array.from({ length: 300 }, (_, from) => run({ from, cases: 1 }).counts["selectors accepted"]);
    expect(single.reduce((sum, count) => sum + count)).toBe(run({}).counts["selectors accepted"]);
  });
});

describe("the recognizer that the parser is compared with", () => {
  it.each([
    { text: "", accepted: true },
    { text: "a == 'b' && (c in {'d', \"e\",} || !!has( f ))", accepted: true },
    { text: "a notin{}&&b startswith'x'", accepted: true },
    { text: "in in {'in'}", accepted: true },
    { text: "a == b", accepted: false },
    { text: "a in {,}", accepted: false },
    { text: "has(a) has(b)", accepted: false },
    { text: "a & b", accepted: false },
    { text: "(all()", accepted: false },
    { text: "a contains.x 'y'", accepted: false },
    { text: "all()\n", accepted: false },
  ])("$text", ({ text, accepted }) => {
    expect(acceptsSelector(text)).toBe(accepted);
  });
});

describe("the guard of time", () => {
  /** A clock that a case moves by what it is said to take. */
  const guarded = (costs: readonly number[]) => {
    let ms = 0;
    const guard = timeGuard(() => ms);
    return costs.map((cost) => guard.timed(100, () => (ms += cost)).slow);
  };

  it("tells of a case far beyond the median of its size", () => {
    expect(guarded([0.1, 0.1, 0.1, 0.1, 600])).toEqual([
      ...Array.from({ length: 4 }),
      "took 600 ms, the median of its size is 0.10 ms",
    ]);
  });

  it("is silent where all cases of a size take long, and below its floor", () => {
    expect(guarded([600, 600, 600, 700])).toEqual([undefined, undefined, undefined, undefined]);
    expect(guarded([0.01, 0.01, 0.01, 450])).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("counts sizes apart", () => {
    let ms = 0;
    const guard = timeGuard(() => ms);
    for (let i = 0; i < 9; i += 1) guard.timed(10, () => (ms += 0.1));
    expect(guard.timed(60_000, () => (ms += 1000)).slow).toBeUndefined();
  });
});

describe("draws", () => {
  it("differ from case to case and from seed to seed", () => {
    const first = (seed: number, index: number) => drawsOf(seed, index).below(2 ** 32);
    const drawn = [1, 2, 3].flatMap((seed) => [0, 1, 2].map((index) => first(seed, index)));
    expect(new Set(drawn).size).toBe(9);
    expect(first(7, 7)).toBe(first(7, 7));
  });

  it("are spread evenly", () => {
    const counts = [0, 0, 0, 0];
    for (let index = 0; index < 4_000; index += 1)
      counts[drawsOf(5, index).below(4)] = (counts[drawsOf(5, index).below(4)] ?? 0) + 1;
    for (const count of counts) expect(count).toBeGreaterThan(900);
  });
});
