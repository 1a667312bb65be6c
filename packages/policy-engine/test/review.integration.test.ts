import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Counts } from "../src/testing/resolve-property";
import { expectTrueFindings, policiesAndPods } from "../src/testing/review-property";

const MUST_BE_SEEN = [
  "policy-selects-nothing present",
  "policy-selects-nothing structural",
  "policy-without-effect present",
  "selector-matches-nothing present",
  "rule-never-matches structural",
  "rule-never-matches present",
  "rule-duplicate structural",
  "rule-shadowed structural",
  "rule-shadowed present",
  "deny-shadowed present",
  "rule-redundant present",
  "elsewhere",
  "witnesses",
  "packets",
];

describe("what a review calls useless", () => {
  it("is, on random clusters, and every other rule decides something", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(policiesAndPods, (drawn) => expectTrueFindings(drawn, counts)),
      { numRuns: 150 },
    );
    for (const what of MUST_BE_SEEN) expect([what, counts.get(what) ?? 0]).not.toEqual([what, 0]);
  });
});
