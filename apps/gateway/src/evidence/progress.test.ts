import { describe, expect, it } from "vitest";
import {
  afterLost,
  afterSome,
  afterStored,
  completes,
  judge,
  markOf,
  nothingKnown,
  UNKNOWN_BUILD,
  type BatchClaim,
} from "./progress";

const nothing = nothingKnown("c", "goldmane/0");
const part = (number: number, changes: Partial<BatchClaim> = {}): BatchClaim => ({
  bucket: 300,
  part: number,
  parts: 3,
  build: "a",
  kind: "part",
  sentCorrection: 0,
  ...changes,
});
const whole = (bucket: number): BatchClaim => part(0, { bucket, parts: 1, build: UNKNOWN_BUILD });
const stored = (...claims: readonly BatchClaim[]) =>
  claims.reduce((progress, claim) => afterStored(progress, claim, 5), nothing);

describe("judge", () => {
  it.each([
    { name: "a bucket of which nothing is known", known: nothing, claim: part(0), judgement: "plain" },
    { name: "the next part of the same making", known: stored(part(0)), claim: part(1), judgement: "plain" },
    { name: "a part that is stored", known: stored(part(0)), claim: part(0), judgement: "stored" },
    { name: "any part of a whole bucket", known: stored(whole(300)), claim: part(2), judgement: "stored" },
    {
      name: "a part of another making of a bucket that is begun",
      known: stored(part(0)),
      claim: part(0, { build: "b" }),
      judgement: "settle",
    },
    {
      name: "the next part of a making that is settled",
      known: stored(part(0), part(0, { build: "b" })),
      claim: part(1, { build: "b" }),
      judgement: "settle",
    },
    {
      name: "a bucket of which a restatement stored some rows",
      known: stored(part(0, { kind: "restatement", parts: 1 })),
      claim: whole(300),
      judgement: "settle",
    },
    {
      name: "a bucket of which it could not be told what is stored",
      known: afterSome(stored(part(0)), 300, 7),
      claim: part(1),
      judgement: "settle",
    },
    {
      name: "a restatement, whatever is stored",
      known: stored(whole(300)),
      claim: part(0, { kind: "restatement" }),
      judgement: "settle",
    },
    {
      name: "an addition of an old agent",
      known: stored(whole(300)),
      claim: part(0, { kind: "addition", sentCorrection: 1 }),
      judgement: "plain",
    },
    {
      name: "the same addition again",
      known: stored(part(0, { kind: "addition", sentCorrection: 1 })),
      claim: part(0, { kind: "addition", sentCorrection: 1 }),
      judgement: "stored",
    },
    {
      name: "a bucket that was said to be lost and turns up",
      known: afterLost(stored(whole(300)), 315, 345),
      claim: whole(315),
      judgement: "plain",
    },
  ])("$name: $judgement", ({ known, claim, judgement }) => {
    expect(judge(known, claim)).toBe(judgement);
  });
});

describe("afterStored", () => {
  it("makes a bucket whole with its last part, in whatever order they come", () => {
    const before = stored(part(2), part(0));
    expect(before.stored).toEqual([]);
    expect(completes(before, part(1), 4)).toBe(14);
    expect(afterStored(before, part(1), 4)).toMatchObject({ stored: [[300, 315]], partial: [] });
  });

  it("begins a bucket anew with another making of it", () => {
    const again = stored(part(0), part(1), part(0, { build: "b", parts: 2 }));
    expect(again.partial).toMatchObject([{ build: "b", parts: 2, stored: [0], settles: true }]);
    expect(afterStored(again, part(1, { build: "b", parts: 2 }), 1).stored).toEqual([[300, 315]]);
  });
});

describe("markOf", () => {
  it.each([
    { name: "nothing", known: nothing, mark: undefined },
    { name: "one bucket", known: stored(whole(30)), mark: 45 },
    { name: "a row of them", known: stored(whole(30), whole(60), whole(45)), mark: 75 },
    { name: "up to the first hole", known: stored(whole(30), whole(45), whole(75)), mark: 60 },
    { name: "over a hole that is known to be lost", known: afterLost(stored(whole(30), whole(75)), 45, 75), mark: 90 },
    { name: "a gap alone says nothing of what is stored", known: afterLost(nothing, 0, 60), mark: undefined },
    { name: "a bucket that is begun does not count", known: stored(whole(285), part(0)), mark: 300 },
  ])("$name", ({ known, mark }) => {
    expect(markOf(known)).toBe(mark);
  });
});
