import { describe, expect, it } from "vitest";
import { defaultRetention, evidenceKinds, isAhead, isExpired, keptSince, readRetention } from "./retention";

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

describe("a record that arrives", () => {
  const retention = defaultRetention(7);
  it.each([
    { name: "of now", bucketStartMs: noon, expired: false },
    { name: "of the first moment that is kept", bucketStartMs: keptSince(7, noon), expired: false },
    { name: "of the moment before", bucketStartMs: keptSince(7, noon) - 1, expired: true },
    { name: "of the future", bucketStartMs: noon + 100 * day, expired: false },
  ])("$name", ({ bucketStartMs, expired }) => {
    expect(isExpired(retention, "flows", { bucketStartMs, nowMs: noon })).toBe(expired);
  });

  it("is judged by its own kind", () => {
    const at = { bucketStartMs: noon - 10 * day, nowMs: noon };
    expect(evidenceKinds.filter((kind) => isExpired(retention, kind, at))).toEqual(["flows", "dns", "l7", "minute"]);
  });

  it.each([
    { aheadMs: 120_000, ahead: false },
    { aheadMs: 120_001, ahead: true },
  ])("is ahead by $aheadMs ms: $ahead", ({ aheadMs, ahead }) => {
    expect(isAhead({ bucketStartMs: noon + aheadMs, nowMs: noon })).toBe(ahead);
  });
});
