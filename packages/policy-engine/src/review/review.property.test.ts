import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Counts } from "../testing/resolve-property";
import { expectTrueFindings, policiesAndPods } from "../testing/review-property";

describe("what a review calls useless", () => {
  it("is, on random clusters, and every other rule decides something", { timeout: 60_000 }, () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(policiesAndPods, (drawn) => expectTrueFindings(drawn, counts)),
      { numRuns: 8 },
    );
    for (const what of ["witnesses", "packets"]) {
      expect([what, counts.get(what) ?? 0]).not.toEqual([what, 0]);
    }
  });
});
