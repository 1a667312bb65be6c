import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectJudged, randomWorlds } from "../testing/connectivity-property";
import type { Counts } from "../testing/resolve-property";

describe("connectivity of random meshes", () => {
  it("says of every packet what judging the connection says, and what decides it", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomWorlds, (inputs) => expectJudged(inputs, counts)),
      { numRuns: 3, endOnFailure: true },
    );
    expect([...counts.keys()]).toEqual(expect.arrayContaining(["allow", "deny"]));
  });
});
