import { describe, expect, it } from "vitest";
import { randomMesh } from "../packages/policy-engine/src/testing/arbitrary-mesh";
import { compareClusters, compareSides, type Agreement, type Tally } from "./agreement";
import { CLAUSES } from "./clauses/clause";
import { compiledClusters } from "./compiled-mesh";
import { readConfig } from "./config";

const { runs, seed } = readConfig();

/** Fails with the smallest case of a difference. */
function expectAgreement({ tally, difference }: Agreement): Tally {
  if (difference !== undefined) throw new Error(difference);
  process.stdout.write(`agreed on ${tally.get("packets")} packets: ${JSON.stringify(Object.fromEntries(tally))}\n`);
  return tally;
}

/** What has a say less often than once in thirty clusters is not compared: 20 times in 600. */
const FLOOR = runs / 30;

const seldomInPlay = (tally: Tally, wanted: readonly string[]): readonly string[] =>
  wanted.filter((what) => (tally.get(what) ?? 0) < FLOOR);

describe("the policy engine and the sandbox's dataplane say the same of every packet", () => {
  it(`of ${runs} random clusters, every clause having a say`, { timeout: 60_000 + runs * 100 }, () => {
    const tally = expectAgreement(compareClusters({ numRuns: runs, seed }));
    const wanted = [
      ...CLAUSES,
      ...["pod", "host"].flatMap((judge) => [`${judge} allow`, `${judge} deny`]),
      ...["NetworkPolicy", "GlobalNetworkPolicy"].flatMap((kind) =>
        ["rule Allow", "rule Deny", "rule Pass", "end Deny", "end Pass"].map((what) => `${kind} ${what}`),
      ),
      "KubernetesNetworkPolicy rule Allow",
      "KubernetesNetworkPolicy end Deny",
      "StagedNetworkPolicy rule Deny",
      "StagedGlobalNetworkPolicy rule Deny",
      "StagedKubernetesNetworkPolicy rule Allow",
      ...["rule Allow", "rule Deny", "rule Pass", "end Pass"].map((what) => `ClusterNetworkPolicy ${what}`),
    ];
    expect(seldomInPlay(tally, wanted), "hardly ever in play").toEqual([]);
  });

  const meshes = Math.ceil(runs / 10);
  it(`of ${meshes} random meshes as compiled`, { timeout: 60_000 + runs * 60 }, () => {
    const tally = expectAgreement(
      compareSides({ arbitrary: randomMesh, clustersOf: compiledClusters, numRuns: meshes, seed }),
    );
    const wanted = [
      "pod allow",
      "pod deny",
      "staged policies",
      "GlobalNetworkPolicy rule Allow",
      "NetworkPolicy rule Deny",
    ];
    expect(seldomInPlay(tally, wanted), "hardly ever in play").toEqual([]);
  });
});
