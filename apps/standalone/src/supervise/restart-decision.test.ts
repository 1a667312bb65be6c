import { describe, expect, it } from "vitest";
import { decideRestart } from "./restart-decision";

const rule = { backoff: { baseMs: 200, maxMs: 5_000 }, steadyMs: 10_000 };

describe("decideRestart", () => {
  const rows = [
    {
      name: "a long run restarts at once and forgets",
      failures: 7,
      ranMs: 10_000,
      expected: { failures: 0, delayMs: 0 },
    },
    {
      name: "a first quick exit waits within the base",
      failures: 0,
      ranMs: 5,
      expected: { failures: 1, delayMs: 100 },
    },
    { name: "the delay doubles", failures: 3, ranMs: 5, expected: { failures: 4, delayMs: 800 } },
    { name: "the delay is capped", failures: 40, ranMs: 9_999, expected: { failures: 41, delayMs: 2_500 } },
  ];
  it.each(rows)("$name", ({ failures, ranMs, expected }) => {
    const { state, delayMs } = decideRestart({ failures }, { ranMs, random: 0.5 }, rule);
    expect({ failures: state.failures, delayMs }).toEqual(expected);
  });
});
