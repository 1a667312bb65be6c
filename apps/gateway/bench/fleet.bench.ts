import { randomUUID } from "node:crypto";
import { below, told, type BenchRow } from "@isthmus/bench-rows";
import { createCluster, listen, upsertInventory } from "@isthmus/db";
import { startTestDatabase, type TestDatabase } from "@isthmus/db/testing";
import { chunkOf } from "@isthmus/protocol";
import { Client } from "pg";
import { enrolledClusters } from "../test/support/fleet";
import { stackOn, type StackOn } from "../test/support/stack";
import { applyPolicy } from "../test/support/state";
import { startFleet, type Fleet } from "./fleet-generator";
import { fleetObjects } from "./fleet-objects";
import { startGatewayProcess, type GatewayProcess } from "./gateway-process";
import { startFlowStoreProcess } from "./flow-store-process";

const AGENTS = 1_000;
const PODS = 200;
const OBJECTS = AGENTS * fleetObjects(PODS).length;
const LONGEST_MS = 180_000;

/** Measures a fleet of a thousand small clusters on one gateway process; agents, stores and gateway share the machine. */
export async function run(): Promise<readonly BenchRow[]> {
  const [postgres, clickhouse] = await Promise.all([startTestDatabase(), startFlowStoreProcess()]);
  const stack = await stackOn(postgres, clickhouse);
  const gateway = await startGatewayProcess(stack, clickhouse.connection);
  try {
    const insertMs = await insertAlone(stack);
    await gateway.longestHoldMs();
    const agents = await enrolled(stack);
    const idle = { rssMiB: await gateway.residentMiB(), heldMs: await gateway.longestHoldMs() };
    const pins = [stack.signingKey.id];
    const fleet = await startFleet({ url: `ws://127.0.0.1:${gateway.port}/v1/agent`, pins, pods: PODS, agents });
    try {
      return await phases({ stack, postgres, gateway, fleet, insertMs, idle });
    } finally {
      await fleet.stop();
    }
  } finally {
    await gateway.stop();
    await stack.stop();
  }
}

interface Setting {
  readonly stack: StackOn;
  readonly postgres: TestDatabase;
  readonly gateway: GatewayProcess;
  readonly fleet: Fleet;
  readonly insertMs: number;
  readonly idle: { readonly rssMiB: number; readonly heldMs: number };
}

async function phases(setting: Setting): Promise<readonly BenchRow[]> {
  const { gateway, fleet, postgres, idle } = setting;
  const coldMs = await settled(fleet, "dial");
  const cold = { coldMs, heldMs: await gateway.longestHoldMs(), objects: await countObjects(postgres) };
  // Each cluster has had its first plan: what is measured next is one change, not what is left of the beginning.
  await fleet.until(({ deliveredAtMs }) => deliveredAtMs.length >= AGENTS, LONGEST_MS);
  await gateway.longestHoldMs();
  const delivered = { ...(await delivery(setting)), heldMs: await gateway.longestHoldMs() };
  await fleet.quiet();
  await fleet.order("mark");
  const againMs = await settled(fleet, "cut");
  const again = { againMs, heldMs: await gateway.longestHoldMs(), objects: await countObjects(postgres) };
  return [
    ...syncRows(setting, cold),
    deliveryRow(delivered),
    held("while it is delivered", delivered.heldMs, idle.heldMs),
    {
      name: `fleet: all of them reconnect at once (baseline: cold)`,
      value: againMs,
      unit: "ms",
      baseline: coldMs,
      ratio: againMs / coldMs,
      target: "< 60,000 ms, nothing lost",
      holds: againMs < 60_000 && again.objects === OBJECTS,
    },
    held("while they reconnect", again.heldMs, idle.heldMs),
    below(1_536, "fleet: the gateway's memory at its highest (baseline: idle)", {
      value: await gateway.peakMiB(),
      baseline: idle.rssMiB,
      unit: "MiB",
    }),
  ];
}

/** Told and not judged: with a thousand agents on the same cores it is mostly how long a process waits for one of them. */
const held = (when: string, value: number, baseline: number): BenchRow =>
  told(`fleet: longest hold of the event loop ${when} (baseline: idle)`, { value, baseline, unit: "ms" });

