import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Processes {
  readonly children: Readonly<Record<string, { readonly pid: number }>>;
}

/** Pids of a demo's children by name ("gateway 1", "web", "agent eu-west", …), as its supervisor wrote them down. */
export function childPids(home: string): Readonly<Record<string, number>> {
  const { children } = JSON.parse(readFileSync(join(home, "run/processes.json"), "utf8")) as Processes;
  return Object.fromEntries(Object.entries(children).map(([name, { pid }]) => [name, pid]));
}

/** Whether a process of that pid exists and is not a zombie. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}

/** Pid of the Postgres server, from its own lock file. */
export const postgresPid = (home: string): number =>
  Number(readFileSync(join(home, "postgres/data/postmaster.pid"), "utf8").split("\n")[0]);
