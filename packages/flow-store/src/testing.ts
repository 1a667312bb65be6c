import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import type { FlowStoreConnection } from "./domain";

export { encodeFlowBlock } from "./ingest/native/flow-block";
export { flowTableOf } from "./testing/flow-table-of";
export type { BatchIdentity } from "./domain";
export { storeFlows, type FlowBatch } from "./testing/store-flows";

/** An embedded ClickHouse of a test's own. */
export interface TestFlowStore {
  readonly connection: FlowStoreConnection;
  readonly pid: number;
  readonly dataDir: string;
  /** Kills the process with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port after `kill`. */
  restart(): Promise<void>;
  /** Stops it cleanly, removes its folder and returns its exit code. */
  stop(): Promise<number | null>;
}

// Found by name, since a test or a bench that imports this may be bundled to anywhere in the repository.
const packageFolder = dirname(createRequire(import.meta.url).resolve("@isthmus/flow-store/package.json"));
const password = "for-tests-only";
let bundled: Promise<string> | undefined;

/** Starts the embedded engine's own process, bundled from these sources, in a temporary folder on a free port. */
export async function startTestFlowStore(): Promise<TestFlowStore> {
  bundled ??= bundle();
  const script = await bundled;
  const dataDir = await mkdtemp(join(tmpdir(), "isthmus-flows-"));
  let running = await launch(script, dataDir, 0);
  const { port } = running;
  return {
    connection: { url: `http://127.0.0.1:${port}`, user: "isthmus", password, database: "isthmus" },
    get pid() {
      return running.child.pid ?? -1;
    },
    dataDir,
    kill: async () => void (await end(running.child, "SIGKILL")),
    restart: async () => {
      running = await launch(script, dataDir, port);
    },
    stop: async () => {
      const code = await end(running.child, "SIGTERM");
      await rm(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

async function bundle(): Promise<string> {
  const folder = join(packageFolder, "dist", "testing");
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, `clickhouse-${process.pid}.mjs`);
  await build({
    entryPoints: [join(packageFolder, "src/embedded/main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["chdb", "pino"],
    logLevel: "silent",
  });
  process.once("exit", () => void rm(outfile, { force: true }));
  return outfile;
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

async function launch(script: string, dataDir: string, port: number): Promise<Running> {
  const child = spawn(process.execPath, [script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      NODE_ENV: "production",
      PATH: "/usr/bin:/bin",
      ISTHMUS_CLICKHOUSE_DATA: dataDir,
      ISTHMUS_CLICKHOUSE_LISTEN: `127.0.0.1:${port}`,
      ISTHMUS_CLICKHOUSE_PASSWORD: password,
      ISTHMUS_EXIT_WITH_PARENT: "1",
    },
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const entry = JSON.parse(line) as { readonly msg: string; readonly address?: { readonly port: number } };
    if (entry.msg === "listening" && entry.address) {
      child.stdout.resume();
      return { child, port: entry.address.port };
    }
  }
  throw new Error(`the embedded engine did not start:\n${lines.join("\n")}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}
