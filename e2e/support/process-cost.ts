import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Linux counts processor time in hundredths of a second (USER_HZ), whatever the kernel's own clock. */
const TICKS_A_SECOND = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Of the process and of its children that ended and were waited for. */
  readonly ticks: number;
}

/** Fields as proc_pid_stat(5) numbers them, from the third on: the second may hold spaces. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const field = (number: number) => Number(fields[number - 3]);
    return { pid, parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
  } catch {
    return undefined;
  }
}

/** A process and all its descendants. */
function processTree(pid: number): readonly Stat[] {
  const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
  const members = new Set([pid]);
  for (let before = 0; before < members.size;) {
    before = members.size;
    for (const each of all) if (members.has(each.parent)) members.add(each.pid);
  }
  return all.filter((each) => members.has(each.pid));
}

/**
 * Cores that a process and all its descendants used over a time, with those that ended meanwhile: what an ended child
 * used passes to the parent that waits for it, so the sum over the tree never falls.
 */
export async function coresUsed(pid: number, overMs: number): Promise<number> {
  const seconds = () => processTree(pid).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_A_SECOND;
  const [before, beganAt] = [seconds(), performance.now()];
  await sleep(overMs);
  return (seconds() - before) / ((performance.now() - beganAt) / 1_000);
}

/** Resident memory of one process in bytes. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(?<kb>\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.groups?.["kb"];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no resident memory: it has ended`);
  return Number(kilobytes) * 1_024;
}
