import { describe, expect, it } from "vitest";
import { defaultRetention, keptOf, keptSince, readRetention } from "./retention";

const day = 86_400_000;
const noon = 20_000 * day + day / 2;

describe("the retention where nobody has set one", () => {
  it("follows that of flows, rollups longer than what they are made of", () => {
    expect(defaultRetention(7)).toEqual({ flows: 7, dns: 7, l7: 7, audit: 91, minute: 7, hour: 84, day: 364 });
    expect(defaultRetention(3_650).day).toBe(3_650);
  });
});

describe("an organisation's setting", () => {
  const defaults = defaultRetention(7);
  it.each([
    { name: "nothing", setting: undefined, flows: 7 },
    { name: "no object", setting: "30", flows: 7 },
    { name: "days", setting: { flows: 30 }, flows: 30 },
    { name: "part of a day", setting: { flows: 1.5 }, flows: 7 },
    { name: "no day", setting: { flows: 0 }, flows: 7 },
    { name: "more than there is", setting: { flows: 4_000 }, flows: 7 },
    { name: "a text", setting: { flows: "30" }, flows: 7 },
  ])("$name", ({ setting, flows }) => {
    expect(readRetention(setting, defaults)).toEqual({ ...defaults, flows });
  });
});

describe("the days of which a kind is kept", () => {
  it.each([
    { name: "begin at midnight, so many whole days before today", days: 7, nowMs: noon, since: noon - 7.5 * day },
    { name: "are the same until the day is over", days: 7, nowMs: noon + day / 2 - 1, since: noon - 7.5 * day },
    { name: "move on at midnight", days: 7, nowMs: noon + day / 2, since: noon - 6.5 * day },
    { name: "are as many as the setting says", days: 1, nowMs: noon, since: noon - 1.5 * day },
  ])("$name", ({ days, nowMs, since }) => {
    expect(keptSince(days, nowMs)).toBe(since);
  });
});

describe("what can be there", () => {
  const retention = { ...defaultRetention(7), minute: 30 };
  const nowMs = 1_000 * 86_400_000 + 1;
  const since = (days: number) => (1_000 - days) * 86_400_000;
  const rows = [
    { name: "is what the setting says", sweptMs: {}, minute: { sinceMs: since(30), days: 30 } },
    {
      name: "went before under a shorter one",
      sweptMs: { minute: since(7) },
      minute: { sinceMs: since(7), days: null },
    },
    {
      name: "went so long ago that it would be gone",
      sweptMs: { minute: since(90) },
      minute: { sinceMs: since(30), days: 30 },
    },
    { name: "is no other kind's", sweptMs: { hour: since(2) }, minute: { sinceMs: since(30), days: 30 } },
  ];
  it.each(rows)("$name", ({ sweptMs, minute }) => {
    expect(keptOf(retention, { nowMs, sweptMs })).toMatchObject({ flows: { sinceMs: since(7), days: 7 }, minute });
  });
});
