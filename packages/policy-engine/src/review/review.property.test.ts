import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildWorld } from "../evaluate/world";
import { randomCluster } from "../testing/arbitrary-cluster";
import type { Counts } from "../testing/resolve-property";
import { expectIdle, expectWitnesses } from "../testing/review-property";
import { review } from "./review";

describe("what a review calls useless", () => {
  it("is, on random clusters, and every other rule decides something", { timeout: 60_000 }, () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomCluster, (input) => {
        const world = buildWorld(input);
        const { findings } = review([world]);
        for (const finding of findings) expectIdle(world, finding, counts);
        expectWitnesses(world, findings, counts);
      }),
      { numRuns: 12 },
    );
    for (const what of ["rule-shadowed present", "witnesses", "packets"]) {
      expect([what, counts.get(what) ?? 0]).not.toEqual([what, 0]);
    }
  });
});
