import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectJudged, MUST_BE_COUNTED, randomWorlds } from "../src/testing/connectivity-property";
import { expectDifferenceOfSets } from "../src/testing/difference-property";
import { expectSameAsFromScratch, policyChanges } from "../src/testing/update-property";
import type { Counts } from "../src/testing/resolve-property";

describe("connectivity of many random meshes", () => {
  it("says of every packet what judging the connection says, with every construct in play", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomWorlds, (inputs) => expectJudged(inputs, counts)),
      { numRuns: 50, endOnFailure: true },
    );
    expect([...counts.keys()]).toEqual(expect.arrayContaining([...MUST_BE_COUNTED]));
  });

  it("is after any changes of policies what it is from scratch", () => {
    fc.assert(fc.property(policyChanges, expectSameAsFromScratch), { numRuns: 60, endOnFailure: true });
  });

  it("differs from another's by the difference of both", () => {
    fc.assert(fc.property(policyChanges, expectDifferenceOfSets), { numRuns: 30, endOnFailure: true });
  });
});
