import fc from "fast-check";
import { describe, it } from "vitest";
import { randomMesh } from "../src/testing/arbitrary-mesh";
import { expectSameMeaning } from "../src/testing/federation-property";

describe("compiled policies mean what was written", () => {
  it("on many random meshes", { timeout: 300_000 }, () => {
    fc.assert(fc.property(randomMesh, expectSameMeaning), { numRuns: 400 });
  });
});
