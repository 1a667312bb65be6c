import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleChild, startChild } from "./support/gateway-child";
import { enrol, eventually, startStack, type Stack } from "./support/stack";
import { applyPolicy, namespace, pod, replicaSet, sendFacts, sync } from "./support/state";

let stack: Stack;
let child: Awaited<ReturnType<typeof bundleChild>>;

beforeAll(async () => {
  [stack, child] = await Promise.all([startStack(), bundleChild()]);
});
afterAll(async () => {
  await stack.stop();
  await child.remove();
});

describe("jobs", () => {
  it("pass to another gateway when their leader is killed with -9", async () => {
    const leader = await startChild(stack, child.script, { dieAt: "never", roles: ["jobs"] });
    const sessions = await stack.gateway({ roles: ["sessions"] });
    const { agent, clusterId } = await enrol(stack, sessions.port, "led");
    const holds = (name: string) => async () =>
      agent.received("desired").some(({ upserts }) => upserts.some(({ ref }) => ref?.name === name)) ? true : undefined;
    sendFacts(agent, "10.7.0.0/16");
    await sync(agent, [
      namespace("boutique"),
      replicaSet("payment"),
      pod("payment-1", { app: "payment", ip: "10.7.0.1" }),
    ]);
    const first = await applyPolicy(stack, { tier: "first", clusterIds: [clusterId] });
    await first.apply();
    await eventually("the leader's work", holds(first.name));
    await stack.gateway({ roles: ["jobs"] });
    await leader.kill();
    const second = await applyPolicy(stack, { tier: "second", clusterIds: [clusterId] });
    await second.apply();
    await eventually("the successor's work", holds(second.name));
    const revisions = agent.received("desired").map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.toSorted((a, b) => Number(a - b)));
    expect(new Set(revisions).size).toBe(revisions.length);
    agent.close();
  });
});
