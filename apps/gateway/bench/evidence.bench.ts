import { randomUUID } from "node:crypto";
import type { BenchRow } from "@isthmus/bench-rows";
import { toBinary } from "@bufbuild/protobuf";
import { startTestDatabase } from "@isthmus/db/testing";
import { createFlowStore, migrateFlowStore, type FlowBlockEntry } from "@isthmus/flow-store";
import { encodeFlowBlock } from "@isthmus/flow-store/testing";
import {
  buildFlowBatches,
  encodeAgentFrame,
  FlowBatchSchema,
  readFlowColumns,
  type FlowBatch,
  type FlowRow,
} from "@isthmus/protocol";
import { sampleFlow } from "@isthmus/protocol/testing";
import { flowTableOf } from "../src/evidence/flow-table-of";
import { evidence, recentBucket } from "../test/support/evidence";
import { bundleChild, startChild } from "../test/support/gateway-child";
import { enrol, eventually, stackOn, type StackOn } from "../test/support/stack";
import type { TestAgent } from "../test/support/test-agent";
import { longestHoldMs } from "./gateway-process";
import { startFlowStoreProcess } from "./flow-store-process";

const AGENTS = 8;
const BUCKETS = 10;
const ROWS_A_BUCKET = 5_000;
/** The first bucket of each agent warms the processes up. */
const ROWS = AGENTS * (BUCKETS - 1) * ROWS_A_BUCKET;
const ROWS_A_BLOCK = 20_000;
const WANTED_SHARE = 0.7;
const WANTED_ROWS = 30_000;
const LONGEST_HOLD_MS = 50;

/**
 * Measures evidence from agents' sockets to their acknowledgements, with the gateway and the engine as processes. The
 * baseline has an engine of its own: one that has merged the baseline's parts already would be another one.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const alone = await engineAlone();
  const [postgres, clickhouse, child] = await Promise.all([
    startTestDatabase(),
    startFlowStoreProcess(),
    bundleChild(),
  ]);
  const stack = await stackOn(postgres, clickhouse);
  try {
    const gateway = await startChild({ ...stack, clickhouse }, child.script, { dieAt: "never" });
    try {
      return await throughGateway(stack, gateway.port, alone);
    } finally {
      await gateway.kill();
    }
  } finally {
    await Promise.all([stack.stop(), child.remove()]);
  }
}

/** Flows as of a busy cluster: some thousand pairs of a few hundred workloads, a few ports, a hundred policies. */
function bucketOf(index: number, incarnation: string): readonly FlowBatch[] {
  const rows = Array.from({ length: ROWS_A_BUCKET }, (_, n): FlowRow => {
    const [source, dest] = [n % 223, (n * 7 + 3) % 197];
    const enforced = sampleFlow.enforced.map((hit) => ({ ...hit, name: `security.policy-${n % 100}` }));
    return {
      ...sampleFlow,
      source: {
        ...sampleFlow.source,
        name: `client-${source}-*`,
        workload: `client-${source}`,
        labels: `app=c${source},tier=web`,
      },
      dest: {
        ...sampleFlow.dest,
        name: `server-${dest}-*`,
        workload: `server-${dest}`,
        labels: `app=s${dest},tier=db`,
      },
      destPort: 8_000 + (n % 9),
      enforced,
      bytesIn: 1_000 + n,
      packetsOut: n % 77,
    };
  });
  return buildFlowBatches({ incarnation, bucketStart: recentBucket(8 + index), correction: 0 }, rows);
}

