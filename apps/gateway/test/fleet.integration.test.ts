import { create } from "@bufbuild/protobuf";
import { findCluster, listInventoryHashes, storeClusterPlan } from "@isthmus/db";
import {
  InventoryDigestSchema,
  SyncCompleteSchema,
  chunkOf,
  createDesiredJoiner,
  inventoryDigests,
  sha256,
  type DesiredState,
  type InventoryChunk,
} from "@isthmus/protocol";
import { groupBy } from "@isthmus/std";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { dialUntilSynced, enrolledClusters } from "./support/fleet";
import { dialCredential, enrol, eventually, startStack, type Stack } from "./support/stack";
import { chunkMessage, namespace, pod, sync, type HeldResource } from "./support/state";
import type { TestAgent } from "./support/test-agent";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => stack.stop());

const clusterOf = (clusterId: string) => stack.organisation.transaction((tx) => findCluster(tx, clusterId));
const sendDigest = (agent: TestAgent, held: readonly HeldResource[]): void => {
  const value = create(InventoryDigestSchema, {
    chunkDigests: [...inventoryDigests(held)],
    resourceCount: held.length,
  });
  agent.send({ case: "inventoryDigest", value });
};
const isAsked = (agent: TestAgent): boolean => agent.received("inventoryWanted").length > 0;

describe("full syncs", () => {
  it("are a few at once; who waits keeps its session, and who has nothing new does not wait", async () => {
    const gateway = await stack.gateway({
      roles: ["sessions"],
      bounds: { syncsAtOnce: 2, session: { heartbeatMs: 300, touchMs: 300 } },
    });
    const held = [namespace("boutique"), namespace("other")];
    const agents = await Promise.all(
      Array.from({ length: 5 }, async (_, n) => (await enrol(stack, gateway.port, `turn-${n}`)).agent),
    );
    for (const agent of agents) sendDigest(agent, held);
    const asked = () => agents.filter(isAsked);
    await eventually("two that are asked", async () => (asked().length === 2 ? true : undefined));
    const empty = await enrol(stack, gateway.port, "turn-empty");
    expect(await sync(empty.agent, [])).toEqual([]);
    const waiting = agents.filter((agent) => !isAsked(agent));
    const before = waiting.map(({ heartbeats }) => heartbeats);
    // As many heartbeats as make a connection dead when they are not answered, and one more.
    await eventually("answers to those who wait", async () =>
      waiting.every(({ heartbeats }, index) => heartbeats >= (before[index] ?? 0) + 4) ? true : undefined,
    );
    expect(asked()).toHaveLength(2);
    expect(waiting.map(({ closeReason }) => closeReason)).toEqual([undefined, undefined, undefined]);
    // One that leaves makes room, as one that is done does.
    const leaver = asked()[0];
    leaver?.close();
    await eventually("a third", async () => (asked().length === 3 ? true : undefined));
    const done: TestAgent[] = [];
    const finish = async (agent: TestAgent): Promise<void> => {
      const { chunks } = await agent.next("inventoryWanted", 20_000);
      for (const chunk of chunks) agent.send({ case: "inventoryChunk", value: chunkMessage(chunk, held) });
      agent.send({ case: "syncComplete", value: create(SyncCompleteSchema) });
      await agent.next("inventoryAck");
      done.push(agent);
    };
    const left = agents.filter((agent) => agent.closeReason === undefined && agent !== leaver);
    await Promise.all(left.map(finish));
    expect(done).toHaveLength(4);
    for (const agent of [...agents, empty.agent]) agent.close();
    await gateway.stop();
  });
});

const BURST = 200;

describe("a fleet that comes back at once", () => {
  it("is let in at a bounded pace, each told when to come, and all of it is synced", async () => {
    const clusters = await enrolledClusters(stack, BURST, "burst");
    const gateway = await stack.gateway({
      roles: ["sessions"],
      bounds: { entrance: { admissions: 16, perSecond: 100 } },
    });
    const told: number[] = [];
    const agents = await Promise.all(
      clusters.map((cluster) => dialUntilSynced(stack, { port: gateway.port, cluster, told })),
    );
    expect(told.length).toBeGreaterThan(BURST / 4);
    expect(Math.min(...told)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...told)).toBeLessThanOrEqual(30_000);
    const metrics = await (await fetch(`http://127.0.0.1:${gateway.port}/metrics`)).text();
    expect(metrics).toContain(`isthmus_gateway_sessions ${BURST}`);
    for (const agent of agents) agent.close();
    await gateway.stop();
  }, 240_000);
});

