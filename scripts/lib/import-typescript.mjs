// Runs TypeScript of the workspace where Node alone cannot: bundled to a temporary module and imported.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./steps.mjs";

/** Workspace packages are TypeScript sources, to be bundled; every other package stays where it is installed. */
const workspaceSources = {
  name: "workspace-sources",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) => {
      if (path.startsWith("@isthmus/")) return undefined;
      // Next names no exports, and Node then wants a file's whole name.
      return { path: /^next\/[\w-]+$/.test(path) ? `${path}.js` : path, external: true };
    });
    // A bundled source still finds what lies beside it.
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8")
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts",
    }));
  },
};

/**
 * Imports TypeScript files (paths from the root), passes their exports to `use` one after the other, and removes what
 * it wrote. Resolves to what `use` returned for each.
 */
export async function importTypeScript(files, use) {
  const folder = mkdtempSync(join(root, "node_modules", ".cache-typescript-"));
  const results = [];
  try {
    for (const [index, file] of files.entries()) {
      const outfile = join(folder, `${index}.mjs`);
      await build({
        entryPoints: [join(root, file)],
        outfile,
        bundle: true,
        platform: "node",
        target: "node20",
        format: "esm",
        plugins: [workspaceSources],
        loader: { ".yaml": "text", ".sql": "text" },
        logLevel: "error",
      });
      results.push(await use(await import(pathToFileURL(outfile).href), file));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}
