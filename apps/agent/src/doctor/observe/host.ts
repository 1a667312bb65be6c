import { existsSync } from "node:fs";
import { readFile, readdir, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentArguments } from "../../arguments";
import type { MemorySeen, SpoolSeen } from "../observation";

/** Where Linux tells a container's memory (cgroup v2). */
const CGROUP = "/sys/fs/cgroup";

const TRIAL_BYTES = 4_096;

type Given = Pick<AgentArguments, "spoolDir" | "spoolMaxBytes" | "kubeconfig">;

/** Looks at the spool's folder without opening the spool, which another process may hold. */
export async function observeSpool(given: Given): Promise<SpoolSeen> {
  const { spoolDir: directory, spoolMaxBytes: maxBytes } = given;
  const trial = join(directory, `.doctor-${process.pid}`);
  try {
    // Not empty: a name alone finds its place on a full disk too.
    try {
      await writeFile(trial, Buffer.alloc(TRIAL_BYTES, "x"));
    } finally {
      await rm(trial, { force: true });
    }
    const { bavail, bsize } = await statfs(directory);
    const names = await readdir(directory);
    const sizes = await Promise.all(names.map((name) => stat(join(directory, name)).catch(() => undefined)));
    const usedBytes = sizes.reduce((sum, each) => sum + (each?.isFile() === true ? each.size : 0), 0);
    return { directory, isElsewhere: false, problem: "", usedBytes, freeBytes: bavail * bsize, maxBytes };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    // Beside an agent there is a Service Account; with a kubeconfig somebody looks from where they sit.
    const isElsewhere = given.kubeconfig !== "" && !existsSync(directory);
    return { directory, isElsewhere, problem, usedBytes: 0, freeBytes: 0, maxBytes };
  }
}

/** Looks at the memory of the container, which the agent shares with nobody else. */
export async function observeMemory(): Promise<MemorySeen> {
  const [limit, used] = await Promise.all(["memory.max", "memory.current"].map(numberIn));
  // Outside a container the whole machine's use would be told.
  if (limit === undefined) return { usedBytes: process.memoryUsage.rss(), limitBytes: undefined };
  return { usedBytes: used ?? process.memoryUsage.rss(), limitBytes: limit };
}

async function numberIn(file: string): Promise<number | undefined> {
  const text = await readFile(join(CGROUP, file), "utf8").catch(() => "");
  return /^\d+\s*$/u.test(text) ? Number(text) : undefined;
}