const chunksRead = async (port: number): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/frames_in_total\{kind="inventoryChunk"\} (\d+)/.exec(text)?.[1] ?? Number.NaN);
};

describe("a lane that is full", () => {
  it("does not cost the session: the agent hears that somebody is there, and all is stored in the end", async () => {
    const gateway = await stack.gateway({ roles: ["sessions"], bounds: { session: { heartbeatMs: 2_000 } } });
    const { agent, clusterId } = await enrol(stack, gateway.port, "full");
    const held = Array.from({ length: 200 }, (_, n) =>
      pod(`p-${n}`, { app: "a", ip: "10.1.0.1", labels: { note: "x".repeat(60_000) } }),
    );
    const byChunk = groupBy(held, ({ ref }) => chunkOf(ref));
    sendDigest(agent, held);
    const { chunks } = await agent.next("inventoryWanted");
    // Somebody holds the session's row, so that nothing can be stored.
    const holder = new Client({ connectionString: stack.postgres.superuserUrl });
    await holder.connect();
    await holder.query("begin");
    await holder.query("select from cluster_session where cluster_id = $1 for update", [clusterId]);
    for (const chunk of chunks) {
      agent.send({ case: "inventoryChunk", value: chunkMessage(chunk, byChunk.get(chunk) ?? []) });
    }
    agent.send({ case: "syncComplete", value: create(SyncCompleteSchema) });
    try {
      const before = agent.heartbeats;
      await eventually("signs of life", async () => (agent.heartbeats >= before + 5 ? true : undefined), 60_000);
      expect(agent.closeReason).toBeUndefined();
      expect(await chunksRead(gateway.port)).toBeLessThan(chunks.length);
    } finally {
      await holder.query("rollback");
      await holder.end();
    }
    await agent.next("inventoryAck", 60_000);
    expect(await stack.organisation.transaction((tx) => listInventoryHashes(tx, clusterId))).toHaveLength(held.length);
    agent.close();
    await gateway.stop();
  }, 180_000);
});

const PODS = 10_000;

