import type { ApiClient } from "../../apps/standalone/src/demo/api-client";
import type { Demo } from "./demo";
import { eventually } from "./eventually";
import { selectRows } from "./evidence";
import { childPids, isRunning } from "./processes";
import { bucketsSpooled, destroySpool } from "./spool";

const BUCKET_MS = 15_000;
const MINUTE_MS = 60_000;
const floor = (ms: number, step: number) => Math.floor(ms / step) * step;

/** A stretch of time, both ends starts of buckets. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Destroys evidence of one cluster that nobody else has: while both gateways stand still its spool is removed, and the
 * sandbox dies, Goldmane's memory of all clusters with it. Resolves to when all that lies.
 */
export async function destroyEvidence(demo: Demo, cluster: string): Promise<Stretch> {
  const fromMs = floor(Date.now(), BUCKET_MS) - 3 * BUCKET_MS;
  const pids = childPids(demo.home);
  const pidOf = (name: string) => {
    const pid = pids[name];
    if (pid === undefined) throw new Error(`there is no process called ${name}`);
    return pid;
  };
  const gateways = [pidOf("gateway 1"), pidOf("gateway 2")];
  for (const pid of gateways) process.kill(pid, "SIGSTOP");
  try {
    await bucketsSpooled(demo, cluster, 2);
    const [agent, sandbox] = [pidOf(`agent ${cluster}`), pidOf("sandbox")];
    process.kill(agent, "SIGSTOP");
    destroySpool(demo, cluster);
    for (const pid of [agent, sandbox]) process.kill(pid, "SIGKILL");
    await eventually("the sandbox runs again", () => {
      const pid = childPids(demo.home)["sandbox"];
      return Promise.resolve(pid !== undefined && pid !== sandbox && isRunning(pid) ? true : undefined);
    });
  } finally {
    for (const pid of gateways) process.kill(pid, "SIGCONT");
  }
  return { fromMs, toMs: floor(Date.now(), BUCKET_MS) + 3 * BUCKET_MS };
}

interface Missing extends Stretch {
  readonly expected: number;
  readonly durable: number;
  readonly reasons: readonly string[];
}

interface Summary {
  readonly dueMs: number;
  readonly clusters: readonly {
    readonly id: string;
    readonly name: string;
    readonly joinedAtMs: number;
    readonly missing: readonly Missing[];
  }[];
}

/** What is missing of a cluster: as the product says it, and as the store has it. */
export interface MissingEvidence {
  readonly said: { readonly minutes: readonly number[]; readonly buckets: number; readonly reasons: readonly string[] };
  readonly stored: {
    readonly minutes: readonly number[];
    readonly buckets: readonly number[];
    /** Those of the buckets that are stored, of which an earlier Goldmane took a part with it. */
    readonly inPart: readonly number[];
  };
}

const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

/** Compares, once all evidence of the stretch is due; by the cluster's name. */
export async function missingEvidence(
  demo: Demo,
  api: ApiClient,
  stretch: Stretch,
): Promise<Readonly<Record<string, MissingEvidence>>> {
  const view = { scope: "", range: `${time(stretch.fromMs)}..${time(stretch.toMs)}` };
  const summary = await eventually(
    "all evidence is due",
    async () => {
      const found = await api.query<Summary>("evidence.summary", { view });
      return found.dueMs >= stretch.toMs ? found : undefined;
    },
    { timeoutMs: 120_000, everyMs: 1_000 },
  );
  const found = await Promise.all(
    summary.clusters.map(async ({ id, name, joinedAtMs, missing }) => {
      const since = { ...stretch, fromMs: Math.max(stretch.fromMs, joinedAtMs) };
      return [name, { said: said(missing), stored: await notStored(demo, id, since) }] as const;
    }),
  );
  return Object.fromEntries(found);
}

function said(missing: readonly Missing[]): MissingEvidence["said"] {
  return {
    minutes: missing.flatMap(({ fromMs, toMs }) => steps(fromMs, toMs, MINUTE_MS)),
    buckets: missing.reduce((sum, { expected, durable }) => sum + expected - durable, 0),
    reasons: [...new Set(missing.flatMap(({ reasons }) => reasons))],
  };
}

interface StoredBucket {
  readonly at: number;
  readonly incarnation: string;
}

interface StoredGap {
  readonly from: number;
  readonly to: number;
  readonly incarnation: string;
}

/** Starts of buckets of which ClickHouse has nothing, or only what a Goldmane has that began within them. */
async function notStored(demo: Demo, clusterId: string, { fromMs, toMs }: Stretch): Promise<MissingEvidence["stored"]> {
  const [stored, gaps] = await Promise.all([
    selectRows<StoredBucket>(
      demo,
      `SELECT DISTINCT toInt32(toUnixTimestamp(bucket)) AS at, incarnation FROM evidence_bucket WHERE cluster_id = '${clusterId}'`,
    ),
    selectRows<StoredGap>(
      demo,
      `SELECT toInt32(toUnixTimestamp(gap_from)) AS from, toInt32(toUnixTimestamp(gap_to)) AS to, incarnation FROM evidence_gap WHERE cluster_id = '${clusterId}'`,
    ),
  ]);
  const all = steps(Math.ceil(fromMs / BUCKET_MS) * BUCKET_MS, toMs, BUCKET_MS);
  const storedBy = (ms: number) => stored.filter(({ at }) => at * 1_000 === ms).map(({ incarnation }) => incarnation);
  const takenFrom = (ms: number) =>
    gaps
      .filter(({ from, to }) => from * 1_000 <= ms && ms < to * 1_000)
      .some(({ incarnation }) => !storedBy(ms).includes(incarnation));
  const inPart = all.filter((ms) => storedBy(ms).length > 0 && takenFrom(ms));
  const buckets = all.filter((ms) => storedBy(ms).length === 0 || inPart.includes(ms));
  return { minutes: [...new Set(buckets.map((at) => floor(at, MINUTE_MS)))], buckets, inPart };
}

const steps = (fromMs: number, toMs: number, step: number): readonly number[] =>
  Array.from({ length: Math.max(0, (toMs - fromMs) / step) }, (_, index) => fromMs + index * step);
