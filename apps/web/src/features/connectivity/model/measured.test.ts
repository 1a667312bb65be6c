import { describe, expect, it } from "vitest";
import { cellLabel, disagrees, measuredMark } from "./cell";
import { STALE_AFTER_MS, kindOf, measuredOf, measuredWords, type ProbeFact, type ProbePart } from "./measured";
import { moveInMatrix } from "./move";

const fact = (changes: Partial<ProbeFact> = {}): ProbeFact => ({
  at: 1_000_000,
  outcome: "answered",
  roundTripUs: 84_200,
  targetAddress: "10.30.0.7",
  ownAddress: "10.10.0.5",
  seenAddress: "10.10.0.5",
  message: "",
  ...changes,
});
const part = (name: string, changes: Partial<ProbePart> = {}): ProbePart => ({
  name,
  enabled: true,
  podAddress: "10.0.0.1",
  heard: true,
  ...changes,
});
const heard = (name: string) => ({ name, unknownSince: null });
const ends = { from: part("a"), to: part("b") };

describe("kindOf", () => {
  it.each([
    { name: "the same address at both ends", changes: {}, kind: "direct" },
    { name: "another address at the far end", changes: { seenAddress: "172.18.0.10" }, kind: "translated" },
    { name: "an agent that does not know its own address", changes: { ownAddress: "" }, kind: "answered" },
    { name: "a timeout", changes: { outcome: "timeout" }, kind: "unanswered" },
    { name: "a refusal", changes: { outcome: "refused" }, kind: "unanswered" },
    { name: "a router that says no", changes: { outcome: "unreachable" }, kind: "unanswered" },
    { name: "another service at the address", changes: { outcome: "other-answer" }, kind: "stranger" },
    { name: "an agent that could not dial", changes: { outcome: "failed" }, kind: "failed" },
  ] as const)("takes $name as $kind", ({ changes, kind }) => expect(kindOf(fact(changes))).toBe(kind));
});

describe("measuredOf", () => {
  it("is unknown since then when nobody has reported for five minutes, whatever was found", () => {
    const { at } = fact();
    expect(measuredOf(fact(), ends, at + STALE_AFTER_MS - 1).kind).toBe("direct");
    expect(measuredOf(fact(), ends, at + STALE_AFTER_MS)).toEqual({ kind: "stale", at });
    expect(measuredMark({ kind: "stale", at })).toBe("unknown");
  });

  it.each([
    { name: "off on both sides", from: { enabled: false }, to: { enabled: false }, why: "probes are off in a and b" },
    { name: "off at the far end", from: {}, to: { enabled: false }, why: "probes are off in b" },
    {
      name: "no probe pod",
      from: {},
      to: { podAddress: null },
      why: "no probe pod runs in b, at an address of its pod ranges",
    },
    { name: "no agent", from: { heard: false }, to: {}, why: "the agent of a is not connected" },
    {
      name: "nothing yet",
      from: {},
      to: {},
      why: "the agent of a has not reported yet; one from before probes cannot",
    },
  ])("says why nothing is measured: $name", ({ from, to, why }) => {
    expect(measuredOf(undefined, { from: part("a", from), to: part("b", to) }, 0)).toEqual({ kind: "none", why });
  });
});

it("names a policy among the causes of silence", () => {
  expect(measuredWords(fact({ outcome: "timeout" }))).toContain("a policy or firewall drops TCP 7460");
});

describe("disagrees", () => {
  const direct = { kind: "direct", at: 0, roundTripUs: 1 } as const;
  it.each([
    { expected: "direct", measured: direct, off: false },
    { expected: "translated", measured: direct, off: true },
    { expected: "no-route", measured: direct, off: true },
    { expected: "direct", measured: { ...direct, kind: "translated" }, off: true },
    { expected: "direct", measured: { ...direct, kind: "unanswered" }, off: true },
    { expected: "no-route", measured: { ...direct, kind: "unanswered" }, off: false },
    { expected: "overlap", measured: { ...direct, kind: "stranger" }, off: false },
    { expected: "overlap", measured: { ...direct, kind: "unanswered" }, off: false },
    { expected: "unknown", measured: direct, off: false },
    { expected: "direct", measured: { kind: "stale", at: 0 }, off: false },
    { expected: "direct", measured: { kind: "none", why: "" }, off: false },
  ] as const)("$expected against $measured.kind: $off", ({ expected, measured, off }) =>
    expect(disagrees(expected, measured)).toBe(off),
  );

  it("is said in the words of a cell", () => {
    expect(
      cellLabel({
        from: heard("a"),
        to: heard("b"),
        expected: "translated",
        measured: { ...direct, roundTripUs: 84_200 },
      }),
    ).toBe("a to b: expected translated, measured direct, 84 ms at 00:00; they disagree");
  });

  it("says of what is old how old it is", () => {
    const to = { name: "b", unknownSince: 29 * 60_000 };
    const stale = { kind: "stale", at: 31 * 60_000 } as const;
    expect(cellLabel({ from: heard("a"), to, expected: "direct", measured: stale })).toBe(
      "a to b: expected direct, by last facts (b not heard since 00:29), unknown since 00:31: not measured since",
    );
    expect(
      cellLabel({ from: heard("a"), to: heard("b"), expected: "direct", measured: { kind: "none", why: "off" } }),
    ).toBe("a to b: expected direct, not measured: off");
  });
});

describe("moveInMatrix", () => {
  it.each([
    { name: "to the right", at: [0, 1], key: "ArrowRight", to: [0, 2] },
    { name: "over the diagonal", at: [1, 0], key: "ArrowRight", to: [1, 2] },
    { name: "down over the diagonal", at: [0, 1], key: "ArrowDown", to: [2, 1] },
    { name: "not out of the matrix", at: [0, 2], key: "ArrowRight", to: [0, 2] },
    { name: "not onto the corner of the diagonal", at: [2, 1], key: "ArrowRight", to: [2, 1] },
    { name: "to the first cell of a row", at: [0, 2], key: "Home", to: [0, 1] },
    { name: "to the last cell of the last row", at: [2, 0], key: "End", to: [2, 1] },
  ] as const)("leads $name", ({ at: [row, column], key, to }) => {
    expect(moveInMatrix({ row, column }, key, 3)).toEqual({ row: to[0], column: to[1] });
  });

  it("leaves other keys alone", () => expect(moveInMatrix({ row: 0, column: 1 }, "Enter", 3)).toBeUndefined());
});
