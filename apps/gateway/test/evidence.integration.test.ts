import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { findCluster, listOverdueEvidenceInserts, storePublishedSets } from "@isthmus/db";
import type { FlowStoreError } from "@isthmus/flow-store";
import { EvidenceBatchSchema } from "@isthmus/protocol";
import { sampleFlow } from "@isthmus/protocol/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway";
import { bucket, evidence, flowsOf, recentBucket, storedFlows } from "./support/evidence";
import { bundleChild, startChild } from "./support/gateway-child";
import { dialCredential, enrol, eventually, startStack, type Stack } from "./support/stack";
import { sync } from "./support/state";

let stack: Stack;
let gateway: Gateway;
let child: Awaited<ReturnType<typeof bundleChild>>;

beforeAll(async () => {
  [stack, child] = await Promise.all([startStack(), bundleChild()]);
  gateway = await stack.gateway();
});
afterAll(async () => {
  await stack.stop();
  await child.remove();
});

const openInserts = () =>
  stack.organisation.transaction((tx) => listOverdueEvidenceInserts(tx, { before: new Date(Date.now() + 60_000) }));

describe("evidence", () => {
  it("is acknowledged when it is durable, stored once however often it is sent, and marked in the next Welcome", async () => {
    const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(stack, gateway.port, "flows");
    expect(welcome.evidenceMarks).toEqual([]);
    const start = recentBucket();
    const parts = bucket(start, flowsOf(25), { maxRows: 10 });
    expect(parts).toHaveLength(3);
    for (const [index, part] of [...parts, ...parts].entries()) {
      agent.send({ case: "evidence", value: evidence(index + 1, welcome.leaseTerm, part) });
    }
    await eventually("all acknowledgements", async () =>
      agent.received("evidenceAck").at(-1)?.sequence === 6n ? true : undefined,
    );
    const { rows, rolledUp } = await storedFlows(stack, clusterId);
    expect(rows).toHaveLength(25);
    expect(rolledUp).toBe(25);
    agent.close();
    const again = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    expect((await again.opened()).evidenceMarks).toMatchObject([
      { incarnation: "goldmane/0", durableThrough: BigInt(start + 15) },
    ]);
    again.close();
  });

  it("names the remote workload that a set of ours stands for, and leaves others as they were reported", async () => {
    const { agent, clusterId, welcome } = await enrol(stack, gateway.port, "names");
    const remoteCluster = await stack.cluster("remote");
    const name = "isthmus-0123456789-0";
    const set = {
      name,
      shard: 0,
      sourceClusterId: remoteCluster,
      namespace: "boutique",
      workloadKind: "Deployment",
      workloadName: "payment",
    };
    await stack.organisation.transaction((tx) => storePublishedSets(tx, { clusterId, sets: [set], at: new Date() }));
    const end = { ...sampleFlow.dest, namespace: "", type: 3, workloadKind: "", workload: "", labels: "" };
    const rows = [
      ...flowsOf(1, { dest: { ...end, name } }),
      ...flowsOf(1, { dest: { ...end, name: "isthmus-unknown-0" } }),
    ];
    const [part] = bucket(recentBucket(), rows);
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, part!) });
    await agent.next("evidenceAck");
    const ends = (await storedFlows(stack, clusterId)).rows.map(({ dest }) => dest);
    expect(ends).toContainEqual(
      expect.objectContaining({
        clusterId: remoteCluster,
        namespace: "boutique",
        workloadName: "payment",
        resolution: "published",
      }),
    );
    expect(ends).toContainEqual(
      expect.objectContaining({ clusterId: null, name: "isthmus-unknown-0", resolution: "unresolved" }),
    );
    agent.close();
  });

  it("of a session that was taken over is not stored: its lease is worth nothing", async () => {
    const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(stack, gateway.port, "fenced");
    const second = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    const { leaseTerm } = await second.opened();
    const [part] = bucket(recentBucket(), flowsOf(3));
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, part!) });
    expect(["taken-over", "lease-lost"]).toContain(await agent.refusal());
    expect((await storedFlows(stack, clusterId)).rows).toEqual([]);
    second.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, part!) });
    expect(await second.refusal()).toBe("lease-lost");
    expect((await storedFlows(stack, clusterId)).rows).toEqual([]);
    const third = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    const opened = await third.opened();
    expect(opened.leaseTerm).toBe(leaseTerm + 1n);
    third.send({ case: "evidence", value: evidence(1, opened.leaseTerm, part!) });
    await third.next("evidenceAck");
    expect((await storedFlows(stack, clusterId)).rows).toHaveLength(3);
    third.close();
  });

  it("of a former holder is not stored either where its gateway has not heard of the takeover", async () => {
    const deaf = await stack.gateway({ roles: ["sessions"], deaf: true });
    const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(stack, deaf.port, "deaf");
    const second = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    await second.opened();
    const [part] = bucket(recentBucket(), flowsOf(3));
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, part!) });
    expect(["taken-over", "lease-lost"]).toContain(await agent.refusal());
    expect(agent.received("evidenceAck")).toEqual([]);
    expect((await storedFlows(stack, clusterId)).rows).toEqual([]);
    second.close();
    await deaf.stop();
  });

  it("that is being stored by a former holder is stored once, though its successor brings it too", async () => {
    const log: string[] = [];
    const slow = await stack.gateway({
      roles: ["sessions"],
      deaf: true,
      flows: {
        insertFlows: async (...insert) => {
          log.push("insert begins");
          await new Promise((resolve) => setTimeout(resolve, 400));
          await stack.flows.insertFlows(...insert);
          log.push("insert ends");
        },
      },
    });
    const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(stack, slow.port, "slow");
    const [part] = bucket(recentBucket(), flowsOf(3));
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, part!) });
    await eventually("the insert to begin", async () => (log.length === 1 ? true : undefined));
    const second = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    const { leaseTerm } = await second.opened();
    second.send({ case: "evidence", value: evidence(1, leaseTerm, part!) });
    await second.next("evidenceAck");
    expect(log).toEqual(["insert begins", "insert ends"]);
    const { rows, rolledUp } = await storedFlows(stack, clusterId);
    expect([rows.length, rolledUp]).toEqual([3, 3]);
    agent.close();
    second.close();
    await slow.stop();
  });

  it("of a gateway that stands still is stored by another, and what it sends when it goes on is refused", async () => {
    let goOn: () => void = () => undefined;
    const standstill = new Promise<void>((resolve) => (goOn = resolve));
    const refused: unknown[] = [];
    const frozen = await stack.gateway({
      roles: ["sessions"],
      deaf: true,
      flows: {
        insertFlows: async (...insert) => {
          await standstill;
          await stack.flows.insertFlows(...insert).catch((error: unknown) => {
            refused.push(error);
            throw error;
          });
        },
      },
    });
    const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(stack, frozen.port, "frozen");
    const parts = bucket(recentBucket(), flowsOf(7), { maxRows: 4 });
    for (const [index, part] of parts.entries())
      agent.send({ case: "evidence", value: evidence(index + 1, welcome.leaseTerm, part) });
    await eventually("the claim", async () => ((await openInserts()).length > 0 ? true : undefined));
    const second = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    const { leaseTerm } = await second.opened();
    for (const [index, part] of parts.entries())
      second.send({ case: "evidence", value: evidence(index + 1, leaseTerm, part) });
    await eventually(
      "all acknowledgements",
      async () => (second.received("evidenceAck").at(-1)?.sequence === 2n ? true : undefined),
      30_000,
    );
    goOn();
    await eventually("its insert to be refused", async () => (refused.length > 0 ? true : undefined));
    // Too late by ClickHouse's clock, or ended by whoever concluded it.
    expect(["late", "unavailable"]).toContain((refused[0] as FlowStoreError).code);
    const { rows, rolledUp } = await storedFlows(stack, clusterId);
    expect([rows.length, rolledUp]).toEqual([7, 7]);
    expect(await openInserts()).toEqual([]);
    agent.close();
    second.close();
    await frozen.stop();
  });

  it("of another making of a bucket that is half stored adds up to that making", async () => {
    const first = await enrol(stack, gateway.port, "halves");
    const start = recentBucket();
    const rows = flowsOf(9);
    const [half] = bucket(start, rows.slice(0, 6), { maxRows: 3 });
    first.agent.send({ case: "evidence", value: evidence(1, first.welcome.leaseTerm, half!) });
    await first.agent.next("evidenceAck");
    first.agent.close();
    const { credentialId, key, clusterUid, clusterId } = first;
    const second = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    const opened = await second.opened();
    expect(opened.evidenceMarks).toEqual([]);
    const more = rows.map((row) => ({ ...row, bytesIn: row.bytesIn + 100 }));
    const parts = bucket(start, more, { maxRows: 3 });
    for (const [index, part] of parts.entries())
      second.send({ case: "evidence", value: evidence(index + 1, opened.leaseTerm, part) });
    await eventually("all acknowledgements", async () =>
      second.received("evidenceAck").at(-1)?.sequence === BigInt(parts.length) ? true : undefined,
    );
    const sums = await stack.flows.storedFlows({
      organisationId: stack.organisationId,
      clusterId,
      incarnation: "goldmane/0",
      bucket: start,
    });
    expect([...sums.sums.values()].map(({ bytesIn }) => bytesIn)).toEqual(more.map(({ bytesIn }) => bytesIn));
    expect((await storedFlows(stack, clusterId)).rolledUp).toBe(9);
    second.close();
  });

  it("that the source restates is added to what is stored, once, and an older restatement changes nothing", async () => {
    const { agent, clusterId, welcome } = await enrol(stack, gateway.port, "restated");
    const start = recentBucket(30);
    const rows = flowsOf(4);
    const restated = (seconds: number, bytesIn: number) => {
      const changed = [...rows.slice(0, 2).map((row) => ({ ...row, bytesIn })), ...flowsOf(1, { destPort: 9_999 })];
      const [batch] = bucket(start, changed);
      return { ...batch!, restatedAtMs: BigInt(Date.now() + seconds * 1_000) };
    };
    const batches = [...bucket(start, rows), restated(10, 5_000), restated(10, 5_000), restated(5, 4_000)];
    for (const [index, batch] of batches.entries())
      agent.send({ case: "evidence", value: evidence(index + 1, welcome.leaseTerm, batch) });
    await eventually("all acknowledgements", async () =>
      agent.received("evidenceAck").at(-1)?.sequence === BigInt(batches.length) ? true : undefined,
    );
    const { sums, newestCorrection } = await stack.flows.storedFlows({
      organisationId: stack.organisationId,
      clusterId,
      incarnation: "goldmane/0",
      bucket: start,
    });
    const asStreamed = rows[0]?.bytesIn ?? 0;
    const found = [...sums.values()].map(({ bytesIn }) => bytesIn).toSorted((a, b) => a - b);
    expect(found).toEqual([asStreamed, asStreamed, asStreamed, 5_000, 5_000]);
    expect(newestCorrection).toBe(1_000);
    expect((await storedFlows(stack, clusterId)).rolledUp).toBe(5);
    agent.close();
  });

  it("that the source restates after its flows have gone by retention is acknowledged, and changes no rollup", async () => {
    const { agent, clusterId, welcome } = await enrol(stack, gateway.port, "gone");
    const start = recentBucket(34);
    const [first] = bucket(start, flowsOf(4));
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, first!) });
    await agent.next("evidenceAck");
    const { url, user, password, database } = stack.clickhouse.connection;
    const deleted = await fetch(`${url}/?database=${database}`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
      body: `ALTER TABLE flow DELETE WHERE cluster_id = '${clusterId}' SETTINGS mutations_sync = 2`,
    });
    expect(deleted.status).toBe(200);
    const [again] = bucket(start, flowsOf(5));
    const restated = { ...again!, restatedAtMs: BigInt(Date.now()) };
    agent.send({ case: "evidence", value: evidence(2, welcome.leaseTerm, restated) });
    await agent.next("evidenceAck");
    const { rows, rolledUp } = await storedFlows(stack, clusterId);
    expect([rows.length, rolledUp]).toEqual([0, 4]);
    agent.close();
  });

  it("that is past retention is acknowledged and not stored; of a clock that is ahead it is kept and marked", async () => {
    const { agent, clusterId, welcome } = await enrol(stack, gateway.port, "times");
    const old = bucket(recentBucket(8 * 5_760), flowsOf(2));
    const ahead = bucket(recentBucket(-20), flowsOf(3));
    for (const [index, batch] of [...old, ...ahead].entries())
      agent.send({ case: "evidence", value: evidence(index + 1, welcome.leaseTerm, batch) });
    await eventually("all acknowledgements", async () =>
      agent.received("evidenceAck").at(-1)?.sequence === 2n ? true : undefined,
    );
    const stored = (bucketStart: number) =>
      stack.flows.storedFlows({
        organisationId: stack.organisationId,
        clusterId,
        incarnation: "goldmane/0",
        bucket: bucketStart,
      });
    expect((await stored(Number(old[0]?.bucketStart))).sums.size).toBe(0);
    expect((await stored(Number(ahead[0]?.bucketStart))).sums.size).toBe(3);
    agent.close();
  });

  it("that is known to be lost is recorded as a gap, and only it is missing", async () => {
    const { agent, clusterId, welcome } = await enrol(stack, gateway.port, "gaps");
    await sync(agent, []);
    const start = recentBucket(20);
    const [before] = bucket(start, []);
    const [after] = bucket(start + 45, []);
    const gap = create(EvidenceBatchSchema, {
      sequence: 2n,
      leaseTerm: welcome.leaseTerm,
      content: {
        case: "gap",
        value: {
          $typeName: "isthmus.link.v1.GapRecord",
          incarnation: "goldmane/0",
          from: BigInt(start + 15),
          to: BigInt(start + 45),
          reason: "spool-lost",
        },
      },
    });
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, before!) });
    agent.send({ case: "evidence", value: gap });
    agent.send({ case: "evidence", value: evidence(3, welcome.leaseTerm, after!) });
    await eventually("all acknowledgements", async () =>
      agent.received("evidenceAck").at(-1)?.sequence === 3n ? true : undefined,
    );
    const [found] = await stack.flows.completeness(
      { organisationId: stack.organisationId, places: new Map([[clusterId, "all"]]) },
      {
        range: { fromMs: start * 1000, toMs: (start + 60) * 1000 },
        clusters: [{ clusterId, joinedAtMs: start * 1000 }],
        nowMs: Date.now(),
        settleMs: 0,
        answeredFrom: ["flows"],
      },
    );
    expect(found).toMatchObject({
      expected: 4,
      durable: 2,
      gaps: [{ fromMs: (start + 15) * 1000, toMs: (start + 45) * 1000, reason: "spool-lost" }],
    });
    agent.close();
  });

  it("waits for ClickHouse to come back, and the session stays", async () => {
    const { agent, clusterId, welcome } = await enrol(stack, gateway.port, "outage");
    await stack.clickhouse.kill();
    const [part] = bucket(recentBucket(), flowsOf(4));
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, part!) });
    await eventually("the gateway to say so", async () =>
      (await fetch(`http://127.0.0.1:${gateway.port}/readyz`)).status === 503 ? true : undefined,
    );
    expect(agent.received("evidenceAck")).toEqual([]);
    await stack.clickhouse.restart();
    await agent.next("evidenceAck", 20_000);
    expect((await storedFlows(stack, clusterId)).rows).toHaveLength(4);
    agent.close();
  });
});

