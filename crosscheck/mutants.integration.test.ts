import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryCluster } from "./arbitrary-cluster";
import { CASES } from "./clauses/cases";
import { CLAUSES, type Clause, type ClauseCase } from "./clauses/clause";
import { clusterOf, packetOf } from "./clauses/world";
import type { Cluster, Side } from "./cluster";
import { firstDifference } from "./compare";
import { readConfig } from "./config";
import { side as engine } from "./engine-side";
import { ENGINE_MUTANTS, SANDBOX_MUTANTS } from "./mutants/mutants";
import { mutatedSide, occurrences } from "./mutate";
import { side as sandbox } from "./sandbox-side";

const { seed } = readConfig();

/** Far fewer than the comparison itself looks at: what it would need luck to notice counts as missed. */
const CLUSTERS: readonly Cluster[] = fc.sample(arbitraryCluster, { seed, numRuns: 300 });

/** Enough to show that what is noticed is the mutant: that the sides agree is shown elsewhere. */
const FEW_CLUSTERS = CLUSTERS.slice(0, 30);

/** Whether a side says of a fixed case something else than Calico. */
function contradicts({ open }: Side, row: ClauseCase): boolean {
  const cluster = clusterOf(row);
  const { verdict, enforced, pending } = open(cluster)(packetOf(cluster, row.asked));
  const said = { verdict, hits: enforced, pending };
  return (
    JSON.stringify(said) !== JSON.stringify({ verdict: row.verdict, hits: row.hits, pending: row.pending ?? row.hits })
  );
}

const byFixedCase = (mutant: Side, clause: Clause | undefined): boolean =>
  CASES.filter((row) => clause === undefined || row.clause === clause).some((row) => contradicts(mutant, row));

const byCluster = (clusters: readonly Cluster[], [mutant, other]: readonly [Side, Side]): boolean =>
  clusters.some((cluster) => firstDifference(cluster, [mutant, other]) !== undefined);

describe.each([
  { entry: "engine-side.ts", mutants: ENGINE_MUTANTS, other: sandbox },
  { entry: "sandbox-side.ts", mutants: SANDBOX_MUTANTS, other: engine },
] as const)("what is wrong in $entry", ({ entry, mutants, other }) => {
  it("has a mutant of every clause", () => {
    const covered = new Set<string>(mutants.map(({ clause }) => clause));
    expect(CLAUSES.filter((clause) => !covered.has(clause))).toEqual([]);
  });

  it("is nothing, without a mutant", async () => {
    const [mutant] = mutants;
    const same = await mutatedSide(entry, { ...mutant!, to: mutant!.from });
    expect([byFixedCase(same, undefined), byCluster(FEW_CLUSTERS, [same, other])]).toEqual([false, false]);
  });

  it.each(mutants)("$clause: $what", async (mutant) => {
    expect(await occurrences(mutant), `places of \`${mutant.from}\` in ${mutant.file}`).toBe(1);
    const wrong = await mutatedSide(entry, mutant);
    const noticed = byFixedCase(wrong, mutant.clause) || byCluster(CLUSTERS, [wrong, other]);
    expect(noticed, "noticed by a fixed case of the clause, or by a random cluster").toBe(true);
  });
});
