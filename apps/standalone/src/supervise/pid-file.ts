import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, processBegan, type ProcessIdentity } from "./process-identity";

/** The supervisor and its children as written to disk, so that a start after kill -9 can end what was left behind. */
export interface PidFile {
  /** Adds a child that was started. */
  add(name: string, pid: number): void;
  remove(name: string): void;
  /** Forgets everything: all has been stopped. */
  clear(): void;
}

interface Contents {
  readonly supervisor: ProcessIdentity;
  readonly children: Readonly<Record<string, ProcessIdentity>>;
}

const fileIn = (runFolder: string) => join(runFolder, "processes.json");

function read(runFolder: string): Contents | null {
  try {
    return JSON.parse(readFileSync(fileIn(runFolder), "utf8")) as Contents;
  } catch {
    return null;
  }
}

/** The pid of an Isthmus that is still running from this state folder, or null. */
export function findRunningSupervisor(runFolder: string): number | null {
  const contents = read(runFolder);
  return contents !== null && isAlive(contents.supervisor) ? contents.supervisor.pid : null;
}

/** Ends children that a killed supervisor left behind, by pid and begin time; resolves to their names. */
export async function endOrphans(runFolder: string): Promise<readonly string[]> {
  const children = Object.entries(read(runFolder)?.children ?? {}).filter(([, identity]) => isAlive(identity));
  for (const [, { pid }] of children) process.kill(pid, "SIGTERM");
  for (let waitedMs = 0; waitedMs < 10_000 && children.some(([, each]) => isAlive(each)); waitedMs += 50)
    await sleep(50);
  for (const [, identity] of children) if (isAlive(identity)) process.kill(identity.pid, "SIGKILL");
  return children.map(([name]) => name);
}

/**
 * Takes the folder for this process; throws where it cannot be written. A later write that fails, as on a full disk, is
 * told to `onFailure` and changes nothing else: the children go on, and stopping them needs no file.
 */
export function openPidFile(runFolder: string, onFailure: (error: Error) => void): PidFile {
  const children = new Map<string, ProcessIdentity>();
  const write = () => {
    const supervisor = { pid: process.pid, began: processBegan(process.pid) ?? "" };
    const text = JSON.stringify({ supervisor, children: Object.fromEntries(children) });
    writeFileSync(`${fileIn(runFolder)}.new`, text, { mode: 0o600 });
    renameSync(`${fileIn(runFolder)}.new`, fileIn(runFolder));
  };
  const rewrite = () => {
    try {
      write();
    } catch (error) {
      onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  };
  write();
  return {
    add(name, pid) {
      children.set(name, { pid, began: processBegan(pid) ?? "" });
      rewrite();
    },
    remove(name) {
      if (children.delete(name)) rewrite();
    },
    clear: () => rmSync(fileIn(runFolder), { force: true }),
  };
}
