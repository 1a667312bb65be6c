import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { FlowStoreConnection } from "@isthmus/flow-store";
import { build } from "esbuild";

/** An embedded ClickHouse for a benchmark, which runs bundled and so cannot use the tests' starter. */
export async function startFlowStoreProcess(): Promise<{
  readonly connection: FlowStoreConnection;
  stop(): Promise<void>;
}> {
  const dataDir = await mkdtemp(join(tmpdir(), "isthmus-bench-"));
  const outfile = join(process.cwd(), "node_modules", `.cache-bench-clickhouse-${process.pid}.mjs`);
  await build({
    entryPoints: [join(process.cwd(), "packages/flow-store/src/embedded/main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["chdb", "pino"],
    logLevel: "silent",
  });
  const password = "for-benchmarks-only";
  const child = spawn(process.execPath, [outfile], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: "/usr/bin:/bin",
      ISTHMUS_CLICKHOUSE_DATA: dataDir,
      ISTHMUS_CLICKHOUSE_LISTEN: "127.0.0.1:0",
      ISTHMUS_CLICKHOUSE_PASSWORD: password,
      ISTHMUS_EXIT_WITH_PARENT: "1",
    },
  });
  const port = await listeningPort(child.stdout);
  return {
    connection: { url: `http://127.0.0.1:${port}`, user: "isthmus", password, database: "isthmus" },
    stop: async () => {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      await Promise.all([rm(dataDir, { recursive: true }), rm(outfile)]);
    },
  };
}

async function listeningPort(output: NodeJS.ReadableStream): Promise<number> {
  for await (const line of createInterface({ input: output })) {
    const entry = JSON.parse(line) as { readonly msg: string; readonly address?: { readonly port: number } };
    if (entry.msg !== "listening" || entry.address === undefined) continue;
    output.resume();
    return entry.address.port;
  }
  throw new Error("the embedded engine did not start");
}
