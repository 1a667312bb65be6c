import type { BenchRow } from "@isthmus/bench-rows";
import { listen } from "@isthmus/db";
import { startTestDatabase } from "@isthmus/db/testing";
import type { DesiredState } from "@isthmus/protocol";
import { dialCredential, enrol, stackOn, type StackOn } from "../test/support/stack";
import type { TestAgent } from "../test/support/test-agent";
import { applyPolicy, namespace, pod, replicaSet, sendFacts, sync } from "../test/support/state";
import { startFlowStoreProcess } from "./flow-store-process";

/** Measures the link through a real gateway, real stores and real WebSockets. */
export async function run(): Promise<readonly BenchRow[]> {
  const [postgres, clickhouse] = await Promise.all([startTestDatabase(), startFlowStoreProcess()]);
  const stack = await stackOn(postgres, clickhouse);
  try {
    const { port } = await stack.gateway();
    return [await reconnect(stack, port), await applyToFrame(stack, port)];
  } finally {
    await stack.stop();
  }
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
