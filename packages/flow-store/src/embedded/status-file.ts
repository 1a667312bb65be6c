import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const statusIn = (dataFolder: string): string => join(dataFolder, "status");

/** What the engine that opened a data folder last wrote when it started; "" where none has. */
export function statusOf(dataFolder: string): string {
  try {
    return readFileSync(statusIn(dataFolder), "utf8");
  } catch {
    return "";
  }
}

/** The living process that a data folder's status names, if it is another one. */
export function holderOf(dataFolder: string): number | undefined {
  const pid = Number(/^PID: (\d+)/m.exec(statusOf(dataFolder))?.[1]);
  try {
    process.kill(pid, 0);
    return pid === process.pid ? undefined : pid;
  } catch {
    return undefined;
  }
}

/**
 * Whether an engine has a data folder open: it holds a lock (flock) on its status, which counts in other containers too,
 * unlike its process id. Where there is no flock command, the id has to do.
 */
export function isHeld(dataFolder: string): boolean {
  const { status, error } = spawnSync("flock", ["-n", statusIn(dataFolder), "true"]);
  return error === undefined ? status !== 0 : holderOf(dataFolder) !== undefined;
}
