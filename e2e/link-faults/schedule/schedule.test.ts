import { describe, expect, it } from "vitest";
import { CATALOGUE } from "./catalogue";
import { LONGEST_MS, coverageOf, scheduleOf, scheduleText } from "./schedule";

const seeds = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, at) => from + at);

describe("a schedule", () => {
  it("is the same for the same seed, another for another, and its own JSON", () => {
    expect(scheduleOf(7)).toEqual(scheduleOf(7));
    expect(scheduleOf(7)).not.toEqual(scheduleOf(8));
    expect(JSON.parse(JSON.stringify(scheduleOf(7)))).toEqual(scheduleOf(7));
  });

  it("ends in time: every fault begins and is over within its bounds, at a place that there is", () => {
    for (const { lastsMs, agents, gateways, steps } of seeds(0, 500).map(scheduleOf)) {
      expect(lastsMs).toBeLessThanOrEqual(LONGEST_MS);
      for (const { atMs, forMs, which, kind } of steps) {
        expect(atMs).toBeGreaterThan(0);
        expect(atMs + forMs).toBeLessThanOrEqual(lastsMs);
        const there = new Map([
          ["gateway", gateways],
          ["agent", agents],
          ["goldmane", agents],
          ["postgres", 1],
          ["clickhouse", 1],
        ]);
        expect(which).toBeLessThan(there.get(kind.at.split("-")[0] ?? "") ?? 0);
      }
    }
  });

  it.each([0, 1, 17, 1_000, 123_456])("200 seeds from %d bring each kind at each place five times at least", (from) => {
    const counts = coverageOf(seeds(from, 200).map(scheduleOf));
    expect(counts.size).toBe(CATALOGUE.length);
    expect([...counts].filter(([, count]) => count < 5)).toEqual([]);
  });

  it("is told in lines", () => {
    const schedule = scheduleOf(7);
    expect(scheduleText(schedule).split("\n")).toHaveLength(1 + schedule.steps.length);
  });
});
