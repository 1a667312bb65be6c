import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomMesh, type RandomMesh } from "../packages/policy-engine/src/testing/arbitrary-mesh";
import { expectSameMeaning, type CompileMesh } from "../packages/policy-engine/src/testing/federation-property";
import { compileMesh } from "./compiler";
import { COMPILER_MUTANTS } from "./compiler-mutants";
import { readConfig } from "./config";
import { mutatedModule, occurrences } from "./mutate";
import type { Mutant } from "./mutants/mutant";

const { seed } = readConfig();

/** Few enough that what it would need luck to notice counts as missed. */
const MESHES: readonly RandomMesh[] = fc.sample(randomMesh, { seed, numRuns: 200 });

async function mutatedCompiler(mutant: Mutant): Promise<CompileMesh> {
  const { compileMesh } = (await mutatedModule("compiler.ts", mutant)) as { readonly compileMesh?: CompileMesh };
  if (!compileMesh) throw new Error("compiler.ts exports no compileMesh");
  return compileMesh;
}

function means(mesh: RandomMesh, compile: CompileMesh): boolean {
  try {
    expectSameMeaning(mesh, new Map(), compile);
    return true;
  } catch {
    return false;
  }
}

/** Where the plans are the same, so is what they mean. */
const differs = ({ input, accepts }: RandomMesh, compile: CompileMesh): boolean =>
  accepts || JSON.stringify(compile(input)) !== JSON.stringify(compileMesh(input));

/** The first mesh, counted from 1, that tells the mutant from the meaning; 0 for none. */
const noticedAt = (compile: CompileMesh, meshes: readonly RandomMesh[]): number =>
  meshes.findIndex((mesh) => differs(mesh, compile) && !means(mesh, compile)) + 1;

describe("the federation property notices", () => {
  it("nothing, without a mutant", async () => {
    const [{ file, from } = { file: "", from: "" }] = COMPILER_MUTANTS;
    const compile = await mutatedCompiler({ what: "unchanged", file, from, to: from });
    expect(MESHES.slice(0, 25).filter((mesh) => !means(mesh, compile))).toEqual([]);
  });

  it.each(COMPILER_MUTANTS)("$what", async (mutant) => {
    expect(await occurrences(mutant), `places of \`${mutant.from}\` in ${mutant.file}`).toBe(1);
    const at = noticedAt(await mutatedCompiler(mutant), MESHES);
    expect(at, "meshes until it was noticed").toBeGreaterThan(0);
  });
});
