import { findCluster, listInventoryHashes } from "@isthmus/db";
import { startTestFlowStore, type TestFlowStore } from "@isthmus/flow-store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway";
import { bucket, evidence, flowsOf, recentBucket, storedFlows } from "./support/evidence";
import { startDurablePostgres, type DurablePostgres } from "./support/durable-postgres";
import { enrol, eventually, stackOn, type StackOn } from "./support/stack";
import { applyPolicy, namespace, pod, replicaSet, sendDelta, sendFacts, sync } from "./support/state";

let postgres: DurablePostgres;
let clickhouse: TestFlowStore;
let stack: StackOn;
let gateway: Gateway;

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([startDurablePostgres(), startTestFlowStore()]);
  stack = await stackOn(postgres, clickhouse);
  gateway = await stack.gateway();
});
afterAll(async () => stack.stop());

const BATCHES = 100;

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${gateway.port}/metrics`)).text();
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(name))
      ?.split(" ")
      .at(-1) ?? 0,
  );
};

describe("pressure", () => {
  it("travels back to the agent: a session that cannot store stops reading, and loses nothing", async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await stack.gateway({
      roles: ["sessions"],
      flows: { insertFlows: (...insert) => released.then(() => stack.flows.insertFlows(...insert)) },
    });
    const { agent, clusterId, welcome } = await enrol(stack, slow.port, "pressure");
    const batches = Array.from({ length: BATCHES }, (_, index) =>
      bucket(recentBucket(BATCHES + 20 - index), flowsOf(40)),
    ).flat();
    for (const [index, part] of batches.entries())
      agent.send({ case: "evidence", value: evidence(index + 1, welcome.leaseTerm, part) });
    const read = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${slow.port}/metrics`)).text();
      return Number(/frames_in_total\{kind="evidence"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    await eventually("a full queue", async () => ((await read()) > 16 ? true : undefined));
    const whenFull = await read();
    expect(whenFull).toBeLessThan(BATCHES / 2);
    release();
    await eventually(
      "all acknowledgements",
      async () => (agent.received("evidenceAck").at(-1)?.sequence === BigInt(BATCHES) ? true : undefined),
      30_000,
    );
    expect((await stack.flows.knownBuckets({ organisationId: stack.organisationId, clusterId })).length).toBe(1);
    expect((await storedFlows(stack, clusterId)).rolledUp).toBe(BATCHES * 40);
    agent.close();
    await slow.stop();
  });
});

describe("Postgres killed with -9 and started again", () => {
  it("ends no session and loses nothing: what came meanwhile is acknowledged when it is durable", async () => {
    const { agent, clusterId, welcome } = await enrol(stack, gateway.port, "outage");
    sendFacts(agent, "10.6.0.0/16");
    await sync(agent, [namespace("boutique"), replicaSet("payment")]);
    postgres.kill();
    await eventually("the gateway to say so", async () =>
      (await fetch(`http://127.0.0.1:${gateway.port}/readyz`)).status === 503 ? true : undefined,
    );
    const [part] = bucket(recentBucket(), flowsOf(5));
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, part!) });
    const delta = sendDelta(agent, 1n, { upserts: [pod("payment-1", { app: "payment", ip: "10.6.0.1" })] });
    await postgres.restart();
    await Promise.all([delta, agent.next("evidenceAck", 20_000)]);
    expect((await storedFlows(stack, clusterId)).rows).toHaveLength(5);
    expect(await stack.organisation.transaction((tx) => listInventoryHashes(tx, clusterId))).toHaveLength(3);
    const cluster = await stack.organisation.transaction((tx) => findCluster(tx, clusterId));
    expect(cluster?.session).toMatchObject({ disconnectedAt: null, sessionId: welcome.sessionId });
    const policy = await applyPolicy(stack, { tier: "after", clusterIds: [clusterId] });
    await policy.apply();
    await eventually("the policy at the agent", async () =>
      agent.received("desired").some(({ upserts }) => upserts.some(({ ref }) => ref?.name === policy.name))
        ? true
        : undefined,
    );
    expect(await metric("isthmus_gateway_sessions")).toBe(1);
    agent.close();
  });
});
