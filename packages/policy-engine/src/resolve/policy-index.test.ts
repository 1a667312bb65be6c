import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildWorld } from "../evaluate/world";
import { randomCluster } from "../testing/arbitrary-cluster";
import { expectFineClasses, expectSamePolicies, type Counts } from "../testing/resolve-property";
import { classifyEndpoints } from "./endpoint-classes";
import { indexWorld } from "./policy-index";

describe("policies of every endpoint", () => {
  it("are those of the nested loop, in order, on random clusters", () => {
    fc.assert(
      fc.property(randomCluster, (input) => {
        const world = buildWorld(input);
        const index = indexWorld(world);
        if (!index) throw new Error("the world has no holdings");
        expectSamePolicies(index, world);
      }),
      { numRuns: 150 },
    );
  });
});

describe("classes of endpoints", () => {
  it("are never too coarse, on random clusters", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomCluster, (input) => {
        const world = buildWorld(input);
        expectFineClasses(world, classifyEndpoints(world), counts);
      }),
      { numRuns: 40 },
    );
    for (const what of ["alike", "allow", "deny", "readable"]) {
      expect([what, counts.get(what) ?? 0]).not.toEqual([what, 0]);
    }
    expect(counts.get("unreadable") ?? 0).toBe(0);
  });
});
