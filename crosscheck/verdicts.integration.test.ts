import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryCluster } from "./arbitrary-cluster";
import type { Cluster, Judgement } from "./cluster";
import { firstDifference, reportDifference } from "./compare";
import { randomMesh } from "../packages/policy-engine/src/testing/arbitrary-mesh";
import { compiledClusters } from "./compiled-mesh";
import { readConfig } from "./config";
import { side as engine } from "./engine-side";
import { side as sandbox } from "./sandbox-side";

const { runs, seed } = readConfig();

/** What was in play among the packets that both sides agreed on: a comparison of nothing proves nothing. */
type Tally = Map<string, number>;

function count(tally: Tally, { verdict, enforced, pending }: Judgement): void {
  const add = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
  add("packets");
  add(verdict);
  if (enforced.join() !== pending.join()) add("pending differs");
  for (const hit of enforced) {
    const [tier = "", policy = "", rule = "", action = ""] = hit.split("|");
    if (tier === "profile") add("profile");
    else add(`${policy.split(" ")[0]} ${rule === "end" ? "end" : "rule"} ${action}`);
  }
  for (const hit of pending) if (hit.includes("|Staged")) add(hit.split("|")[1]?.split(" ")[0] ?? "");
}

const IN_PLAY = [
  "allow",
  "deny",
  "pending differs",
  "profile",
  ...["NetworkPolicy", "GlobalNetworkPolicy"].flatMap((kind) =>
    ["rule Allow", "rule Deny", "rule Pass", "end Deny", "end Pass"].map((what) => `${kind} ${what}`),
  ),
  "KubernetesNetworkPolicy rule Allow",
  "KubernetesNetworkPolicy end Deny",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
  "StagedKubernetesNetworkPolicy",
] as const;

/** Something random that clusters are made of; shrinks as what it is. */
interface Source<T> {
  readonly arbitrary: fc.Arbitrary<T>;
  readonly clustersOf: (drawn: T) => readonly Cluster[];
  readonly numRuns: number;
}

/** Fails with the smallest cluster that shows a difference, as manifests and packet; what was in play, if none does. */
function expectAgreement<T>({ arbitrary, clustersOf, numRuns }: Source<T>): Tally {
  const tally: Tally = new Map();
  const differences = (drawn: T) =>
    clustersOf(drawn).flatMap(
      (cluster) => firstDifference(cluster, [engine, sandbox], (judgement) => count(tally, judgement)) ?? [],
    );
  const outcome = fc.check(
    fc.property(arbitrary, (drawn) => differences(drawn).length === 0),
    { numRuns, seed },
  );
  const [difference] = outcome.counterexample ? differences(outcome.counterexample[0]) : [];
  const place = `seed ${seed}, path ${outcome.counterexamplePath}`;
  if (difference) throw new Error(`the two differ (${place})\n${reportDifference(difference)}`);
  if (outcome.failed) throw new Error(`the comparison failed (${place})`, { cause: outcome.errorInstance });
  process.stdout.write(`agreed on ${tally.get("packets")} packets: ${JSON.stringify(Object.fromEntries(tally))}\n`);
  return tally;
}

const seldomInPlay = (tally: Tally, wanted: readonly string[]): readonly string[] =>
  wanted.filter((what) => (tally.get(what) ?? 0) < 100);

describe("the policy engine and the sandbox's dataplane say the same of every packet", () => {
  it(`of ${runs} random clusters`, { timeout: 60_000 + runs * 60 }, () => {
    const tally = expectAgreement({
      arbitrary: arbitraryCluster,
      clustersOf: (cluster) => [cluster],
      numRuns: runs,
    });
    expect(seldomInPlay(tally, IN_PLAY), "hardly ever in play").toEqual([]);
  });

  const meshes = Math.ceil(runs / 10);
  it(`of ${meshes} random meshes as compiled`, { timeout: 60_000 + runs * 60 }, () => {
    const tally = expectAgreement({ arbitrary: randomMesh, clustersOf: compiledClusters, numRuns: meshes });
    const wanted = ["allow", "deny", "pending differs", "GlobalNetworkPolicy rule Allow", "NetworkPolicy rule Deny"];
    expect(seldomInPlay(tally, wanted), "hardly ever in play").toEqual([]);
  });
});
