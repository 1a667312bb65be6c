import type { BenchRow } from "@isthmus/bench-rows";
import { listen } from "@isthmus/db";
import { startTestDatabase } from "@isthmus/db/testing";
import { toBinary } from "@bufbuild/protobuf";
import {
  FlowBatchSchema,
  buildFlowBatches,
  flowRows,
  readFlowColumns,
  type DesiredState,
  type FlowBatch,
} from "@isthmus/protocol";
import { sampleFlow } from "@isthmus/protocol/testing";
import { enrichFlow } from "../src/evidence/enrich";
import { evidence, recentBucket } from "../test/support/evidence";
import { dialCredential, enrol, eventually, stackOn, type StackOn } from "../test/support/stack";
import type { TestAgent } from "../test/support/test-agent";
import { applyPolicy, namespace, pod, replicaSet, sendFacts, sync } from "../test/support/state";
import { startFlowStoreProcess } from "./flow-store-process";

const BUCKETS = 10;
const ROWS_A_BUCKET = 5_000;

/** Measures the link through a real gateway, real stores and real WebSockets. */
export async function run(): Promise<readonly BenchRow[]> {
  const [postgres, clickhouse] = await Promise.all([startTestDatabase(), startFlowStoreProcess()]);
  const stack = await stackOn(postgres, clickhouse);
  try {
    const { port } = await stack.gateway();
    return [await evidenceRate(stack, port), await reconnect(stack, port), await applyToFrame(stack, port)];
  } finally {
    await stack.stop();
  }
}

function buckets(back: number, incarnation: string): readonly FlowBatch[] {
  return Array.from({ length: BUCKETS }, (_, index) => {
    const rows = Array.from({ length: ROWS_A_BUCKET }, (_row, n) => ({
      ...sampleFlow,
      source: { ...sampleFlow.source, name: `client-${n % 50}-*`, workload: `client-${n % 50}` },
      dest: { ...sampleFlow.dest, name: `server-${n % 40}-*`, workload: `server-${n % 40}` },
      destPort: 1_000 + n,
      action: 1,
      enforced: [],
    }));
    return buildFlowBatches({ incarnation, bucketStart: recentBucket(back + index), correction: 0 }, rows);
  }).flat();
}

async function evidenceRate(stack: StackOn, port: number): Promise<BenchRow> {
  const { agent, clusterId, welcome } = await enrol(stack, port, "rate");
  const direct = buckets(200, "direct/0");
  const directMs = await timed(async () => {
    for (const batch of direct) {
      const read = readFlowColumns(toBinary(FlowBatchSchema, batch));
      if (!read.ok) throw new Error(read.error.message);
      const { incarnation, part, parts, correction } = batch;
      const identity = {
        organisationId: stack.organisationId,
        clusterId,
        incarnation,
        part,
        parts,
        correction,
        bucketStart: Number(batch.bucketStart),
      };
      const rows = flowRows(read.value).map((row) => enrichFlow(row, clusterId, () => undefined));
      await stack.flows.insertFlowBatch({ identity, rows, receivedAtMs: Date.now() });
    }
  });
  const linked = buckets(4, "linked/0");
  const linkedMs = await timed(async () => {
    for (const [index, batch] of linked.entries())
      agent.send({ case: "evidence", value: evidence(index + 1, welcome.leaseTerm, batch) });
    const last = BigInt(linked.length);
    await eventually(
      "all acknowledgements",
      async () => (agent.received("evidenceAck").at(-1)?.sequence === last ? true : undefined),
      60_000,
    );
  });
  agent.close();
  const rows = BUCKETS * ROWS_A_BUCKET;
  const [value, baseline] = [Math.round((rows / linkedMs) * 1000), Math.round((rows / directMs) * 1000)];
  return {
    name: "link: flows received, stored and acknowledged (one session; baseline: insert alone)",
    value,
    unit: "rows/s",
    baseline,
    ratio: value / baseline,
    target: "≥ 0.3 × the insert alone",
    holds: value >= 0.3 * baseline,
  };
}

const OBJECTS = 5_000;

async function reconnect(stack: StackOn, port: number): Promise<BenchRow> {
  const held = Array.from({ length: OBJECTS }, (_, n) =>
    pod(`pod-${n}`, { app: `app-${n % 100}`, ip: `10.9.${n >> 8}.${n & 255}` }),
  );
  const { agent, clusterUid, credentialId, key } = await enrol(stack, port, "reconnect");
  const baseline = Math.round(await timed(() => sync(agent, held)));
  agent.close();
  const again = dialCredential(stack, { port, credentialId, key, clusterUid });
  const value = Math.round(
    await timed(async () => {
      await again.opened();
      const chunks = await sync(again, held);
      if (chunks.length > 0) throw new Error("an unchanged inventory was sent again");
    }),
  );
  again.close();
  return {
    name: `link: reconnect with ${OBJECTS} unchanged objects (baseline: first sync)`,
    value,
    unit: "ms",
    baseline,
    ratio: baseline / value,
    target: "at least twice as fast as the first sync",
    holds: value * 2 <= baseline,
  };
}

async function applyToFrame(stack: StackOn, port: number): Promise<BenchRow> {
  const { agent, clusterId } = await enrol(stack, port, "apply");
  sendFacts(agent, "10.8.0.0/16");
  await sync(agent, [
    namespace("boutique"),
    replicaSet("payment"),
    pod("payment-1", { app: "payment", ip: "10.8.0.1" }),
  ]);
  const times: number[] = [];
  const notified: number[] = [];
  const policy = await applyPolicy(stack, { tier: "bench", clusterIds: [clusterId] });
  const listener = listen(stack.postgres.appUrl, {
    onNotification: ({ topic }) => void (topic === "policy" && notified.push(performance.now())),
    onMaybeMissed: () => undefined,
  });
  for (let round = 0; round < 5; round += 1) {
    for (const act of [policy.apply, policy.withdraw]) {
      const started = performance.now();
      await act();
      await untilFrame(agent, (frame) => (act === policy.apply ? frame.upserts : frame.removals).length > 0);
      times.push(performance.now() - started);
      const heard = notified.pop();
      if (heard !== undefined) notified.unshift(heard - started);
    }
  }
  await listener.close();
  agent.close();
  const [value, baseline] = [Math.round(median(times)), Math.round(median(notified))];
  return {
    name: "link: apply to the DesiredState frame at the agent (baseline: transaction and announcement)",
    value,
    unit: "ms",
    baseline,
    ratio: baseline / value,
    target: "< 1,000 ms",
    holds: value < 1_000,
  };
}

async function untilFrame(agent: TestAgent, isIt: (frame: DesiredState) => boolean): Promise<void> {
  for (;;) if (isIt(await agent.next("desired"))) return;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
