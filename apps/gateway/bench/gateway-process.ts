import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { FlowStoreConnection } from "@isthmus/flow-store";
import type { StackOn } from "../test/support/stack";
import { bundled } from "./bundled";

/** The real gateway as a process of its own. */
export interface GatewayProcess {
  readonly port: number;
  readonly pid: number;
  residentMiB(): Promise<number>;
  peakMiB(): Promise<number>;
  /** The longest that its event loop was held since the last time this was asked, in ms. */
  longestHoldMs(): Promise<number>;
  stop(): Promise<void>;
}

/** What the gauge says of a loop that nobody holds. */
const RESOLUTION_MS = 10;

/** Starts the gateway's main on the stores of a stack. */
export async function startGatewayProcess(stack: StackOn, clickhouse: FlowStoreConnection): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), "isthmus-bench-gateway-"));
  const keyFile = join(folder, "signing.pem");
  await writeFile(keyFile, stack.signingKey.toPem(), { mode: 0o600 });
  const script = await bundled("apps/gateway/src/main.ts");
  const child = spawn(process.execPath, [script.path], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: "/usr/bin:/bin",
      ISTHMUS_GATEWAY_LISTEN: "127.0.0.1:0",
      ISTHMUS_DATABASE_URL: stack.postgres.appUrl,
      ISTHMUS_CLICKHOUSE_URL: clickhouse.url,
      ISTHMUS_CLICKHOUSE_PASSWORD: clickhouse.password,
      ISTHMUS_SIGNING_KEY_FILE: keyFile,
    },
  });
  const exited = once(child, "exit");
  const port = await listening(child.stdout);
  const { pid = 0 } = child;
  const memory = async (line: string): Promise<number> => {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    return Math.round(Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1_024);
  };
  return {
    port,
    pid,
    residentMiB: () => memory("VmRSS"),
    peakMiB: () => memory("VmHWM"),
    longestHoldMs: () => longestHoldMs(port),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      await Promise.all([rm(folder, { recursive: true }), script.remove()]);
    },
  };
}

/** The longest that a gateway's event loop was held since this was last asked, in ms. */
export async function longestHoldMs(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const seconds = /^isthmus_gateway_nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1];
  return Math.max(1, Math.round(Number(seconds ?? Number.NaN) * 1_000) - RESOLUTION_MS);
}

async function listening(output: NodeJS.ReadableStream): Promise<number> {
  const lines = createInterface({ input: output });
  return await new Promise((resolve) => {
    lines.on("line", (text) => {
      const line = JSON.parse(text) as { readonly msg: string; readonly port?: number; readonly level: number };
      if (line.msg === "gateway listens") resolve(line.port ?? 0);
    });
  });
}
