import { describe, expect, it } from "vitest";
import { DEMO_LOAD, loadFactor, poisson } from "./load";
import { between, pickOne, seededRandom } from "./random";

describe("load", () => {
  it("is a wave around one that is never negative", () => {
    const factors = Array.from({ length: 200 }, (_, step) =>
      loadFactor(DEMO_LOAD, (step / 200) * DEMO_LOAD.periodMs, () => 0.5),
    );
    expect(factors.reduce((sum, factor) => sum + factor, 0) / 200).toBeCloseTo(1, 5);
    expect(Math.max(...factors)).toBeCloseTo(1 + DEMO_LOAD.swing, 2);
    expect(loadFactor({ periodMs: 4, swing: 3, noise: 0 }, 3, () => 0.5)).toBe(0);
  });

  it("has noise", () => {
    expect(loadFactor(DEMO_LOAD, 0, () => 0)).toBeCloseTo(1 - DEMO_LOAD.noise);
    expect(loadFactor(DEMO_LOAD, 0, () => 1)).toBeCloseTo(1 + DEMO_LOAD.noise);
  });

  it("arrives as independent events", () => {
    const random = seededRandom(3);
    const counts = Array.from({ length: 20_000 }, () => poisson(0.7, random));
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
    expect(mean).toBeCloseTo(0.7, 1);
    expect(variance).toBeCloseTo(0.7, 1);
    expect(poisson(0, random)).toBe(0);
  });
});

describe("randomness", () => {
  it("repeats with its seed and is spread evenly", () => {
    const [a, b] = [seededRandom(1), seededRandom(1)];
    const numbers = Array.from({ length: 10_000 }, () => a());
    expect(numbers).toEqual(Array.from({ length: 10_000 }, () => b()));
    for (const tenth of [0, 3, 9]) {
      expect(numbers.filter((number) => Math.floor(number * 10) === tenth).length / 10_000).toBeCloseTo(0.1, 1);
    }
    expect(seededRandom(2)()).not.toBe(seededRandom(1)());
  });

  it("picks within bounds", () => {
    expect(pickOne([], () => 0.9)).toBeUndefined();
    expect(pickOne(["a", "b"], () => 0.99)).toBe("b");
    expect([between(1, 3, () => 0), between(1, 3, () => 0.999)]).toEqual([1, 3]);
  });
});