describe("a gateway that is killed with -9 between receipt and acknowledgement", () => {
  it.each([{ dieAt: "before-insert" as const }, { dieAt: "after-insert" as const }])(
    "$dieAt: loses nothing and doubles nothing, and the cluster's status is right throughout",
    async ({ dieAt }) => {
      const dying = await startChild(stack, child.script, { dieAt });
      const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(
        stack,
        dying.port,
        `killed-${dieAt}`,
      );
      await sync(agent, []);
      const spool = [recentBucket(6), recentBucket(5)].flatMap((start) => bucket(start, flowsOf(20), { maxRows: 8 }));
      agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, spool[0]!) });
      expect(await dying.ended).toBe("SIGKILL");
      expect(await agent.closed()).toEqual({ kind: "socket-closed" });
      expect(agent.received("evidenceAck")).toEqual([]);
      const session = () =>
        stack.organisation.transaction((tx) => findCluster(tx, clusterId)).then((cluster) => cluster?.session);
      const heardAt = (await session())?.lastHeardAt;
      const again = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
      const { leaseTerm } = await again.opened();
      expect(leaseTerm).toBe(welcome.leaseTerm + 1n);
      for (const [index, part] of spool.entries())
        again.send({ case: "evidence", value: evidence(index + 1, leaseTerm, part) });
      // The insert that the dead gateway had begun has to be concluded first.
      await eventually(
        "all acknowledgements",
        async () => (again.received("evidenceAck").at(-1)?.sequence === BigInt(spool.length) ? true : undefined),
        30_000,
      );
      const { rows, rolledUp } = await storedFlows(stack, clusterId);
      expect(rows).toHaveLength(40);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(40);
      expect(rolledUp).toBe(40);
      expect((await session())?.lastHeardAt.getTime()).toBeGreaterThanOrEqual(heardAt?.getTime() ?? 0);
      again.close();
    },
  );

  it("leaves a session that another gateway calls unknown since it was last heard", async () => {
    const dying = await startChild(stack, child.script, { dieAt: "never" });
    const { clusterId } = await enrol(stack, dying.port, `orphan-${randomUUID()}`);
    const session = () =>
      stack.organisation.transaction((tx) => findCluster(tx, clusterId)).then((cluster) => cluster?.session);
    await dying.kill();
    const heard = (await session())?.lastHeardAt;
    expect(await session()).toMatchObject({ disconnectedAt: null });
    const swept = await eventually(
      "the sweep",
      async () => {
        const now = await session();
        return now?.disconnectedAt ? now : undefined;
      },
      45_000,
    );
    expect(swept).toMatchObject({ disconnectedAt: heard, disconnectReason: "no longer heard" });
  });
});
