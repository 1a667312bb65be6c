import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether this machine has `prlimit` (util-linux), by which a running process is kept from writing. */
export const canLimitFiles = (): Promise<boolean> =>
  run("prlimit", ["--version"]).then(
    () => true,
    () => false,
  );

/**
 * Keeps processes from making any file longer, as a full disk would, or lets them again: their soft RLIMIT_FSIZE, which
 * Node, Postgres and ClickHouse meet as a failing write. A process that is gone meanwhile is passed over.
 */
export async function limitFiles(pids: readonly number[], how: "full" | "free"): Promise<void> {
  const limit = how === "full" ? "--fsize=1:" : "--fsize=unlimited:";
  await Promise.all(pids.map((pid) => run("prlimit", ["--pid", String(pid), limit]).catch(() => undefined)));
}

/** A process and all that descend from it, by what /proc says; Linux alone. */
export async function familyOf(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/u.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    const [, parent = ""] = /^.*\) \S (\d+) /u.exec(stat) ?? [];
    parents.set(Number(name), Number(parent));
  }
  const family = [pid];
  // INVARIANT: the list grows while it is walked, by the children of each member.
  for (const member of family)
    family.push(...[...parents].flatMap(([child, parent]) => (parent === member ? [child] : [])));
  return family;
}
