import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { extractKubectl } from "@isthmus/sandbox/kubectl";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const here = import.meta.dirname;
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

let folder: string;
let isthmus: string;
let scenario: string;

/** The command and the sandbox's process, built as `npm run build` lays them out. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-cli-up-"));
  isthmus = join(folder, "apps/cli/bin/isthmus.mjs");
  await mkdir(join(folder, "apps/cli/bin"), { recursive: true });
  await copyFile(resolve(here, "../bin/isthmus.mjs"), isthmus);
  const bundle = (entry: string, outfile: string) =>
    build({
      entryPoints: [resolve(here, "../../..", entry)],
      outfile: join(folder, outfile),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      banner: { js: banner },
      logLevel: "silent",
    });
  await Promise.all([
    bundle("apps/cli/src/main.ts", "apps/cli/dist/main.js"),
    bundle("packages/sandbox/src/main.ts", "packages/sandbox/dist/main.js"),
  ]);
  scenario = join(folder, "mesh.yaml");
  const generate = "{ namespaces: 2, deployments: 4, pods: 9 }";
  await writeFile(
    scenario,
    `seed: 3\nclusters:\n  - name: eu\n    generate: ${generate}\n  - name: us\n    nodes: 1\n`,
  );
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

interface Up {
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves when the output holds a text; rejects when the command ends first. */
  readonly says: (text: string) => Promise<void>;
  readonly interrupt: () => Promise<number | null>;
  /** The exit code of a command that ends by itself. */
  readonly ended: Promise<number | null>;
}

function up(...words: readonly string[]): Up {
  const child = spawn(process.execPath, [isthmus, "sandbox", "up", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close").then(([code]) => code as number | null);
  let [out, err] = ["", ""];
  const listeners = new Set<() => void>();
  const hear = (add: (piece: string) => void) => (piece: Buffer) => {
    add(piece.toString("utf8"));
    listeners.forEach((listener) => listener());
  };
  child.stdout.on(
    "data",
    hear((piece) => (out += piece)),
  );
  child.stderr.on(
    "data",
    hear((piece) => (err += piece)),
  );
  return {
    ended,
    out: () => out,
    err: () => err,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (`${out}${err}`.includes(text)) resolve();
        };
        listeners.add(look);
        look();
        void ended.then((code) => reject(new Error(`it ended with ${code} and never said ${text}:\n${out}${err}`)));
      }),
    interrupt: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
}

async function kubectl(kubeconfig: string, ...words: readonly string[]): Promise<string> {
  const program = await extractKubectl(join(tmpdir(), "isthmus-test-kubectl-1.35"));
  return new Promise((settle, fail) => {
    execFile(program, ["--kubeconfig", kubeconfig, ...words], (error, out, err) => {
      if (error) fail(new Error(err));
      else settle(out);
    });
  });
}

describe("isthmus sandbox up", () => {
  it("runs a mesh whose kubeconfigs kubectl takes, keeps it, and goes on from it at the next start", async () => {
    const state = join(folder, "state");
    const first = up("--scenario", scenario, "--state", state);
    await first.says("eu: 9 pods run");
    await first.says("export KUBECONFIG=");
    const exported = /export KUBECONFIG=(\S+)/.exec(first.out())?.[1] ?? "";
    expect(exported).toBe(`${state}/eu/kubeconfig:${state}/us/kubeconfig`);
    expect(first.out()).toMatch(/eu {2}API {8}https:\/\/127\.0\.0\.1:\d+\n.*\n {4}Goldmane {3}127\.0\.0\.1:\d+/);
    const pods = await kubectl(join(state, "eu/kubeconfig"), "get", "pods", "-A", "--no-headers");
    expect(pods.trim().split("\n")).toHaveLength(9);
    expect(pods.match(/ Running /g)).toHaveLength(9);
    expect(await kubectl(join(state, "us/kubeconfig"), "get", "nodes", "-o", "name")).toBe("node/us-node-1\n");
    expect(await first.interrupt()).toBe(0);
    const again = up("--scenario", scenario, "--state", state);
    await again.says("export KUBECONFIG=");
    expect(await kubectl(join(state, "eu/kubeconfig"), "get", "pods", "-A", "--no-headers")).toContain(
      pods.split(/\s+/)[1] ?? "none",
    );
    const second = up("--scenario", scenario, "--state", state);
    await expect(second.says("export KUBECONFIG=")).rejects.toThrow("ended with 1");
    expect(second.err()).toContain("ISTHMUS_SANDBOX_STATE");
    expect(await again.interrupt()).toBe(0);
  });

  it("is stopped while it starts, as well", async () => {
    const mesh = up("--scenario", scenario);
    await mesh.says("its log:");
    expect(await mesh.interrupt()).toBe(0);
  });

  it("leaves nothing behind where it keeps nothing", async () => {
    const before = await readdir(tmpdir());
    const mesh = up("--scenario", scenario);
    await mesh.says("Ctrl-C stops it.");
    const kubeconfig = /kubeconfig (\S+)/.exec(mesh.out())?.[1] ?? "";
    expect((await stat(kubeconfig)).mode & 0o077).toBe(0);
    expect(await mesh.interrupt()).toBe(0);
    await expect(stat(kubeconfig)).rejects.toThrow("ENOENT");
    expect((await readdir(tmpdir())).filter((name) => !before.includes(name) && kubeconfig.includes(name))).toEqual([]);
  });

  it.each([
    { name: "a missing file", words: ["--scenario", "none.yaml"], says: "built-in scenarios are boutique, large" },
    { name: "a port that is none", words: ["--port", "99999"], says: "--port takes 0 for free ports" },
    { name: "an unknown option", words: ["--scenarios", "x"], says: "unknown option '--scenarios'" },
  ])("refuses $name with 2", async ({ words, says }) => {
    const wrong = up(...words);
    await wrong.says(says);
    expect(await wrong.ended).toBe(2);
  });

  it("names every mistake of a scenario with its place", async () => {
    const file = join(folder, "wrong.yaml");
    await writeFile(file, "clusters: [{ name: eu, nodes: 0, replica: 2 }]\n");
    const wrong = up("--scenario", file);
    await wrong.says("clusters[0].nodes: is 0: give a whole number from 1 to 1000");
    await wrong.says("clusters[0].replica: is not known here");
    expect(await wrong.ended).toBe(2);
  });

  it("lists what is built in", async () => {
    const list = up("--list");
    await list.says("large: one cluster of 10,000 pods");
    expect(await list.ended).toBe(0);
  });
});
