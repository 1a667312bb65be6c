import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  carryView,
  clustersInScope,
  describeRange,
  describeScope,
  longestRangeMs,
  parseRange,
  parseScope,
  printRange,
  printScope,
  readView,
  resolveRange,
  toggleTerm,
  writeView,
  type TimeRange,
  type View,
} from "./index";

const secondsMs = (min: number, max: number) => fc.integer({ min, max }).map((seconds) => seconds * 1000);
const relative = fc
  .integer({ min: 1, max: longestRangeMs / 60_000 })
  .map((minutes): TimeRange => ({ kind: "relative", durationMs: minutes * 60_000 }));
const absolute = fc
  .tuple(secondsMs(0, 4_000_000_000), secondsMs(1, longestRangeMs / 1000))
  .map(([fromMs, lengthMs]): TimeRange => ({ kind: "absolute", fromMs, toMs: fromMs + lengthMs }));
const range = fc.oneof(relative, absolute);

const word = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);
const term = fc.oneof(
  word.map((name) => ({ kind: "name" as const, name })),
  fc.tuple(word, word).map(([key, value]) => ({ kind: "label" as const, key, value })),
);
const scope = fc.uniqueArray(term, { maxLength: 6, selector: (each) => JSON.stringify(each) });

describe("time range", () => {
  it("parses what it prints", () => {
    fc.assert(
      fc.property(range, (each) => {
        expect(parseRange(printRange(each))).toEqual({ ok: true, value: each });
      }),
    );
  });

  const rows = [
    { name: "minutes", text: "15m", printed: "15m", said: "last 15 min" },
    { name: "an hour said in minutes", text: "60m", printed: "1h", said: "last 1 h" },
    { name: "a day is 24 hours", text: "1d", printed: "24h", said: "last 24 h" },
    { name: "more than a day", text: "48h", printed: "2d", said: "last 2 d" },
    {
      name: "two times of one day",
      text: "2026-11-23T14:16:00Z..2026-11-23T14:26:00Z",
      printed: "2026-11-23T14:16:00Z..2026-11-23T14:26:00Z",
      said: "2026-11-23 14:16 to 14:26",
    },
  ];
  it.each(rows)("$name", ({ text, printed, said }) => {
    const parsed = parseRange(text);
    expect(parsed.ok && printRange(parsed.value)).toBe(printed);
    expect(parsed.ok && describeRange(parsed.value)).toBe(said);
  });

  const wrong = [
    "",
    "0m",
    "1y",
    "32d",
    "99999999d",
    "2026-11-23..2026-11-24",
    "2026-11-23T15:00:00Z..2026-11-23T14:00:00Z",
    "2026-02-30T00:00:00Z..2026-03-02T00:00:00Z",
    "1h..2h",
    "a..b..c",
  ];
  it.each(wrong)("refuses %j", (text) => expect(parseRange(text).ok).toBe(false));

  it("resolves a relative range against the time it is given", () => {
    expect(resolveRange({ kind: "relative", durationMs: 60_000 }, 100_000)).toEqual({ fromMs: 40_000, toMs: 100_000 });
  });
});

describe("scope", () => {
  it("parses what it prints", () => {
    fc.assert(
      fc.property(scope, (each) => {
        expect(parseScope(printScope(each))).toEqual(each);
      }),
    );
  });

  it("gives a term back when it is toggled twice", () => {
    fc.assert(
      fc.property(scope, term, (terms, one) => {
        const twice = toggleTerm(toggleTerm(terms, one), one);
        expect([...twice].map((each) => JSON.stringify(each)).sort()).toEqual(
          [...terms].map((each) => JSON.stringify(each)).sort(),
        );
      }),
    );
  });

  const clusters = [
    { name: "eu-west", labels: { jurisdiction: "EU", env: "prod" } },
    { name: "eu-stage", labels: { jurisdiction: "EU", env: "stage" } },
    { name: "us-east", labels: { jurisdiction: "US", env: "prod" } },
  ];
  const rows = [
    { name: "nothing said is every cluster", text: "", expected: ["eu-west", "eu-stage", "us-east"] },
    { name: "one by name", text: "us-east", expected: ["us-east"] },
    { name: "by label", text: "jurisdiction=EU", expected: ["eu-west", "eu-stage"] },
    {
      name: "terms add up and none comes twice",
      text: "jurisdiction=EU,eu-west,us-east",
      expected: ["eu-west", "eu-stage", "us-east"],
    },
    { name: "a name that fits none is no other's", text: "eu", expected: [] },
    { name: "a label's name is no prefix", text: "env=pro", expected: [] },
  ];
  it.each(rows)("$name", ({ text, expected }) => {
    expect(clustersInScope(parseScope(text), clusters).map((each) => each.name)).toEqual(expected);
  });

  it("says how many it leaves out", () => {
    expect(describeScope(parseScope("a,b,c,d,e"), 9)).toBe("a, b, c + 2");
    expect(describeScope([], 12)).toBe("all · 12 clusters");
  });
});

describe("view in the URL", () => {
  const view = fc
    .record({ scope, range, live: fc.boolean() })
    .map((each): View => ({ ...each, live: each.live && each.range.kind === "relative" }));

  it("reads what it writes", () => {
    fc.assert(
      fc.property(view, (each) => {
        const params = new URLSearchParams();
        for (const [name, value] of Object.entries(writeView(each))) if (value !== undefined) params.set(name, value);
        expect(readView(params)).toEqual(each);
      }),
    );
  });

  it("is empty at its defaults", () => {
    expect(Object.values(writeView(readView(new URLSearchParams()))).filter((value) => value !== undefined)).toEqual(
      [],
    );
  });

  it("a fixed range is never live", () => {
    expect(readView(new URLSearchParams("range=2026-11-23T14:16:00Z..2026-11-23T14:26:00Z")).live).toBe(false);
  });

  const carried = [
    {
      name: "keeps the view",
      href: "/flows",
      current: "scope=eu-west&range=6h&q=x",
      expected: "/flows?scope=eu-west&range=6h",
    },
    {
      name: "adds what the link says",
      href: "/flows?q=action+%3D+deny",
      current: "live=off",
      expected: "/flows?live=off&q=action+%3D+deny",
    },
    { name: "the link wins", href: "/flows?range=15m", current: "range=6h", expected: "/flows?range=15m" },
    { name: "stays short", href: "/graph", current: "", expected: "/graph" },
  ];
  it.each(carried)("$name", ({ href, current, expected }) => {
    expect(carryView(href, new URLSearchParams(current))).toBe(expected);
  });
});
