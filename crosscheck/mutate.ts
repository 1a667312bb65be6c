import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import type { Side } from "./cluster";
import type { Mutant } from "./mutants/mutant";

const ROOT = resolve(import.meta.dirname, "..");

/** How often the text that a mutant replaces occurs in its file. */
export async function occurrences({ file, from }: Mutant): Promise<number> {
  return (await readFile(join(ROOT, file), "utf8")).split(from).length - 1;
}

/** Hands esbuild the mutant's file with the replacement in place, and tells when it did. */
function replacing({ file, from, to }: Mutant, onReplaced: () => void): Plugin {
  const mutated = join(ROOT, file);
  return {
    name: "mutant",
    setup: (bundler) => {
      bundler.onLoad({ filter: /[.]ts$/ }, async ({ path }) => {
        if (path !== mutated) return undefined;
        onReplaced();
        return { contents: (await readFile(path, "utf8")).replace(from, () => to), loader: "ts" };
      });
    },
  };
}

/** A side's code in one file, with the mutant in it. Throws where the side does not use the mutant's file. */
async function bundle(entry: string, mutant: Mutant): Promise<string> {
  let replaced = false;
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "error",
    plugins: [replacing(mutant, () => (replaced = true))],
  });
  if (!replaced) throw new Error(`${entry} does not use ${mutant.file}`);
  return outputFiles[0]?.text ?? "";
}

const isSide = (value: unknown): value is Side =>
  typeof value === "object" && value !== null && "open" in value && typeof value.open === "function";

/** Loads a module of this folder with the mutant in it; the sources stay as they are. */
export async function mutatedModule(entry: string, mutant: Mutant): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-mutant-"));
  try {
    const file = join(folder, "mutated.mjs");
    await writeFile(file, await bundle(entry, mutant));
    return await import(pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Loads `entry`, a module that exports `side`, with the mutant in it. */
export async function mutatedSide(entry: "engine-side.ts" | "sandbox-side.ts", mutant: Mutant): Promise<Side> {
  const { side } = (await mutatedModule(entry, mutant)) as { readonly side?: unknown };
  if (!isSide(side)) throw new Error(`${entry} exports no side`);
  return side;
}
