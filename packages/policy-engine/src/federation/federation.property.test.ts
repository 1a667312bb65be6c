import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomMesh } from "../testing/arbitrary-mesh";
import { expectSameMeaning, MUST_BE_SEEN, seen } from "../testing/federation-property";
import { compileMesh } from "./compile";

describe("compiled policies mean what was written", () => {
  it("gives every cluster the verdicts of the original policies over the mesh", { timeout: 60_000 }, () => {
    fc.assert(fc.property(randomMesh, expectSameMeaning), { numRuns: 40 });
    for (const what of MUST_BE_SEEN) expect([what, seen.get(what) ?? 0]).not.toEqual([what, 0]);
  });

  it("does not depend on the order of its input", () => {
    const shuffled = <T>(items: readonly T[]): readonly T[] => [...items].reverse();
    fc.assert(
      fc.property(randomMesh, ({ input }) => {
        const clusters = shuffled(input.clusters).map((c) => ({
          ...c,
          pods: shuffled(c.pods),
          namespaces: shuffled(c.namespaces),
        }));
        const other = {
          clusters,
          tiers: shuffled(input.tiers),
          policies: shuffled(input.policies),
          publications: shuffled(input.publications),
        };
        expect(compileMesh(other)).toEqual(compileMesh(input));
      }),
      { numRuns: 100 },
    );
  });
});
