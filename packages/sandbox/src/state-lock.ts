import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { isObject, numberOf, stringOf } from "./json";

/** Who holds a state folder: a process id may come round again, its start time not. */
interface Holder {
  readonly pid: number;
  readonly started: string;
}

/** The folder is in use. */
export class StateInUseError extends Error {
  override readonly name = "StateInUseError";
}

/**
 * Takes a state folder for this process; returns how to give it back. Two processes that write one journal would ruin
 * it. The mark of a process that was killed is taken over.
 */
export function lockState(dir: string): () => void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = path.join(dir, "sandbox.lock");
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) };
  if (!tryWrite(file, mine)) {
    const holder = readHolder(file);
    if (holder && isAlive(holder)) {
      throw new StateInUseError(`${dir} is in use by the sandbox with process id ${holder.pid}`);
    }
    rmSync(file, { force: true });
    if (!tryWrite(file, mine)) throw new StateInUseError(`${dir} was taken by another sandbox at this moment`);
  }
  return () => rmSync(file, { force: true });
}

function tryWrite(file: string, holder: Holder): boolean {
  try {
    writeFileSync(file, JSON.stringify(holder), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isObject(content) ? { pid: numberOf(content["pid"], 0), started: stringOf(content["started"]) } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return startOf(pid) === started;
}

/** The kernel's start time of a process, "" where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
