import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryCluster } from "./arbitrary-cluster";
import type { Cluster, Side } from "./cluster";
import { firstDifference } from "./compare";
import { readConfig } from "./config";
import { side as engine } from "./engine-side";
import { ENGINE_MUTANTS, SANDBOX_MUTANTS } from "./mutants";
import { mutatedSide, occurrences } from "./mutate";
import { side as sandbox } from "./sandbox-side";

const { seed } = readConfig();

/** Far fewer than the comparison itself looks at: what it would need luck to notice counts as missed. */
const CLUSTERS: readonly Cluster[] = fc.sample(arbitraryCluster, { seed, numRuns: 300 });

/** The first cluster, counted from 1, that tells the mutant from the other side; 0 for none. */
const noticedAt = (mutant: Side, other: Side): number =>
  CLUSTERS.findIndex((cluster) => firstDifference(cluster, [mutant, other]) !== undefined) + 1;

describe.each([
  { entry: "engine-side.ts", mutants: ENGINE_MUTANTS, other: sandbox },
  { entry: "sandbox-side.ts", mutants: SANDBOX_MUTANTS, other: engine },
] as const)("the comparison notices in $entry", ({ entry, mutants, other }) => {
  it("nothing, without a mutant", async () => {
    const [{ file, from } = { file: "", from: "" }] = mutants;
    expect(noticedAt(await mutatedSide(entry, { what: "unchanged", file, from, to: from }), other)).toBe(0);
  });

  it.each(mutants)("$what", async (mutant) => {
    expect(await occurrences(mutant), `places of \`${mutant.from}\` in ${mutant.file}`).toBe(1);
    expect(noticedAt(await mutatedSide(entry, mutant), other), "clusters until it was noticed").toBeGreaterThan(0);
  });
});
