import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildWorld } from "../evaluate/world";
import { parseAddress } from "../net/address";
import { randomCluster } from "../testing/arbitrary-cluster";
import { asked, expectSameVerdicts } from "../testing/flow-property";
import { STATES } from "../testing/index-states";
import type { Counts } from "../testing/resolve-property";
import { FlowJudge } from "./flow-judge";
import { indexWorld } from "./policy-index";

describe("fast verdicts", () => {
  it("are those of the plain judge, trace and all, on random clusters", () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomCluster, (input) => {
        const world = buildWorld(input);
        const index = indexWorld(world);
        if (!index) throw new Error("the world has no holdings");
        expectSameVerdicts(asked(index), world, counts);
      }),
      { numRuns: 12 },
    );
    for (const what of ["rule Allow", "rule Deny", "rule Pass", "rule Log", "end-of-tier Deny", "unknown"]) {
      expect([what, counts.get(what) ?? 0]).not.toEqual([what, 0]);
    }
  });
});

describe("a flow at both ends", () => {
  const world = buildWorld(STATES["two tiers"]);
  const index = indexWorld(world);
  if (!index) throw new Error("the world has no holdings");
  const judge = new FlowJudge(index);
  const end = (name: string) => {
    const endpoint = world.endpoints.find((e) => e.name === name);
    const found = endpoint && judge.endOf(endpoint);
    if (found === undefined) throw new Error(name);
    return found;
  };
  const outside = judge.endOfAddress(parseAddress("203.0.113.1") ?? { version: 4, value: 0n });

  const cases = [
    { name: "what the first policy allows", source: end("b"), destination: end("a"), expected: "allow" },
    { name: "what passes to a tier that allows it", source: end("c"), destination: end("b"), expected: "allow" },
    { name: "what passes to a tier that ends in deny", source: end("b"), destination: end("c"), expected: "deny" },
    { name: "from outside, whom no selector matches", source: outside, destination: end("c"), expected: "deny" },
    { name: "to outside, for nothing judges egress", source: end("a"), destination: outside, expected: "allow" },
    { name: "from outside to outside", source: outside, destination: outside, expected: "allow" },
  ] as const;

  it.each(cases)("$name", ({ source, destination, expected }) => {
    expect(judge.verdict({ source, destination, protocol: 6, destinationPort: 80 })).toBe(expected);
  });

  it("an end without an endpoint has no trace", () => {
    expect(judge.trace({ source: outside, destination: end("a"), protocol: 6 }, "egress")).toBeUndefined();
  });

  it("an endpoint without the address has no number", () => {
    const [endpoint] = world.endpoints;
    expect(endpoint && judge.endOf(endpoint, 7)).toBeUndefined();
  });
});
