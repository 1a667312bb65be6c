import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomMesh } from "../testing/arbitrary-mesh";
import { expectSameMeaning } from "../testing/federation-property";
import { compileMesh } from "./compile";

describe("compiled policies mean what was written", () => {
  it("on a few random meshes", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(randomMesh, (mesh) => expectSameMeaning(mesh, new Map())),
      { numRuns: 15 },
    );
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
      { numRuns: 50 },
    );
  });
});
