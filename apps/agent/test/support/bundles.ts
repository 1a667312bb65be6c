import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../../../..");

/** What `scripts/build.mjs` does for one process, into a folder of the tests. */
async function bundle(entry: string, out: string): Promise<string> {
  const outfile = join(root, "apps/agent/dist/testing", out);
  mkdirSync(dirname(outfile), { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: true,
    minifySyntax: true,
    logLevel: "silent",
    external: ["@aws-cdk/lambda-layer-kubectl-v35", "bufferutil"],
    loader: { ".yaml": "text", ".sql": "text" },
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  return outfile;
}

const made = new Map<string, Promise<string>>();

/** Once a test file: a process that is starting must not find its bundle half written. */
function bundled(entry: string, out: string): Promise<string> {
  const known = made.get(out) ?? bundle(entry, out);
  made.set(out, known);
  return known;
}

/** The agent, as it is shipped. */
export const agentBundle = (): Promise<string> => bundled("apps/agent/src/main.ts", "agent.mjs");

/** A process of the benchmarks. */
export const benchBundle = (name: string): Promise<string> => bundled(`apps/agent/bench/${name}.ts`, `${name}.mjs`);

/** The sandbox, as it is shipped. */
export const sandboxBundle = (): Promise<string> => bundled("packages/sandbox/src/main.ts", "sandbox.mjs");

/** The manifest that the web application shows, with its placeholders filled. */
export const manifestPath = join(root, "deploy/agent/agent.yaml");

/** True when the sandbox's sources are there to be bundled. */
export const hasSandbox = (): boolean => existsSync(join(root, "packages/sandbox/src/main.ts"));

/** The probe pod's manifest. */
export const probeManifestPath = join(root, "deploy/agent/probe.yaml");
