import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectJudged, MUST_BE_COUNTED, randomWorlds } from "../testing/connectivity-property";
import type { Counts } from "../testing/resolve-property";

describe("connectivity of random meshes", () => {
  it("says of every packet what judging the connection says", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomWorlds, (inputs) => expectJudged(inputs, counts)),
      { numRuns: 8 },
    );
    expect([...counts.keys()]).toEqual(expect.arrayContaining([...MUST_BE_COUNTED]));
  });
});
