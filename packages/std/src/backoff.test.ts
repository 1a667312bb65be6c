import { describe, expect, it } from "vitest";
import { backoffDelayMs } from "./backoff";

describe("backoffDelayMs", () => {
  const backoff = { baseMs: 100, maxMs: 5_000 };
  const rows = [
    { name: "first attempt stays under the base", attempt: 0, random: 0.999, expected: 99 },
    { name: "doubles with each attempt", attempt: 3, random: 0.5, expected: 400 },
    { name: "is capped", attempt: 20, random: 0.5, expected: 2_500 },
    { name: "can be zero", attempt: 9, random: 0, expected: 0 },
    { name: "does not overflow", attempt: 5_000, random: 0.5, expected: 2_500 },
  ];
  it.each(rows)("$name", ({ attempt, random, expected }) => {
    expect(backoffDelayMs(backoff, attempt, random)).toBe(expected);
  });
});
