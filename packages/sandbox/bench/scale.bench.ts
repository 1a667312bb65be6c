import { below, belowShare, median, secondsOf, type BenchRow } from "@isthmus/bench-rows";
import { startSandbox, type SandboxUnderTest } from "./sandbox-process";
import { bareFanOut, fanOut, request, type FanOut } from "./watchers";

const large = { namespaces: 50, deployments: 500, pods: 10_000, replicas: "1..40", policies: 200 };
const small = { namespaces: 5, deployments: 50, pods: 1_000, replicas: "1..40", policies: 20 };
const tries = 5;
const changes = { perSecond: 200, seconds: 5 };

/** A cluster of 10,000 pods beside one of 1,000, each in a process of its own. */
export async function run(): Promise<readonly BenchRow[]> {
  const empty = await costOf(undefined);
  const thousand = await costOf(small);
  const sandbox = await startSandbox(large);
  try {
    const memory = sandbox.residentMegabytes();
    const bare = empty.megabytes;
    return [
      belowShare(1.5, "processor time a pod to bring up 10,000, against 1,000", {
        value: ((sandbox.cpuSecondsUntilAllRun - empty.cpuSeconds) / 10_000) * 1e6,
        baseline: ((thousand.cpuSeconds - empty.cpuSeconds) / 1_000) * 1e6,
        unit: "µs",
      }),
      below(15, "until 10,000 pods run, against an empty cluster", {
        value: sandbox.secondsUntilAllRun,
        baseline: empty.seconds,
        unit: "s",
      }),
      below(700, "resident memory at most while they come up, against an empty cluster", {
        value: memory.most,
        baseline: bare,
        unit: "MB",
      }),
      ...(await measureLists(sandbox)),
      ...(await measureWatchers(sandbox)),
      below(700, "resident memory at most after all of this, against an empty cluster", {
        value: sandbox.residentMegabytes().most,
        baseline: bare,
        unit: "MB",
      }),
    ];
  } finally {
    await sandbox.stop();
  }
}

async function costOf(generate: typeof small | undefined) {
  const sandbox = await startSandbox(generate);
  const { cpuSecondsUntilAllRun: cpuSeconds, secondsUntilAllRun: seconds } = sandbox;
  const megabytes = sandbox.residentMegabytes().most;
  await sandbox.stop();
  return { cpuSeconds, seconds, megabytes };
}

/** All pods as JSON over TLS, beside writing the same objects as JSON once without sending them anywhere. */
async function measureLists(sandbox: SandboxUnderTest): Promise<readonly BenchRow[]> {
  const text = await request(sandbox, { method: "GET", path: "/api/v1/pods" });
  const pods = JSON.parse(text) as unknown;
  const value = await medianMs(() => request(sandbox, { method: "GET", path: "/api/v1/pods" }));
  const baseline = await medianMs(() => Promise.resolve(Buffer.from(JSON.stringify(pods))));
  const measured = { value, baseline, unit: "ms" };
  const name = `10,000 pods as JSON (${Math.round(text.length / 1e6)} MB) over TLS, against JSON.stringify of the same`;
  return [below(1_000, name, measured), belowShare(4, name, measured)];
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < tries; round += 1) times.push((await secondsOf(work)) * 1_000);
  return median(times);
}

/** 200 changes a second, seen by 200 watchers of all pods, beside the same from a server that only writes. */
async function measureWatchers(sandbox: SandboxUnderTest): Promise<readonly BenchRow[]> {
  const bare = await bareFanOut(sandbox, { watchers: 200, ...changes });
  const one = await fanOut(sandbox, { watchers: 1, ...changes });
  const many = await fanOut(sandbox, { watchers: 200, ...changes });
  const latest = ({ lagsMs }: FanOut) => lagsMs.toSorted((a, b) => a - b)[Math.floor(lagsMs.length * 0.99)] ?? 0;
  const each = Math.round((many.megabytes * 1e3) / 200 / (changes.perSecond * changes.seconds));
  const sent = `${Math.round(many.megabytes)} MB in changes of ${each} kB`;
  return [
    below(1_000, "200 watchers of 200 changes a second: 99 in 100 seen by all within, against a bare server", {
      value: latest(many),
      baseline: latest(bare),
      unit: "ms",
    }),
    below(1, "processor time of this in shares of a core, against a bare server", {
      value: many.cpuSeconds / changes.seconds,
      baseline: bare.cpuSeconds / changes.seconds,
      unit: "",
    }),
    belowShare(1.5, `processor time that 199 more watchers cost (${sent}), against all of the bare server's`, {
      value: many.cpuSeconds - one.cpuSeconds,
      baseline: bare.cpuSeconds,
      unit: "s",
    }),
    below(1, "watchers of the 200 that were cut off for falling behind, against one alone", {
      value: many.cutOff,
      baseline: Math.max(1, one.cutOff),
      unit: "",
    }),
    below(1.1, "changes take as long with 200 watchers as with one (1 = as many a second)", {
      value: one.changesASecond / many.changesASecond,
      baseline: 1,
      unit: "×",
    }),
  ];
}
