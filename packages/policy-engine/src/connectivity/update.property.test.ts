import fc from "fast-check";
import { describe, it } from "vitest";
import { expectSameAsFromScratch, policyChanges } from "../testing/update-property";

describe("connectivity after changes of policies", () => {
  it("is what it is from scratch", () => {
    fc.assert(fc.property(policyChanges, expectSameAsFromScratch), { numRuns: 10, endOnFailure: true });
  });
});
