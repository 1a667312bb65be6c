import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EmbeddedPostgresError } from "./errors";

/** Stops a server that a killed parent left behind, and clears the lock file of one that is gone. */
export async function clearFormerServer(dataFolder: string, onLog: (line: string) => void): Promise<void> {
  const lockFile = join(dataFolder, "postmaster.pid");
  if (!existsSync(lockFile)) return;
  const pid = Number.parseInt(readFileSync(lockFile, "utf8").split("\n")[0] ?? "", 10);
  if (!(pid > 0) || !isServerOf(pid, dataFolder)) {
    // The number may belong to somebody else by now, which would make Postgres refuse to start.
    onLog(`removing the lock file of a server that is gone (process ${pid})`);
    rmSync(lockFile, { force: true });
    return;
  }
  refuseIfSupervised(pid, dataFolder);
  onLog(`stopping the server that a former start left behind (process ${pid})`);
  for (const [signal, waitMs] of [
    ["SIGINT", 15_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    send(pid, signal);
    if (await isGone(pid, waitMs)) return;
  }
  throw new EmbeddedPostgresError(
    "in-use",
    `the former Postgres (process ${pid}) does not end: end it, then start again`,
  );
}

function refuseIfSupervised(pid: number, dataFolder: string): void {
  const parent = parentOf(pid);
  if (parent === undefined || parent <= 1 || !/^(node|isthmus)/.test(programOf(parent))) return;
  throw new EmbeddedPostgresError(
    "in-use",
    `${dataFolder} is in use: another Isthmus (process ${parent}) runs its Postgres; ` +
      `stop that one, or choose another state folder with ISTHMUS_HOME`,
  );
}

/** Whether that process is a Postgres which works in that folder (its working directory is its data). */
function isServerOf(pid: number, dataFolder: string): boolean {
  try {
    if (process.platform === "linux") return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataFolder);
    return execFileSync("ps", ["-o", "command=", "-p", `${pid}`], { encoding: "utf8" }).includes(dataFolder);
  } catch {
    return false;
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(execFileSync("ps", ["-o", "ppid=", "-p", `${pid}`], { encoding: "utf8" }).trim());
  } catch {
    return parentInProc(pid);
  }
}

function parentInProc(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

function programOf(pid: number): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return "";
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}

async function isGone(pid: number, waitMs: number): Promise<boolean> {
  for (let waited = 0; waited < waitMs; waited += 50) {
    if (!isRunning(pid)) return true;
    await delay(50);
  }
  return false;
}

/** Whether a process runs; one that has ended and that nobody has waited for yet does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}
