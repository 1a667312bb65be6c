import fc from "fast-check";
import { describe, it } from "vitest";
import { expectDifferenceOfSets } from "../testing/difference-property";
import { policyChanges } from "../testing/update-property";

describe("the difference of two random states", () => {
  it("is the difference of their sets", () => {
    fc.assert(fc.property(policyChanges, expectDifferenceOfSets), { numRuns: 4, endOnFailure: true });
  });
});
