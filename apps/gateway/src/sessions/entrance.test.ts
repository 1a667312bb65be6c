import { describe, expect, it } from "vitest";
import { createEntrance, type EntranceAnswer } from "./entrance";

const limits = { connections: 10, unproven: 6, admissions: 3, perSecond: 2, longestWaitMs: 4_000 };
const empty = { connections: 0, unproven: 0, admissions: 0 };
const entrance = () => createEntrance(limits, () => 0.5);
const waitOf = (answer: EntranceAnswer): number => (answer.kind === "come-back" ? answer.afterMs : 0);

describe("the entrance", () => {
  it.each([
    { name: "an empty gateway", use: empty, kind: "enter" },
    { name: "the last places", use: { connections: 9, unproven: 5, admissions: 2 }, kind: "enter" },
    { name: "as many admissions as there may be", use: { ...empty, admissions: 3 }, kind: "come-back" },
    { name: "as many that say nothing as there may be", use: { ...empty, unproven: 6 }, kind: "come-back" },
    { name: "as many connections as there may be", use: { ...empty, connections: 10 }, kind: "come-back" },
  ])("$name: $kind", ({ use, kind }) => {
    expect(entrance().ask(use, 0).kind).toBe(kind);
  });

  it("gives each who is sent away a place of its own, and begins anew when those have passed", () => {
    const full = { ...empty, admissions: 3 };
    const gate = entrance();
    const ask = (now: number) => waitOf(gate.ask(full, now));
    expect([0, 0, 0, 1_000].map(ask)).toEqual([1_500, 2_000, 2_500, 2_000]);
    expect(ask(60_000)).toBe(1_500);
  });

  it("lets nobody wait longer than the longest wait", () => {
    const gate = entrance();
    const waits = Array.from({ length: 50 }, () => waitOf(gate.ask({ ...empty, admissions: 3 }, 0)));
    expect(Math.max(...waits)).toBeLessThanOrEqual(limits.longestWaitMs);
    expect(waits.at(-1)).toBe(3_000);
  });
});
