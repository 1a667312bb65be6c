import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectJudged, MUST_BE_COUNTED, randomWorlds } from "../src/testing/connectivity-property";
import type { Counts } from "../src/testing/resolve-property";

describe("connectivity of many random meshes", () => {
  it("says of every packet what judging the connection says, with every construct in play", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomWorlds, (inputs) => expectJudged(inputs, counts)),
      { numRuns: 80, endOnFailure: true },
    );
    expect([...counts.keys()]).toEqual(expect.arrayContaining([...MUST_BE_COUNTED]));
  });
});
