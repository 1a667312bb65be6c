import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** Bundles a script of the workspace (a path from the root), for a process of its own. */
export async function bundled(entry: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = join(process.cwd(), "node_modules", `.cache-bench-${basename(entry, ".ts")}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(process.cwd(), entry)],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: { js: banner },
    external: ["@prisma/client", "pg-native", "chdb", "pino", "bufferutil"],
    loader: { ".yaml": "text", ".sql": "text" },
    logLevel: "silent",
  });
  return { path, remove: () => rm(path, { force: true }) };
}
