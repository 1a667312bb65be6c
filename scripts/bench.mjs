// `npm run bench [GROUP ...] [--json]`: every figure beside a named baseline measured in the same run.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./lib/steps.mjs";
import { benchGroups } from "../bench/groups.mjs";

/** Workspace packages are TypeScript sources, to be bundled; every other package stays where it is installed. */
const workspaceSources = {
  name: "workspace-sources",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith("@isthmus/") ? undefined : { path, external: true },
    );
  },
};

const json = process.argv.includes("--json");
const asked = process.argv.slice(2).filter((arg) => arg !== "--json");
const unknown = asked.find((group) => benchGroups[group] === undefined);
if (unknown !== undefined) {
  console.error(`unknown group \`${unknown}\`: use ${Object.keys(benchGroups).join(", ")}`);
  process.exit(2);
}
const files = Object.entries(benchGroups).flatMap(([group, paths]) =>
  asked.length === 0 || asked.includes(group) ? paths : [],
);
const folder = mkdtempSync(join(root, "node_modules", ".cache-bench-"));
const rows = [];
try {
  for (const [index, file] of files.entries()) {
    const outfile = join(folder, `bench-${index}.mjs`);
    await build({
      entryPoints: [join(root, file)],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      plugins: [workspaceSources],
      logLevel: "error",
    });
    const { run } = await import(pathToFileURL(outfile).href);
    rows.push(...(await run()));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (json) for (const row of rows) console.log(JSON.stringify(row));
else print(rows);
process.exitCode = rows.every((row) => row.holds) ? 0 : 1;

function print(table) {
  for (const { name, value, unit, baseline, ratio, target, holds } of table) {
    console.log(
      `${holds ? "✓" : "✗"} ${name.padEnd(56)} ${String(value).padStart(12)} ${unit.padEnd(10)} ${ratio.toFixed(2)} × ${baseline}   target ${target}`,
    );
  }
}
