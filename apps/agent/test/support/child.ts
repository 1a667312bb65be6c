import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** A child process whose log lines are kept. */
export interface RunningChild {
  readonly process: ChildProcess;
  readonly lines: readonly Record<string, unknown>[];
  /** Resolves with the exit code or signal. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): Promise<string>;
}

/** How to start a child. */
export interface ChildOptions {
  readonly file: string;
  readonly args?: readonly string[];
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

/** Starts a Node process that logs JSON lines. */
export function startChild({ file, args = [], nodeFlags = [], env = {}, uid }: ChildOptions): RunningChild {
  const child = spawn(process.execPath, [...nodeFlags, file, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const lines: Record<string, unknown>[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      try {
        lines.push(JSON.parse(line) as Record<string, unknown>);
      } catch {
        lines.push({ msg: line });
      }
    });
  }
  const ended = new Promise<string>((resolve) =>
    child.once("close", (code, signal) => resolve(String(signal ?? code))),
  );
  return {
    process: child,
    lines,
    ended,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
