import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findCluster } from "@isthmus/db";
import type { AgentBody } from "@isthmus/protocol";
import { fromTheFuture, unknownFrame } from "@isthmus/protocol/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway";
import { bucket, evidence, flowsOf, recentBucket, storedFlows } from "./support/evidence";
import { dialGrant, startStack, type Stack } from "./support/stack";
import { applyPolicy, namespace, pod, replicaSet, sendDelta, sendFacts, sync } from "./support/state";
import type { DialOptions, TestAgent } from "./support/test-agent";

let stack: Stack;
let gateway: Gateway;

beforeAll(async () => {
  stack = await startStack();
  gateway = await stack.gateway();
});
afterAll(async () => stack?.stop());

async function dialAs(name: string, how: Pick<DialOptions, "capabilities" | "versions" | "dress">) {
  const clusterId = await stack.cluster(name);
  const options = { port: gateway.port, grant: await stack.grant(clusterId), clusterUid: `uid-${name}` };
  return { clusterId, agent: dialGrant(stack, { ...options, ...how }) };
}

/** Everything that an agent does, from enrolment to two desired states; returns those. */
async function wholeLife(name: string, how: Pick<DialOptions, "capabilities" | "versions" | "dress">) {
  const { clusterId, agent } = await dialAs(name, how);
  const welcome = await agent.opened();
  const net = name.length;
  sendFacts(agent, `10.${net}.0.0/16`);
  const held = [
    namespace("boutique"),
    replicaSet("payment"),
    pod("payment-1", { app: "payment", ip: `10.${net}.0.1` }),
  ];
  await sync(agent, held);
  await sendDelta(agent, 1n, { upserts: [pod("payment-2", { app: "payment", ip: `10.${net}.0.2` })] });
  const [batch] = bucket(recentBucket(), flowsOf(5));
  agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, batch!) });
  expect((await agent.next("evidenceAck")).sequence).toBe(1n);
  expect((await storedFlows(stack, clusterId)).rows).toHaveLength(5);
  const first = await applyAndWait(agent, clusterId, `${name}-a`);
  const second = await applyAndWait(agent, clusterId, `${name}-b`);
  const cluster = await stack.organisation.transaction((tx) => findCluster(tx, clusterId));
  expect(cluster).toMatchObject({ kubernetesVersion: "v1.33.4", session: { disconnectedAt: null } });
  agent.close();
  return { first, second };
}

async function applyAndWait(agent: TestAgent, clusterId: string, tier: string) {
  const policy = await applyPolicy(stack, { tier, clusterIds: [clusterId] });
  await policy.apply();
  for (;;) {
    const frame = await agent.next("desired");
    const names = frame.upserts.map(({ ref }) => ref?.name);
    if (names.includes(policy.name)) return { base: frame.baseRevision, names };
  }
}

describe("an agent of another version", () => {
  it("lives its whole life without any capability: it is sent everything each time, and no difference", async () => {
    const { second } = await wholeLife("old", { capabilities: [] });
    expect(second.base).toBe(0n);
    expect(second.names).toEqual(expect.arrayContaining(["old-a.pay", "old-b.pay"]));
  });

  it("lives it with fields, capabilities and versions from the future", async () => {
    const { second } = await wholeLife("future", {
      versions: [7, 2, 1],
      capabilities: ["thought-transfer", "desired-diff"],
      dress: (body) => ({ ...body, value: fromTheFuture(body.value) }) as AgentBody,
    });
    expect(second.base).toBeGreaterThan(0n);
    expect(second.names).not.toContain("future-a.pay");
  });

  it("is told to upgrade the older side where there is no common version", async () => {
    const { agent } = await dialAs("beyond", { versions: [2, 3] });
    expect(await agent.refusal()).toBe("version-unsupported");
  });

  it("may send kinds of frames that this gateway does not know, before and after the handshake", async () => {
    const { agent } = await dialAs("chatty", {});
    await agent.opened();
    agent.sendBytes(unknownFrame);
    await sync(agent, [namespace("boutique")]);
    agent.close();
  });
});

describe("recorded frames of version 1, sent to this gateway", () => {
  const folder = join(import.meta.dirname, "../../../packages/protocol/testdata/v1");
  const names = readdirSync(folder)
    .filter((name) => name.startsWith("agent-"))
    .map((name) => name.replace(/\.bin$/, ""));
  /** What is answered in an open session; undefined: nothing, and the session goes on. */
  const answers: Readonly<Record<string, string | undefined>> = {
    "agent-apply-report": undefined,
    "agent-cluster-facts": undefined,
    "agent-cluster-facts-routing": undefined,
    // Of a lease that is not this session's.
    "agent-evidence-flows": "lease-lost",
    "agent-evidence-gap": "lease-lost",
    "agent-evidence-restatement": "lease-lost",
    "agent-examination": undefined,
    "agent-heartbeat": undefined,
    // Said once, at the beginning.
    "agent-hello-credential": "out-of-order",
    "agent-hello-grant": "out-of-order",
    // Its resources are not of the chunk that it names.
    "agent-inventory-chunk": "frame-invalid",
    // The first part was not sent.
    "agent-inventory-chunk-part": "out-of-order",
    "agent-inventory-delta": "inventoryAck",
    "agent-inventory-digest": "inventoryWanted",
    // Nothing was ordered, so there is nothing to keep.
    "agent-probe-report": undefined,
    "agent-proof": "out-of-order",
    "agent-renew": "credential",
    "agent-sync-complete": undefined,
  };

  it("are all of them in this table", () => {
    expect(names.toSorted()).toEqual(Object.keys(answers).toSorted());
  });

  it.each(names)("%s", async (name) => {
    const { agent } = await dialAs(`recorded-${name}`, {});
    await agent.opened();
    agent.sendBytes(new Uint8Array(readFileSync(join(folder, `${name}.bin`))));
    expect(await outcomeOf(agent, answers[name])).toBe(answers[name]);
    agent.close();
  });
});

const refusals = ["lease-lost", "out-of-order", "frame-invalid"];

/** The refusal, or what is answered in a session that then still answers other things. */
async function outcomeOf(agent: TestAgent, expected: string | undefined): Promise<string | undefined> {
  if (refusals.includes(expected ?? "")) return await agent.refusal();
  if (expected !== undefined) await agent.next(expected as "inventoryAck");
  await sync(agent, []);
  return expected;
}
