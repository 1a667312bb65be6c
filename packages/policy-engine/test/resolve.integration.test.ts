import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildWorld, classifyEndpoints, indexWorld, type WorldInput } from "../src/index";
import { randomCluster } from "../src/testing/arbitrary-cluster";
import { asked, expectSameVerdicts } from "../src/testing/flow-property";
import { expectSameAfterChanges } from "../src/testing/index-commands";
import { expectFineClasses, expectSamePolicies, type Counts } from "../src/testing/resolve-property";

function indexed(input: WorldInput) {
  const world = buildWorld(input);
  const index = indexWorld(world);
  if (!index) throw new Error("the world has no holdings");
  return { world, index };
}

const missing = (counts: Counts, wanted: readonly string[]): readonly string[] =>
  wanted.filter((what) => (counts.get(what) ?? 0) === 0);

/** What must have been met on the way to some verdict. */
const STEPS = [
  ..."Allow Deny Pass Log".split(" ").flatMap((action) => [`rule ${action}`, `profile ${action}`]),
  "end-of-tier Deny",
  "end-of-tier Pass",
  "tier-entered",
  "tier-skipped empty",
  "tier-skipped none-selects",
  "policy-passed-over",
  "no-profile",
  "unknown",
  "staged",
  "pending differs",
];

/** What must have been asked by a rule that matched. */
const CONSTRUCTS = [
  ...["source", "destination"].flatMap((side) =>
    [
      "selector",
      "notSelector",
      "namespaceSelector",
      "serviceAccounts",
      "nets",
      "notNets",
      "ports",
      "notPorts",
      "services",
    ].map((field) => `${side}.${field}`),
  ),
  "protocol",
  "notProtocol",
  "ipVersion",
  "icmp",
  "notIcmp",
  "http",
  "unknown",
  "named port",
];

describe("the index of a cluster", () => {
  it("gives every pod the policies of the nested loop, in order", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(randomCluster, (input) => {
        const { world, index } = indexed(input);
        expectSamePolicies(index, world);
      }),
      { numRuns: 1500 },
    );
  });

  it("never makes classes too coarse", { timeout: 300_000 }, () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomCluster, (input) => {
        const world = buildWorld(input);
        expectFineClasses(world, classifyEndpoints(world), counts);
      }),
      { numRuns: 300 },
    );
    expect(missing(counts, ["alike", "allow", "deny", "unknown", "readable"])).toEqual([]);
  });

  it("judges as the plain judge does, trace and all, every construct in play", { timeout: 300_000 }, () => {
    const counts: Counts = new Map();
    fc.assert(
      fc.property(randomCluster, (input) => {
        const { world, index } = indexed(input);
        expectSameVerdicts(asked(index), world, counts);
      }),
      { numRuns: 150 },
    );
    expect(missing(counts, [...STEPS, ...CONSTRUCTS])).toEqual([]);
  });

  it("is after any changes what it would be from scratch", { timeout: 300_000 }, () => {
    const counts = expectSameAfterChanges(120);
    const kinds = [
      "put policy",
      "put tier",
      "put set",
      "put pod",
      "drop manifest",
      "drop pod",
      "label namespace",
      "drop namespace",
      "services",
    ];
    expect(missing(counts, kinds)).toEqual([]);
  });
});