describe("a cluster of ten thousand pods that reconnects unchanged", () => {
  it("sends less than 1 % of what its full sync took", async () => {
    const gateway = await stack.gateway({ roles: ["sessions"] });
    const held = Array.from({ length: PODS }, (_, n) =>
      pod(`api-${n}`, { app: `app-${n % 50}`, ip: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` }),
    );
    const byChunk = groupBy(held, ({ ref }) => chunkOf(ref));
    const { agent, clusterId, clusterUid, credentialId, key } = await enrol(stack, gateway.port, "large");
    sendDigest(agent, held);
    const { chunks } = await agent.next("inventoryWanted");
    expect(chunks).toHaveLength(256);
    for (const chunk of chunks) {
      agent.send({ case: "inventoryChunk", value: chunkMessage(chunk, byChunk.get(chunk) ?? []) });
    }
    agent.send({ case: "syncComplete", value: create(SyncCompleteSchema) });
    await agent.next("inventoryAck", 60_000);
    const full = agent.sentBytes;
    agent.close();
    const again = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    await again.opened();
    expect(await sync(again, held)).toEqual([]);
    expect(again.sentBytes / full).toBeLessThan(0.01);
    expect(await stack.organisation.transaction((tx) => listInventoryHashes(tx, clusterId))).toHaveLength(PODS);
    again.close();
    await gateway.stop();
  }, 120_000);
});

describe("what is too large for one frame", () => {
  const manifest = (n: number) => ({
    kind: "GlobalNetworkSet",
    metadata: { name: `s${n}` },
    spec: { x: "y".repeat(900_000) },
  });
  const plan = (clusterId: string) => ({
    plan: {
      clusterId,
      resources: Array.from({ length: 20 }, (_, n) => ({
        ref: { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkSet", namespace: "", name: `s${n}` },
        manifest: manifest(n),
        hash: Buffer.from(sha256(JSON.stringify(manifest(n)))).toString("hex"),
        position: n,
        origin: { kind: "tier", tier: "t" } as const,
      })),
      publishedSets: [],
      problems: [],
    },
    digest: "large",
    at: new Date(),
  });

  it("comes in parts to an agent that joins them, and is said on the cluster's page of one that does not", async () => {
    const gateway = await stack.gateway({ roles: ["sessions"] });
    const capabilities = ["desired-diff", "desired-parts"];
    const able = await enrol(stack, gateway.port, { name: "able", capabilities });
    const unable = await enrol(stack, gateway.port, "unable");
    for (const { clusterId } of [able, unable]) {
      await stack.organisation.transaction((tx) => storeClusterPlan(tx, plan(clusterId)));
    }
    const joiner = createDesiredJoiner();
    const whole = await eventually("the whole state", async () => {
      const joined = joiner.take(await able.agent.next("desired", 20_000));
      return joined.kind === "whole" ? joined.message : undefined;
    });
    const names = Array.from({ length: 20 }, (_, n) => `s${n}`);
    expect(new Set(whole.upserts.map(({ ref }) => ref?.name))).toEqual(new Set(names));
    expect(able.agent.received("desired").map(({ parts }: DesiredState) => parts)).toEqual(
      Array.from({ length: 20 }, () => 20),
    );
    await eventually("the word about it", async () =>
      (await clusterOf(unable.clusterId))?.session?.undelivered.includes("too large for this agent") ? true : undefined,
    );
    expect(unable.agent.received("desired")).toEqual([]);
    expect((await clusterOf(able.clusterId))?.session?.undelivered).toBe("");
    // What fits again is delivered, and the word is taken back.
    await stack.organisation.transaction((tx) => {
      const { plan: large, at } = plan(unable.clusterId);
      return storeClusterPlan(tx, { plan: { ...large, resources: large.resources.slice(0, 2) }, digest: "small", at });
    });
    expect((await unable.agent.next("desired")).upserts).toHaveLength(2);
    await eventually("no word about it", async () =>
      (await clusterOf(unable.clusterId))?.session?.undelivered === "" ? true : undefined,
    );
    for (const { agent } of [able, unable]) agent.close();
    await gateway.stop();
  }, 90_000);

  it("is taken in parts: a chunk counts when its last part has come", async () => {
    const gateway = await stack.gateway({ roles: ["sessions"] });
    const { agent, clusterId } = await enrol(stack, gateway.port, "parted");
    const held = [namespace("a"), namespace("b"), namespace("c")];
    const chunks = [...new Set(held.map(({ ref }) => chunkOf(ref)))];
    const part = (whole: InventoryChunk, own: readonly HeldResource[], at: number): InventoryChunk => ({
      ...chunkMessage(whole.chunk, own),
      part: at,
      parts: 2,
    });
    sendDigest(agent, held);
    expect(new Set((await agent.next("inventoryWanted")).chunks)).toEqual(new Set(chunks));
    for (const chunk of chunks) {
      const whole = chunkMessage(chunk, held);
      agent.send({ case: "inventoryChunk", value: part(whole, [], 0) });
      agent.send({ case: "inventoryChunk", value: part(whole, held, 1) });
    }
    agent.send({ case: "syncComplete", value: create(SyncCompleteSchema) });
    await agent.next("inventoryAck");
    expect(await stack.organisation.transaction((tx) => listInventoryHashes(tx, clusterId))).toHaveLength(3);
    agent.close();
    await gateway.stop();
  });
});

describe("before it has proved itself", () => {
  it("an agent that sends more than a handshake takes is cut off, and others are not", async () => {
    const gateway = await stack.gateway({ roles: ["sessions"] });
    const { agent } = await enrol(stack, gateway.port, "decent");
    const [cluster] = await enrolledClusters(stack, 1, "greedy");
    const greedy = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/agent`);
    const closed = new Promise<number>((resolve) => greedy.once("close", resolve));
    greedy.on("error", () => undefined);
    greedy.once("open", () => greedy.send(new Uint8Array(3 * 1024 * 1024)));
    // Not refused for what it said, which nobody gathered: the connection is gone.
    expect(await closed).toBe(1006);
    const next = dialCredential(stack, { port: gateway.port, ...cluster! });
    await next.opened();
    // Proved, it may send a large frame.
    const held = [pod("p", { app: "a", ip: "10.1.0.1", labels: { note: "x".repeat(2_000_000) } })];
    expect(await sync(next, held)).toHaveLength(1);
    expect(agent.closeReason).toBeUndefined();
    for (const each of [agent, next]) each.close();
    await gateway.stop();
  });
});
