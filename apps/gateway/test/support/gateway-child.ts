import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import type { Role } from "../../src/config";
import type { Stack } from "./stack";

/** A gateway that runs as a process of its own. */
export interface GatewayChild {
  readonly port: number;
  readonly pid: number;
  /** Resolves with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  kill(): Promise<void>;
  /** Has it stop within its next transaction that writes. */
  freezeInTransaction(): void;
  /** Lets it go on. */
  thaw(): void;
}

const folder = join(import.meta.dirname, "../../dist/testing");
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** Bundles the child once for a test file; `remove` deletes the bundle. */
export async function bundleChild(): Promise<{ readonly script: string; remove(): Promise<void> }> {
  await mkdir(folder, { recursive: true });
  const script = join(folder, `gateway-child-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, "gateway-child.script.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: { js: banner },
    external: ["@prisma/client", "pg-native", "bufferutil"],
    logLevel: "silent",
  });
  return { script, remove: () => rm(script, { force: true }) };
}

/** What the child does, and where it dies. */
export interface ChildOrders {
  readonly dieAt: "before-insert" | "after-insert" | "never";
  readonly roles?: readonly Role[];
}

/** Starts the child, which dies by SIGKILL at the point that `dieAt` names. */
export async function startChild(
  stack: Pick<Stack, "postgres" | "signingKey"> & { readonly clickhouse: Pick<Stack["clickhouse"], "connection"> },
  script: string,
  { dieAt, roles = ["sessions"] }: ChildOrders,
): Promise<GatewayChild> {
  const orders = {
    databaseUrl: stack.postgres.appUrl,
    connection: stack.clickhouse.connection,
    signingKeyPem: stack.signingKey.toPem(),
    dieAt,
    roles,
  };
  const child = spawn(process.execPath, [script, JSON.stringify(orders)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit").then(([, signal]) => signal as NodeJS.Signals | null);
  const port = await firstLine(child);
  return {
    port,
    pid: child.pid ?? -1,
    ended,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
    freezeInTransaction: () => void child.kill("SIGUSR2"),
    thaw: () => void child.kill("SIGCONT"),
  };
}

async function firstLine(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("the child has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return (JSON.parse(line) as { readonly port: number }).port;
  }
  throw new Error("the child said nothing");
}
