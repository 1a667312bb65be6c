import type { Demo } from "./demo";
import { eventually } from "./eventually";
import { childPids, isRunning, postgresPid } from "./processes";

/** The Postgres server is not written down among the supervisor's children: its own lock file names it. */
export const POSTGRES = "postgres";

/** Everything that may be killed in a demo. */
export const VICTIMS = [
  "gateway 1",
  "gateway 2",
  "agent eu-west",
  "agent eu-central",
  "agent us-east",
  "web",
  "clickhouse",
  "sandbox",
  POSTGRES,
] as const;

/** Name of a process that may be killed. */
export type Victim = (typeof VICTIMS)[number];

function runningPid({ home }: Pick<Demo, "home">, name: Victim): number | undefined {
  try {
    const pid = name === POSTGRES ? postgresPid(home) : childPids(home)[name];
    return pid !== undefined && pid > 0 && isRunning(pid) ? pid : undefined;
  } catch {
    return undefined; // the file is not there while the process is between two lives
  }
}

/** Kills processes at once with SIGKILL and waits until the successor of each runs under another pid. */
export async function killAndAwaitSuccessors(demo: Pick<Demo, "home">, names: readonly Victim[]): Promise<void> {
  const before = await Promise.all(
    names.map((name) => eventually(`${name} runs`, () => Promise.resolve(runningPid(demo, name)))),
  );
  for (const pid of before) process.kill(pid, "SIGKILL");
  for (const [index, name] of names.entries()) {
    await eventually(`a successor of ${name}`, () => {
      const pid = runningPid(demo, name);
      return Promise.resolve(pid === before[index] ? undefined : pid);
    });
  }
}
