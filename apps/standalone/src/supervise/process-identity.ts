import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";

/** A process that we started, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process began, as the operating system writes it; only compared for equality. */
  readonly began: string;
}

/** When `pid` began, or null when there is no such process (or only its zombie). */
export function processBegan(pid: number): string | null {
  if (process.platform === "linux") return linuxBegan(pid);
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || null;
  } catch {
    return null;
  }
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)): start time in clock ticks after boot. */
function linuxBegan(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** Whether that very process still runs. */
export const isAlive = ({ pid, began }: ProcessIdentity): boolean => processBegan(pid) === began;
