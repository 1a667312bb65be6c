import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { EmbeddedPostgresError } from "./errors";
import type { Programs } from "./initialise";

/** How to run the server. */
export interface ServerOptions extends Programs {
  readonly dataFolder: string;
  readonly port: number;
  /** For tests: gives up durability across a crash of the machine (not of the process) for speed. */
  readonly volatile: boolean;
  readonly onLog: (line: string) => void;
}

/** A running server. */
export interface Server {
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stop(): Promise<void>;
}

// Small and quiet: one machine, some dozens of connections, next to nothing to do while idle.
const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "96MB",
  work_mem: "8MB",
  jit: "off",
  io_method: "sync",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_logical_replication_workers: "0",
  max_wal_size: "512MB",
  bgwriter_delay: "2s",
  wal_writer_delay: "1s",
  log_line_prefix: "",
  log_checkpoints: "off",
  password_encryption: "scram-sha-256",
};
const volatileSettings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
const readyLine = /database system is ready to accept connections/;
const recoverable = /pre-existing shared memory block|lock file .* already exists|could not bind/;
const startTimeoutMs = 120_000;

/** Starts the server and waits until it takes connections; tries again while the remains of a killed one go away. */
export async function startServer(options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const { server, words } = await startOnce(options);
    if (server) return server;
    if (attempt >= 40 || !recoverable.test(words)) {
      throw new EmbeddedPostgresError("start-failed", `Postgres did not start:\n${words}`);
    }
    await delay(250);
  }
}

async function startOnce(options: ServerOptions): Promise<{ readonly server?: Server; readonly words: string }> {
  const child = launch(options);
  const exited = once(child, "exit").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const lines: string[] = [];
  const ready = new Promise<"ready">((resolve) => {
    if (!child.stderr) return;
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (lines.length < 50) lines.push(line);
      options.onLog(line);
      if (readyLine.test(line)) resolve("ready");
    });
  });
  const failed = once(child, "error").then(([error]) => void lines.push((error as Error).message));
  const timeout = new AbortController();
  const outcome = await Promise.race([
    ready,
    exited,
    failed,
    delay(startTimeoutMs, "late" as const, { signal: timeout.signal }).catch(() => "late" as const),
  ]);
  timeout.abort();
  if (outcome === "ready" && child.pid !== undefined) {
    return { server: { pid: child.pid, exited, stop: () => stop(child, exited) }, words: "" };
  }
  child.kill("SIGQUIT");
  return { words: lines.slice(-8).join("\n") };
}

function launch({ account, binaries, dataFolder, port, volatile }: ServerOptions): ChildProcess {
  const all = { ...settings, ...(volatile ? volatileSettings : {}), port: `${port}` };
  const parameters = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return spawn(binaries.postgres, ["-D", dataFolder, ...parameters], {
    cwd: "/",
    // A group of its own: Ctrl-C in a terminal goes to the supervisor, which ends Postgres after those who use it.
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { NODE_ENV: "production", PATH: "/usr/bin:/bin", TZ: "UTC", ...binaries.environment },
    ...account.drop,
  });
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  for (const [signal, waitMs] of [
    ["SIGINT", 20_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    child.kill(signal);
    const timeout = new AbortController();
    await Promise.race([exited, delay(waitMs, undefined, { signal: timeout.signal }).catch(() => undefined)]);
    timeout.abort();
  }
  child.stderr?.destroy();
}
