import { describe, expect, it } from "vitest";
import {
  decideLease,
  isOverdue,
  leaseTiming,
  observe,
  type LeaseStep,
  type Observation,
  type Standing,
} from "./decide";
import { microTime, type LeaseRecord } from "./lease-record";

const NOW = 1_000_000;
const LEASE_TIMING = leaseTiming(15_000);
const record = (fields: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holder: "b",
  durationSeconds: 15,
  acquireTime: microTime(0),
  renewTime: microTime(0),
  transitions: 4,
  ...fields,
});
const standby: Standing = { kind: "standby" };
const active = (ageMs: number): Standing => ({ kind: "active", renewedAtMs: NOW - ageMs });
const seen = (fields: Partial<LeaseRecord>, ageMs: number, isMadeAnew = false): Observation => ({
  record: record(fields),
  sinceMs: NOW - ageMs,
  isMadeAnew,
});
const unwritten = { holder: "", durationSeconds: 0, acquireTime: "", renewTime: "", transitions: 0 };

interface Row {
  readonly name: string;
  readonly standing: Standing;
  readonly seen: Observation;
  readonly step: LeaseStep;
}

describe("decideLease", () => {
  const taken = (transitions: number, continued = false): LeaseStep => ({ kind: "take", continued, transitions });
  const rows: readonly Row[] = [
    {
      name: "takes one that was never held",
      standing: standby,
      seen: seen({ holder: "", durationSeconds: 0, transitions: 0 }, 0),
      step: taken(1),
    },
    { name: "takes one that was released", standing: standby, seen: seen({ holder: "" }, 0), step: taken(5) },
    {
      name: "waits while another holds it",
      standing: standby,
      seen: seen({}, 14_999),
      step: { kind: "wait", holder: "b" },
    },
    {
      name: "takes it when another was silent for the duration",
      standing: standby,
      seen: seen({}, 15_000),
      step: taken(5),
    },
    {
      name: "goes by the duration that the holder wrote, not by its own",
      standing: standby,
      seen: seen({ durationSeconds: 60 }, 59_999),
      step: { kind: "wait", holder: "b" },
    },
    {
      name: "waits its own duration where the holder wrote none",
      standing: standby,
      seen: seen({ durationSeconds: 0 }, 14_999),
      step: { kind: "wait", holder: "b" },
    },
    {
      name: "goes on where its former process left off",
      standing: standby,
      seen: seen({ holder: "a" }, 0),
      step: taken(4, true),
    },
    {
      name: "waits where the lease was made anew: its holder may not know yet",
      standing: standby,
      seen: seen(unwritten, 14_999, true),
      step: { kind: "wait", holder: "" },
    },
    {
      name: "takes one that was made anew when its former holder must have given up",
      standing: standby,
      seen: seen(unwritten, 15_000, true),
      step: taken(1),
    },
    { name: "renews its own", standing: active(9_999), seen: seen({ holder: "a" }, 0), step: { kind: "renew" } },
    {
      name: "stands down when its renewal is overdue, even if the lease still names it",
      standing: active(10_000),
      seen: seen({ holder: "a" }, 0),
      step: { kind: "stand-down", why: "it could not be renewed in time" },
    },
    {
      name: "stands down when another has it",
      standing: active(0),
      seen: seen({}, 0),
      step: { kind: "stand-down", why: "`b` holds the lease" },
    },
    {
      name: "stands down when somebody emptied it",
      standing: active(0),
      seen: seen({ holder: "" }, 0),
      step: { kind: "stand-down", why: "nobody holds the lease" },
    },
  ];
  it.each(rows)("$name", ({ standing, seen: observation, step }) => {
    expect(decideLease(standing, observation, { me: "a", nowMs: NOW, timing: LEASE_TIMING })).toEqual(step);
  });

  it("never looks at times that another clock wrote", () => {
    for (const hours of [-5, 5]) {
      const skewed = seen({ renewTime: microTime(NOW + hours * 3_600_000) }, 1_000);
      expect(decideLease(standby, skewed, { me: "a", nowMs: NOW, timing: LEASE_TIMING }).kind).toBe("wait");
    }
  });

  it("lets nobody begin before a holder that cannot renew has given up", () => {
    const { durationMs, renewDeadlineMs } = LEASE_TIMING;
    const ages = Array.from({ length: durationMs / 500 + 1 }, (_, index) => index * 500);
    const both = ages.filter((ageMs) => {
      const works = !isOverdue(active(ageMs), { nowMs: NOW, timing: LEASE_TIMING });
      const other = decideLease(standby, seen({}, ageMs), { me: "a", nowMs: NOW, timing: LEASE_TIMING });
      return works && other.kind === "take";
    });
    expect(both).toEqual([]);
    expect(durationMs - renewDeadlineMs).toBe(5_000);
  });
});

describe("observe", () => {
  const before: Observation = { record: record(), sinceMs: NOW - 7_000, isMadeAnew: false };
  const never = { ...before, record: record(unwritten) };
  const anew = observe(before, record(unwritten), NOW);
  it.each([
    { name: "was held and says nothing now: made anew", given: anew, isMadeAnew: true },
    { name: "still says nothing", given: observe(anew, record(unwritten), NOW + 1), isMadeAnew: true },
    { name: "was taken since", given: observe(anew, record(), NOW + 1), isMadeAnew: false },
    { name: "never said anything", given: observe(never, record(unwritten), NOW), isMadeAnew: false },
    { name: "is read for the first time", given: observe(undefined, record(unwritten), NOW), isMadeAnew: false },
    { name: "was released", given: observe(before, record({ holder: "" }), NOW), isMadeAnew: false },
  ])("a lease that $name", ({ given, isMadeAnew }) => expect(given.isMadeAnew).toBe(isMadeAnew));

  it.each([
    { name: "keeps the time of a record that says the same", next: record(), sinceMs: NOW - 7_000 },
    { name: "begins anew when the holder has renewed", next: record({ renewTime: microTime(1) }), sinceMs: NOW },
    { name: "begins anew when it has changed hands", next: record({ holder: "c" }), sinceMs: NOW },
  ])("$name", ({ next, sinceMs }) => expect(observe(before, next, NOW).sinceMs).toBe(sinceMs));
});

it("writes times with exactly six digits of a second", () => {
  expect(microTime(1_234)).toBe("1970-01-01T00:00:01.234000Z");
});
