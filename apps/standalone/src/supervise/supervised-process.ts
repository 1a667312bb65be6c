import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { openLogFile } from "./log-file";
import type { PidFile } from "./pid-file";
import { decideRestart, type RestartRule } from "./restart-decision";

/** One process of the stack. */
export interface ProcessSpec {
  readonly name: string;
  readonly args: readonly string[];
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Answers 200 once the process can be used. */
  readonly readyUrl: string;
  readonly logFile: string;
  /** Called for each complete line of standard output. */
  readonly onLine?: (line: string) => void;
  /** Called when the process ended although nobody asked it to, and each time it is started again. */
  readonly onRestart?: (reason: string, restarts: number) => void;
}

/** A process that is kept running until stop. */
export interface SupervisedProcess {
  readonly name: string;
  pid(): number | undefined;
  /** Resolves when the process first answers its ready URL; rejects with the last log lines after `timeoutMs`. */
  ready(timeoutMs: number): Promise<void>;
  /** SIGTERM, then SIGKILL after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

const rule: RestartRule = { backoff: { baseMs: 250, maxMs: 5_000 }, steadyMs: 10_000 };
const KEPT_LINES = 30;

/** Starts a Node process and restarts it whenever it ends before stop is called. */
export function superviseProcess(spec: ProcessSpec, pids: PidFile): SupervisedProcess {
  const log = openLogFile(spec.logFile);
  const lastLines: string[] = [];
  let state = { failures: 0 };
  let restarts = 0;
  let stopping = false;
  let child = start();
  let restartTimer: NodeJS.Timeout | undefined;

  function start(): ChildProcess {
    const startedAt = Date.now();
    const started = spawn(process.execPath, spec.args, {
      env: { ...spec.env, ISTHMUS_EXIT_WITH_PARENT: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C in a terminal reaches the whole foreground group; the supervisor alone decides the order of stopping.
      detached: true,
    });
    if (started.pid !== undefined) pids.add(spec.name, started.pid);
    started.stdout.on("data", (chunk: Buffer) => take(chunk));
    started.stderr.on("data", (chunk: Buffer) => take(chunk));
    started.once("exit", (code, signal) => exited(Date.now() - startedAt, signal ?? `code ${code}`));
    return started;
  }

  let partial = "";
  function take(chunk: Buffer): void {
    log.write(chunk);
    const lines = (partial + chunk.toString("utf8")).split("\n");
    partial = lines.pop() ?? "";
    lastLines.push(...lines);
    lastLines.splice(0, Math.max(0, lastLines.length - KEPT_LINES));
    for (const line of lines) spec.onLine?.(line);
  }

  function exited(ranMs: number, reason: string): void {
    pids.remove(spec.name);
    if (stopping) return;
    const decision = decideRestart(state, { ranMs, random: Math.random() }, rule);
    state = decision.state;
    restarts += 1;
    spec.onRestart?.(reason, restarts);
    restartTimer = setTimeout(() => (child = start()), decision.delayMs);
  }

  return {
    name: spec.name,
    pid: () => child.pid,
    async ready(timeoutMs) {
      for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(60)) {
        if (await answers(spec.readyUrl)) return;
      }
      throw new Error(
        `${spec.name} is not ready after ${timeoutMs / 1000} s; its last words:\n${lastLines.join("\n")}`,
      );
    },
    async stop(graceMs = 10_000) {
      stopping = true;
      clearTimeout(restartTimer);
      await endChild(child, graceMs);
      pids.remove(spec.name);
      log.close();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Ends a child: SIGTERM, and SIGKILL when it has not ended after `graceMs`. */
export async function endChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await ended;
  clearTimeout(timer);
}
