import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../../..");
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** What `scripts/build.mjs` does for one process, into a folder of the tests: the processes as they are shipped. */
async function bundle(entry: string, out: string): Promise<string> {
  const outfile = join(root, out);
  await mkdir(dirname(outfile), { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    minifySyntax: true,
    banner: { js: banner },
    external: ["@prisma/client", "pg-native", "bufferutil"],
    logLevel: "silent",
    loader: { ".yaml": "text", ".sql": "text" },
  });
  return outfile;
}

/** Bundles the gateway and the agent from the sources that are there; one name for each world. */
export async function bundleProcesses(): Promise<{ readonly gateway: string; readonly agent: string }> {
  const world = randomUUID();
  const [gateway, agent] = await Promise.all([
    bundle("apps/gateway/src/main.ts", `apps/gateway/dist/testing/rig-gateway-${world}.mjs`),
    bundle("apps/agent/src/main.ts", `apps/agent/dist/testing/rig-agent-${world}.mjs`),
  ]);
  return { gateway, agent };
}
