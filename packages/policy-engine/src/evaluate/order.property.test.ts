import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectSameInAnyOrder, shuffledCluster } from "../testing/order-property";
import type { Counts } from "../testing/resolve-property";

describe("a verdict and its trace", () => {
  it("do not depend on the order of pods, namespaces, manifests, services, or of sets within them", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(shuffledCluster, (both) => expectSameInAnyOrder(both, counts)),
      { numRuns: 120 },
    );
    expect([...counts.keys()]).toEqual(expect.arrayContaining(["allow", "deny", "unknown", "pending differs"]));
  });
});
