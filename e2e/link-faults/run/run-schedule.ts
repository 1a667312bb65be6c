import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually";
import { BUCKET, bucketOf } from "../goldmane/given-flows";
import { judgeEvidence, type Allowances } from "../judge/judge-evidence";
import { readEvidence } from "../judge/stored-evidence";
import type { Schedule } from "../schedule/schedule";
import { startRigAgent, type RigAgent } from "../world/rig-agent";
import { RigOrganisation } from "../world/rig-organisation";
import type { World } from "../world/world";
import { age, restoreRetention, type Later } from "./aftermath";
import { heal, inflict, type Victims } from "./inflict";

/** What came of a schedule. */
export interface Outcome {
  /** Each in a line; empty when everything held. */
  readonly faults: readonly string[];
  /** Processes that ended by themselves, which a restart made good. */
  readonly ends: readonly string[];
  readonly settledMs: number;
  /** What was wrong last before nothing was. */
  readonly lastWrong: string;
  readonly flows: number;
  readonly buckets: number;
  /** Where what the processes logged is kept, where something is wrong; else empty. */
  readonly logs: string;
}

/** A link that is not right again is given up when nothing of what is wrong has changed for so long, */
const QUIET_MS = 60_000;
/** or after this, whatever changes. */
const SETTLE_MS = 300_000;
const LOOK_MS = 500;
/** Goldmane streams a bucket two buckets after its start, and an agent waits for as long again where one is empty. */
const GIVEN_AFTER = 5 * BUCKET;

/**
 * Where judging ends, Unix seconds: with what has been given by now, so that nobody waits for it. An agent whose clock
 * was set may have closed what is yet to come, so there all of the schedule's time is waited for.
 */
function judgedThrough({ steps }: Schedule): number {
  const isSet = steps.some(({ kind }) => kind.fault === "clock" && kind.at === "agent");
  return bucketOf(Date.now() / 1_000 - (isSet ? 0 : GIVEN_AFTER));
}
/** A heartbeat is noted every 10 s at the most. */
const HEARD_MS = 20_000;
const ENDED_MS = 45_000;

const RETENTION_DAYS = 7;

/** Runs a schedule in a world, lets everything settle, ages what is stored, and holds it to what must be. */
export async function runSchedule(
  world: World,
  schedule: Schedule,
  laters: readonly Later[] = ["merges"],
): Promise<Outcome> {
  await world.ready();
  const before = ownEndsOf(world);
  const organisation = await RigOrganisation.make(world.installation, {
    tier: tierOf(schedule),
    pinnedKeyIds: [world.signingKey.id],
  });
  const agents = await Promise.all(
    world.clusters.slice(0, schedule.agents).map((_, at) => startOne({ world, organisation, schedule }, at)),
  );
  try {
    const victims: Victims = { world, agents };
    if (schedule.begins === "streaming") await allStream(agents);
    const gaveUp = await suffer(schedule, organisation, victims);
    const through = judgedThrough(schedule);
    const began = Date.now();
    const shown: Judged = { world, organisation, agents, through };
    const untouched: Allowances = { flowsExpiredBefore: 0 };
    let lastWrong = "";
    const faults = await whatStaysWrong(async () => {
      const found = await faultsOf(shown, untouched);
      lastWrong = found[0] ?? lastWrong;
      return found;
    });
    const settledMs = Date.now() - began;
    const aged = faults.length > 0 ? [] : await agedFaults(shown, laters);
    const sessions = faults.length + aged.length > 0 ? [] : await endedSessionFaults(shown);
    const counts = await countsOf(shown).catch(() => ({ flows: 0, buckets: 0 }));
    const ends = [...ownEndsOf(world).slice(before.length), ...agents.flatMap(endsOf)];
    const all = [...gaveUp, ...faults, ...aged, ...sessions];
    const logs = all.length === 0 ? "" : keepLogs(schedule, victims);
    return { faults: all, ends, settledMs, lastWrong, logs, ...counts };
  } finally {
    await heal({ world, agents }).catch(() => undefined);
    await Promise.all(agents.map((agent) => agent.end()));
    await Promise.all(agents.map(({ cluster }) => cluster.removePolicies(tierOf(schedule))));
  }
}

