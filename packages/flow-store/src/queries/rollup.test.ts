import { describe, expect, it } from "vitest";
import type { Scope } from "../domain";
import { keptOf, type Retention } from "../retention";
import { heldOf, rollupForRange, rollupForSteps } from "./rollup";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const nowMs = 1_000 * dayMs + 13 * hourMs;
const retention = (minute: number, hour: number, day: number): Retention => ({
  flows: 7,
  dns: 7,
  l7: 7,
  audit: 7,
  minute,
  hour,
  day,
});
const usual = retention(7, 84, 364);
const ago = (days: number, hours: number) => {
  const fromMs = nowMs - days * dayMs;
  return { fromMs, toMs: fromMs + hours * hourMs };
};
const keeping = (setting: Retention, sweptMs = {}): Scope => ({
  organisationId: "o",
  places: "all",
  kept: () => Promise.resolve(keptOf(setting, { nowMs, sweptMs })),
});
const always = () => Promise.resolve(0);

describe("the rollup of a range", () => {
  const rows = [
    { name: "today, 6 h", range: ago(0.25, 6), kept: usual, rollup: "minute" },
    { name: "today, 7 h", range: ago(0.3, 7), kept: usual, rollup: "hour" },
    { name: "15 days", range: ago(15, 15 * 24), kept: usual, rollup: "day" },
    {
      name: "the oldest whole day of minutes",
      range: { fromMs: 993 * dayMs, toMs: 993 * dayMs + 1 },
      kept: usual,
      rollup: "minute",
    },
    {
      name: "a moment before it",
      range: { fromMs: 993 * dayMs - 1, toMs: 993 * dayMs + 1 },
      kept: usual,
      rollup: "hour",
    },
    { name: "6 h of 20 days ago", range: ago(20, 6), kept: usual, rollup: "hour" },
    { name: "6 h of 100 days ago", range: ago(100, 6), kept: usual, rollup: "day" },
    { name: "14 days of 100 days ago", range: ago(100, 14 * 24), kept: usual, rollup: "day" },
    {
      name: "coarser ones are kept for less, a finer one for longer",
      range: ago(20, 20 * 24),
      kept: retention(9, 30, 7),
      rollup: "hour",
    },
    {
      name: "of finer ones that hold it the coarsest",
      range: ago(20, 20 * 24),
      kept: retention(30, 30, 7),
      rollup: "hour",
    },
    { name: "none holds it whole, days most of it", range: ago(400, 400 * 24), kept: usual, rollup: "day" },
    {
      name: "none holds it whole, minutes most of it",
      range: ago(20, 20 * 24),
      kept: retention(15, 9, 7),
      rollup: "minute",
    },
    {
      name: "none holds it whole, two of them as much",
      range: ago(20, 20 * 24),
      kept: retention(9, 9, 7),
      rollup: "hour",
    },
    { name: "none holds any of it", range: ago(400, 6), kept: usual, rollup: "day" },
    { name: "days have begun too late", range: ago(20, 20 * 24), kept: usual, daysFrom: 990 * dayMs, rollup: "hour" },
    { name: "there are no days", range: ago(400, 6), kept: usual, daysFrom: Infinity, rollup: "hour" },
    {
      name: "minutes went while less was kept",
      range: ago(5, 6),
      kept: usual,
      sweptMs: { minute: 998 * dayMs },
      rollup: "hour",
    },
    {
      name: "what went before is past the setting as well",
      range: ago(5, 6),
      kept: usual,
      sweptMs: { minute: 900 * dayMs },
      rollup: "minute",
    },
  ];
  it.each(rows)("$name: $rollup", async ({ range, kept, sweptMs = {}, daysFrom = 0, rollup }) => {
    const found = await rollupForRange(range, keeping(kept, sweptMs), () => Promise.resolve(daysFrom));
    expect(found.kind).toBe(rollup);
  });

  it("is what the range wants where nothing is ever swept", async () => {
    const scope: Scope = { organisationId: "o", places: "all" };
    expect((await rollupForRange(ago(900, 6), scope, always)).kind).toBe("minute");
  });
});

describe("the rollup of steps", () => {
  const rows = [
    { name: "of a minute", range: ago(0.25, 6), stepSeconds: 60, rollup: "minute" },
    { name: "of a minute, 20 days ago", range: ago(20, 6), stepSeconds: 60, rollup: "hour" },
    { name: "of an hour", range: ago(20, 6), stepSeconds: 3_600, rollup: "hour" },
    { name: "of an hour, 100 days ago", range: ago(100, 6), stepSeconds: 3_600, rollup: "day" },
    { name: "of a day", range: ago(20, 6), stepSeconds: 86_400, rollup: "day" },
  ];
  it.each(rows)("$name: $rollup", async ({ range, stepSeconds, rollup }) => {
    expect((await rollupForSteps({ range, stepSeconds }, keeping(usual), always)).kind).toBe(rollup);
  });
});

describe("what is held", () => {
  it("of days begins with their rollup, whatever is set", async () => {
    const held = await heldOf(keeping(usual, { flows: 999 * dayMs }), () => Promise.resolve(995 * dayMs));
    expect(held).toEqual({
      flows: { sinceMs: 999 * dayMs, days: null },
      minute: { sinceMs: 993 * dayMs, days: 7 },
      hour: { sinceMs: 916 * dayMs, days: 84 },
      day: { sinceMs: 995 * dayMs, days: null },
    });
  });
});
