import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomMesh } from "../src/testing/arbitrary-mesh";
import { expectSameMeaning } from "../src/testing/federation-property";
import type { Tally } from "../src/testing/federation-tally";

const RUNS = 300;

/** How often each of these must have been in play in a run for the property to mean something. */
const FLOORS: Readonly<Record<string, number>> = {
  "verdict allow": 20_000,
  "verdict deny": 10_000,
  "rule Allow": 2_000,
  "rule Deny": 2_000,
  "rule Pass": 1_000,
  "rule Log": 500,
  "end of tier Deny": 5_000,
  "end of tier Pass": 5_000,
  profile: 10_000,
  "tier-skipped": 10_000,
  "staged rule": 500,
  "pending verdict differs": 1_000,
  "stagedAction Set": 50,
  "stagedAction Delete": 20,
  "stagedAction Learn": 20,
  "stagedAction Ignore": 20,
  "published sets": 100,
  "sets kept out": 50,
  "notSelector over the mesh": 20,
  "remote peer, global policy": 1_000,
  "remote peer, namespaced policy": 300,
  "local: source and destination selectors in one rule": 100,
  "remote: source and destination selectors in one rule": 30,
  "local: notSelector alone": 200,
  "remote: notSelector alone": 50,
  "local: notSelector beside a selector": 200,
  "remote: notSelector beside a selector": 50,
  "local: service accounts": 100,
  "remote: service accounts": 50,
  "local: services": 50,
  "remote: services": 30,
  "remote: namespaceSelector": 100,
  "remote: nets and a selector": 20,
  "remote: port names": 50,
  "forwarded packet": 5_000,
  "dual-stack endpoint": 200,
  "endpoint with several addresses of a family": 100,
  "pod that carries our label": 50,
  "different-networks error": 50,
  "overlapping-pod-ranges error": 5,
  "peer-not-published warning": 50,
  "gap that a problem tells of": 100,
  "namespace-absent warning": 5,
  "ambiguous-address warning": 10,
  "address-outside-pod-ranges warning": 10,
  "too-many-rules error": 5,
  "selector-too-long error": 5,
  "unsupported-policy error": 10,
  "would-change-unmanaged-policy error": 10,
  "would-change-unmanaged-policy warning": 5,
};

describe("compiled policies mean what was written", () => {
  it(`on ${RUNS} random meshes`, { timeout: 300_000 }, () => {
    const tally: Tally = new Map();
    fc.assert(
      fc.property(randomMesh, (mesh) => expectSameMeaning(mesh, tally)),
      { numRuns: RUNS },
    );
    const scarce = Object.entries(FLOORS).filter(([what, floor]) => (tally.get(what) ?? 0) < floor);
    expect(
      scarce.map(([what, floor]) => `${what}: ${tally.get(what) ?? 0} of ${floor}`),
      "too seldom in play",
    ).toEqual([]);
  });
});