/** How many rows a second the engine takes in its fastest encoding, in blocks as large as a gateway's: without our own work. */
async function engineAlone(): Promise<number> {
  const clickhouse = await startFlowStoreProcess();
  try {
    await migrateFlowStore(clickhouse.connection, { deployment: "embedded" });
    const flows = createFlowStore(clickhouse.connection);
    const organisationId = randomUUID();
    const entries = Array.from({ length: AGENTS }, () => randomUUID()).map((clusterId) =>
      Array.from({ length: BUCKETS }, (_, bucket) =>
        bucketOf(bucket, "alone/0").map((batch) => entryOf({ organisationId, clusterId }, batch)),
      ).flat(),
    );
    // As agents send them: bucket after bucket, each of all clusters.
    const inOrder = Array.from({ length: BUCKETS }, (_, bucket) => entries.flatMap((own) => own[bucket] ?? [])).flat();
    const perBlock = ROWS_A_BLOCK / ROWS_A_BUCKET;
    let engineMs = 0;
    for (let at = 0; at < inOrder.length; at += perBlock) {
      const block = inOrder.slice(at, at + perBlock);
      const encodeMs = await timed(() => Promise.resolve(encodeFlowBlock(block)));
      const fence = { id: randomUUID(), deadlineMs: Date.now() + 60_000 };
      const insertMs = (await timed(() => flows.insertFlows(block, fence))) - encodeMs;
      if (at >= AGENTS) engineMs += insertMs;
    }
    return Math.round((ROWS / engineMs) * 1_000);
  } finally {
    await clickhouse.stop();
  }
}

function entryOf(
  owner: { readonly organisationId: string; readonly clusterId: string },
  batch: FlowBatch,
): FlowBlockEntry {
  const read = readFlowColumns(toBinary(FlowBatchSchema, batch));
  if (!read.ok) throw new Error(read.error.message);
  const { incarnation, bucketStart, part, parts, correction } = read.value;
  return {
    ...owner,
    incarnation,
    bucketStart,
    part,
    parts,
    correction,
    receivedAtMs: Date.now(),
    asOfMs: 0,
    table: flowTableOf(read.value, owner.clusterId, []),
  };
}

async function throughGateway(stack: StackOn, port: number, alone: number): Promise<readonly BenchRow[]> {
  const agents = await Promise.all(
    Array.from({ length: AGENTS }, (_, index) => enrol(stack, port, `evidence-${index}`)),
  );
  const frames = agents.map(({ welcome }) =>
    Array.from({ length: BUCKETS }, (_, bucket) => bucketOf(bucket, "linked/0"))
      .flat()
      .map((batch, index) => {
        const value = evidence(index + 1, welcome.leaseTerm, batch);
        const frame = encodeAgentFrame({ case: "evidence", value });
        if (!frame.ok) throw new Error(frame.error.message);
        return frame.value;
      }),
  );
  await Promise.all(agents.map(({ agent }, index) => warmUp(agent, frames[index] ?? [])));
  await longestHoldMs(port); // what was held while the agents came in is not what is measured
  const ms = await timed(async () => {
    for (const [index, { agent }] of agents.entries())
      for (const frame of frames[index]?.slice(1) ?? []) agent.sendBytes(frame);
    await eventually(
      "all acknowledgements",
      async () =>
        agents.every(({ agent }) => agent.received("evidenceAck").at(-1)?.sequence === BigInt(BUCKETS))
          ? true
          : undefined,
      120_000,
    );
  });
  const held = await longestHoldMs(port);
  for (const { agent } of agents) agent.close();
  const value = Math.round((ROWS / ms) * 1_000);
  return [
    {
      name: `link: flows of ${AGENTS} agents to durable acknowledgement (baseline: the engine alone, Native, same rows and views)`,
      value,
      unit: "rows/s",
      baseline: alone,
      ratio: value / alone,
      target: `≥ ${WANTED_SHARE} × the engine alone and ≥ ${WANTED_ROWS.toLocaleString("en")} rows/s`,
      holds: value >= WANTED_SHARE * alone && value >= WANTED_ROWS,
    },
    {
      name: "link: longest the gateway's event loop was held meanwhile (baseline: the limit)",
      value: held,
      unit: "ms",
      baseline: LONGEST_HOLD_MS,
      ratio: held / LONGEST_HOLD_MS,
      target: `≤ ${LONGEST_HOLD_MS} ms`,
      holds: held <= LONGEST_HOLD_MS,
    },
  ];
}

async function warmUp(agent: TestAgent, [frame]: readonly Uint8Array[]): Promise<void> {
  if (frame === undefined) return;
  agent.sendBytes(frame);
  await agent.next("evidenceAck", 60_000);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