/** Writes what agents and gateways logged into a folder, beside the schedule. */
function keepLogs(schedule: Schedule, { world, agents }: Victims): string {
  const folder = join(tmpdir(), `isthmus-rig-seed-${schedule.seed}-${Date.now().toString(36)}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "schedule.json"), JSON.stringify(schedule, undefined, 2));
  for (const process of [
    ...world.gateways.map((each) => each.process),
    ...agents.flatMap((each) => [each.process, each.twin]),
  ]) {
    const lines = process.lines.map((line) => JSON.stringify(line));
    writeFileSync(join(folder, `${process.name}.log`), lines.join("\n"));
  }
  return folder;
}

const tierOf = ({ seed }: Schedule): string => `rig-${seed}`;

const endsOf = ({ process }: Pick<RigAgent, "process">): readonly string[] =>
  process.ownEnds.map((how) => `${process.name}: ${how}`);

const ownEndsOf = ({ gateways }: World): readonly string[] => gateways.flatMap(endsOf);

interface Starting {
  readonly world: World;
  readonly organisation: RigOrganisation;
  readonly schedule: Schedule;
}

async function startOne({ world, organisation, schedule }: Starting, at: number): Promise<RigAgent> {
  const cluster = world.clusters[at];
  if (cluster === undefined) throw new Error(`there is no cluster ${at}`);
  const { seed, flowsOfBucket, bigBucket, history, linkLatencyMs } = schedule;
  return await startRigAgent({
    // Where a schedule is run again, its agents are others.
    name: `rig-agent-${seed}-${at}-${Date.now().toString(36)}`,
    script: world.agentScript,
    folder: world.folder,
    cluster,
    ...(await organisation.enrol(cluster.name)),
    gateways: world.gateways,
    pin: world.signingKey.id,
    flows: { seed: seed + at, most: flowsOfBucket, big: bigBucket, lateShare: 0.1 },
    goldmaneSince: bucketOf(Date.now() / 1_000) - history * BUCKET,
    linkLatencyMs,
  });
}

async function allStream(agents: readonly RigAgent[]): Promise<void> {
  const streams = ({ process }: RigAgent): boolean =>
    process.lines.some(({ msg }) => msg === "streaming flows from Goldmane");
  await eventually("every agent to stream flows", async () => (agents.every(streams) ? true : undefined), {
    timeoutMs: 60_000,
    everyMs: 100,
  });
}

/** Everything that the schedule says, each at its time; resolves to what the rig itself could not do. */
async function suffer(schedule: Schedule, organisation: RigOrganisation, victims: Victims): Promise<readonly string[]> {
  const steps = schedule.steps.map(async (step) => {
    await sleep(step.atMs);
    await inflict(step, victims);
  });
  const changes = changePolicies(schedule, organisation);
  const [inflicted] = await Promise.all([
    Promise.allSettled([...steps, sleep(schedule.lastsMs)]),
    sleep(schedule.lastsMs),
  ]);
  await heal(victims);
  await changes;
  return inflicted.flatMap((each) => (each.status === "rejected" ? [`the rig: ${String(each.reason)}`] : []));
}

/** A person changes the policy, and tries again while Postgres is away. */
async function changePolicies({ changesAtMs, seed }: Schedule, organisation: RigOrganisation): Promise<void> {
  const began = Date.now();
  for (const [revision, atMs] of changesAtMs.entries()) {
    await sleep(Math.max(0, began + atMs - Date.now()));
    for (let tries = 0; ; tries += 1) {
      try {
        await organisation.changePolicy(`app == 'rig-${seed}-${revision}'`);
        break;
      } catch (error) {
        if (tries > 200) throw error;
        await sleep(LOOK_MS);
      }
    }
  }
}

interface Judged extends Victims {
  readonly organisation: RigOrganisation;
  readonly through: number;
}

/** Asks what is wrong until nothing is, and resolves to what stays wrong. */
async function whatStaysWrong(
  find: () => Promise<readonly string[]>,
  { settleMs = SETTLE_MS, quietMs = QUIET_MS } = {},
): Promise<readonly string[]> {
  const until = Date.now() + settleMs;
  let before = "";
  let changedAt = Date.now();
  for (;;) {
    const beganAt = Date.now();
    const faults = await find().catch((error: unknown) => [`could not be judged: ${String(error)}`]);
    const now = Date.now();
    const text = faults.join("\n");
    if (text !== before) [before, changedAt] = [text, now];
    if (faults.length === 0 || now > until || now - changedAt > quietMs) return faults;
    // Looking costs the same stores that have to settle.
    await sleep(Math.max(LOOK_MS, 3 * (now - beganAt)));
  }
}

/** Ages what is stored, and judges it anew each time. */
async function agedFaults(judged: Judged, laters: readonly Later[]): Promise<readonly string[]> {
  const { world, agents } = judged;
  try {
    for (const later of laters) {
      const aged = await age(later, world, agents);
      const faults = await whatStaysWrong(async () => [
        ...(await faultsOf(judged, aged.allowances())),
        ...(await aged.faults()),
      ]);
      if (faults.length > 0) return faults.map((fault) => `after ${later}: ${fault}`);
    }
    return [];
  } finally {
    if (laters.includes("expiry")) await restoreRetention(world, RETENTION_DAYS);
  }
}

/** Everything that is wrong now. */
async function faultsOf(judged: Judged, allowances: Allowances): Promise<readonly string[]> {
  const { agents, through, world } = judged;
  const found = await Promise.all(
    agents.map(async (agent) => {
      const stored = await readEvidence(world.clickhouse.select, agent.clusterId);
      const evidence = judgeEvidence(agent.goldmane.ledger(through), stored, allowances);
      const others = await Promise.all([policyFaults(judged, agent), sessionFaults(judged, agent)]);
      return [...summary(evidence), ...others.flat()].map((fault) => `${agent.cluster.name}: ${fault}`);
    }),
  );
  return found.flat();
}

/** A bucket that lacks is a line for each of its flows and sums: one of each kind tells enough, with how many there are. */
function summary(faults: readonly string[]): readonly string[] {
  const kinds = new Map<string, { readonly first: string; count: number }>();
  for (const fault of faults) {
    const kind = fault.replaceAll(/[\da-f-]{30,}|\d+/gu, "#");
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, { first: fault, count: 1 });
    else known.count += 1;
  }
  return [...kinds.values()].map(({ first, count }) => (count === 1 ? first : `${first} (and ${count - 1} such)`));
}

async function policyFaults({ organisation }: Judged, { cluster }: RigAgent): Promise<readonly string[]> {
  const { policyName, selector } = organisation;
  const found = await cluster.policySelector(policyName);
  return found === selector
    ? []
    : [`${policyName} selects ${found ?? "nothing, since it is not there"}, not ${selector}`];
}

/** What the app shows of a session that is open, and heard by a gateway that lives. */
async function sessionFaults({ organisation, world }: Judged, agent: RigAgent): Promise<readonly string[]> {
  const session = await organisation.session(agent.clusterId);
  if (session === null) return ["no session is shown"];
  const { disconnectedAt, syncedAt, gatewayId, instance, lastHeardAt } = session;
  const living = world.gateways.flatMap((gateway) => gateway.ids().slice(-1));
  return [
    ...(disconnectedAt === null ? [] : [`its session is shown as ended: ${session.disconnectReason}`]),
    ...(syncedAt === null ? ["its session is shown as not synced"] : []),
    ...(living.includes(gatewayId) ? [] : [`its session is shown at ${gatewayId}, which is gone`]),
    ...(instance === agent.process.name ? [] : [`its session is shown as that of ${instance}`]),
    ...(Math.abs(Date.now() - lastHeardAt.getTime()) < HEARD_MS ? [] : ["its session is shown as not heard"]),
  ];
}

/** Ends the agents: then every session has to be shown as ended. */
async function endedSessionFaults({ organisation, agents }: Judged): Promise<readonly string[]> {
  await Promise.all(agents.map(({ process }) => process.down("SIGTERM")));
  return await whatStaysWrong(
    async () => {
      const sessions = await Promise.all(agents.map(({ clusterId }) => organisation.session(clusterId)));
      return sessions.flatMap((session, at) =>
        session?.disconnectedAt == null ? [`the session of agent ${at} is shown as open, and it has ended`] : [],
      );
    },
    { settleMs: ENDED_MS },
  );
}

async function countsOf({ world, agents }: Judged): Promise<{ readonly flows: number; readonly buckets: number }> {
  const ids = agents.map(({ clusterId }) => `'${clusterId}'`).join(",");
  const [flows] = await world.clickhouse.select<{ n: number }>(
    `SELECT count() AS n FROM flow WHERE cluster_id IN (${ids})`,
  );
  const [buckets] = await world.clickhouse.select<{ n: number }>(
    `SELECT count() AS n FROM evidence_bucket WHERE cluster_id IN (${ids})`,
  );
  return { flows: flows?.n ?? 0, buckets: buckets?.n ?? 0 };
}