function syncRows(
  { insertMs, idle }: Setting,
  cold: { readonly coldMs: number; readonly heldMs: number; readonly objects: number },
): readonly BenchRow[] {
  return [
    {
      name: `fleet: ${AGENTS} agents of ${PODS} pods connected and synced, cold (baseline: the same rows inserted alone)`,
      value: cold.coldMs,
      unit: "ms",
      baseline: insertMs,
      ratio: cold.coldMs / insertMs,
      target: "< 90,000 ms, every object stored",
      holds: cold.coldMs < 90_000 && cold.objects === OBJECTS,
    },
    held("while they sync", cold.heldMs, idle.heldMs),
  ];
}

function deliveryRow({ p50, p99, max, toldMs }: Awaited<ReturnType<typeof delivery>>): BenchRow {
  return {
    name: `fleet: a policy applied, delivered to ${AGENTS} agents, the last of them (baseline: transaction and announcement)`,
    value: max,
    unit: "ms",
    baseline: toldMs,
    ratio: max / toldMs,
    target: `< 3,000 ms (p50 ${p50}, p99 ${p99})`,
    holds: max < 3_000,
  };
}

async function settled(fleet: Fleet, order: "dial" | "cut"): Promise<number> {
  const started = performance.now();
  await fleet.order(order);
  if (order === "cut") await fleet.until((report) => report.synced < AGENTS, LONGEST_MS);
  await fleet.until((report) => report.synced === AGENTS, LONGEST_MS);
  return Math.round(performance.now() - started);
}

async function delivery({ stack, fleet }: Setting) {
  const clusterIds = fleet.clusterIds;
  const policy = await applyPolicy(stack, {
    tier: "fleet",
    clusterIds,
    namespace: "team-0",
    selector: "app == 'api-0'",
  });
  let toldAt = 0;
  const listener = listen(stack.postgres.appUrl, {
    onNotification: ({ topic }) => void (topic === "policy" && (toldAt ||= performance.now())),
    onMaybeMissed: () => undefined,
  });
  await fleet.order("mark");
  const [startedAt, startedAtMs] = [performance.now(), Date.now()];
  await policy.apply();
  const report = await fleet.until(({ deliveredAtMs }) => deliveredAtMs.length >= AGENTS, LONGEST_MS);
  await listener.close();
  const times = report.deliveredAtMs.map((at) => at - startedAtMs).toSorted((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1), toldMs: Math.max(1, Math.round(toldAt - startedAt)) };
}

async function insertAlone(stack: StackOn): Promise<number> {
  const objects = fleetObjects(PODS).map(({ ref, uid, hash, body }) => ({
    ref,
    uid,
    hash,
    chunk: chunkOf(ref),
    body: Buffer.from(body).toString("utf8"),
    labels: {},
  }));
  const at = new Date();
  const id = randomUUID();
  const rounds = Math.ceil(AGENTS / 20);
  let tookMs = 0;
  const rolledBack = new Error("rolled back, as it should be");
  await stack.organisation
    .transaction(async (tx) => {
      await createCluster(tx, { id, name: "alone", labels: {}, createdBy: stack.personId, at });
      const started = performance.now();
      for (let round = 0; round < rounds; round += 1) {
        const own = objects.map((each) => ({ ...each, ref: { ...each.ref, name: `${each.ref.name}-${round}` } }));
        await upsertInventory(tx, { clusterId: id, objects: own, at });
      }
      tookMs = performance.now() - started;
      throw rolledBack;
    })
    .catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  return Math.round((tookMs / rounds) * AGENTS);
}

async function countObjects(postgres: TestDatabase): Promise<number> {
  const client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>("select count(*)::int as n from inventory_object");
    return rows[0]?.n ?? 0;
  } finally {
    await client.end();
  }
}

/** Clusters with credentials, as if each had been enrolled before. */
async function enrolled(stack: StackOn): Promise<Parameters<typeof startFleet>[0]["agents"]> {
  const clusters = await enrolledClusters(stack, AGENTS, "fleet");
  return clusters.map(({ key, ...cluster }) => ({ ...cluster, keyPem: key.toPem() }));
}
