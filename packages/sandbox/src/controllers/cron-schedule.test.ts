import { describe, expect, it } from "vitest";
import { parseCronSchedule } from "./cron-schedule";

function times(source: string, from: string, count: number, zone?: string): readonly string[] {
  const schedule = parseCronSchedule(source, zone);
  if (!schedule.ok) throw new Error(schedule.error);
  const found: string[] = [];
  let at: number | undefined = Date.parse(from);
  while (found.length < count && at !== undefined) {
    at = schedule.value.after(at);
    found.push(at === undefined ? "never" : new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe("a CronJob's schedule", () => {
  it.each([
    { name: "every five minutes", source: "*/5 * * * *", first: ["2026-01-31T23:55", "2026-02-01T00:00"] },
    { name: "a list and a range", source: "0,30 9-10 * * *", first: ["2026-02-01T09:00", "2026-02-01T09:30"] },
    { name: "a start with a step", source: "10/25 0 * * *", first: ["2026-02-01T00:10", "2026-02-01T00:35"] },
    { name: "names of days and months", source: "0 0 * feb Mon", first: ["2026-02-02T00:00", "2026-02-09T00:00"] },
    { name: "Sunday as 7", source: "0 0 * * 7", first: ["2026-02-01T00:00", "2026-02-08T00:00"] },
    { name: "either of two ways to tell days", source: "0 0 13 * 5", first: ["2026-02-06T00:00", "2026-02-13T00:00"] },
    { name: "a macro", source: "@monthly", first: ["2026-02-01T00:00", "2026-03-01T00:00"] },
    { name: "29 February", source: "0 0 29 2 *", first: ["2028-02-29T00:00", "2032-02-29T00:00"] },
    { name: "a day that never comes", source: "0 0 30 2 *", first: ["never"] },
  ])("knows $name", ({ source, first }) => {
    expect(times(source, "2026-01-31T23:54:30Z", first.length)).toEqual(first);
  });

  it("reads the clock of its time zone, over a change of that clock", () => {
    expect(times("30 6 * * *", "2026-03-27T12:00:00Z", 2, "Europe/Berlin")).toEqual([
      "2026-03-28T05:30",
      "2026-03-29T04:30",
    ]);
    expect(times("30 2 * * *", "2026-03-28T12:00:00Z", 1, "Europe/Berlin")).toEqual(["2026-03-30T00:30"]);
  });

  it.each([
    { source: "* * * *", error: "expected exactly 5 fields, found 4" },
    { source: "60 * * * *", error: "60 is no minute" },
    { source: "* * 0 * *", error: "0 is no day of the month" },
    { source: "* * * * 5-1", error: "5-1 is no day of the week" },
    { source: "*/0 * * * *", error: "*/0 is no minute" },
    { source: "* * * may-x *", error: "may-x is no month" },
    { source: "1--3 * * * *", error: "1--3 is no minute" },
  ])("refuses $source", ({ source, error }) => {
    expect(parseCronSchedule(source)).toMatchObject({ ok: false, error: expect.stringContaining(error) as string });
  });

  it("refuses a time zone that is none", () => {
    expect(parseCronSchedule("* * * * *", "Mars/Olympus")).toMatchObject({ ok: false });
  });
});
