import { randomUUID } from "node:crypto";
import { createClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowStore, FlowStoreError, migrateFlowStore, type FlowBlockEntry, type FlowStore } from "../src/index";
import { flowTableOf, startTestFlowStore, type TestFlowStore } from "../src/testing";
import { flow, organisation, t0, workload } from "./fixtures";

let server: TestFlowStore;
let store: FlowStore;

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const rowsPerBatch = 2_000;

function entryOf(organisationId: string, clusterId: string, index: number): FlowBlockEntry {
  const rows = Array.from({ length: rowsPerBatch }, (_, row) =>
    flow(workload(clusterId, `w${row % 20}`), workload(clusterId, `v${row % 7}`), { keyHash: BigInt(row) }),
  );
  return {
    organisationId,
    clusterId,
    incarnation: "goldmane-1/0",
    bucketStart: t0 + 15 * index,
    part: 0,
    parts: 1,
    correction: 0,
    receivedAtMs: Date.now(),
    asOfMs: 0,
    table: flowTableOf(rows),
  };
}

const fence = () => ({ id: randomUUID(), deadlineMs: Date.now() + 600_000 });
const held = (organisationId: string, entries: readonly FlowBlockEntry[]) => ({
  organisationId,
  batches: entries.map(({ clusterId, incarnation, bucketStart: bucket, correction, part }) => ({
    clusterId,
    incarnation,
    bucket,
    correction,
    part,
  })),
});

/** Sends a block under one id until it is acknowledged, as a gateway does. */
async function deliver(entries: readonly FlowBlockEntry[], insert = fence()): Promise<number> {
  for (let attempt = 1; attempt <= 200; attempt++) {
    try {
      await store.insertFlows(entries, insert);
      return attempt;
    } catch (error) {
      if (!(error instanceof FlowStoreError) || !error.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error("never acknowledged");
}

describe("a block of flows", () => {
  it("is stored once, in every rollup too, while the engine is killed again and again", async () => {
    const { organisationId, west, east } = organisation();
    const blocks = Array.from({ length: 20 }, (_, index) => [
      entryOf(organisationId, west, index),
      entryOf(organisationId, east, index),
    ]);
    let done = false;
    let kills = 0;
    // Each kill comes when a block is on its way: at a different moment of its insert every time.
    const killing = (async () => {
      while (!done && kills < 6) {
        await new Promise((resolve) => setTimeout(resolve, 60 + 37 * kills));
        if (done) break;
        await server.kill();
        kills += 1;
        await server.restart();
      }
    })();
    let retries = 0;
    const fences = blocks.map(fence);
    for (const [index, block] of blocks.entries()) retries += (await deliver(block, fences[index])) - 1;
    done = true;
    await killing;
    // and some once more, as a gateway that had no answer would send them
    for (let index = 0; index < blocks.length; index += 7) await deliver(blocks[index]!, fences[index]);
    expect(kills).toBeGreaterThan(2);
    expect(retries).toBeGreaterThan(0);
    await expectExactly(organisationId, blocks.length * 2 * rowsPerBatch);
  });

  it("is one part of the table, also when it is inserted again from several", async () => {
    const { organisationId, west } = organisation();
    const entries = Array.from({ length: 12 }, (_, index) => entryOf(organisationId, west, index));
    await admin("SYSTEM STOP MERGES flow");
    const before = await partsOfFlow();
    const insert = fence();
    await deliver(entries, insert);
    expect((await partsOfFlow()) - before).toBe(1);
    await store.completeFlows(held(organisationId, entries), insert);
    expect((await partsOfFlow()) - before).toBe(1);
    await admin("SYSTEM START MERGES flow");
    await expectExactly(organisationId, entries.length * rowsPerBatch);
  });

  it("is counted once where it is completed in another order than it came in", async () => {
    const { organisationId, west, east } = organisation();
    const entries = [
      entryOf(organisationId, east, 3),
      entryOf(organisationId, west, 1),
      entryOf(organisationId, east, 0),
    ];
    const mixed = entries.map((entry) => ({
      ...entry,
      table: { ...entry.table, keyHash: entry.table.keyHash.toReversed() },
    }));
    const insert = fence();
    await deliver(mixed, insert);
    await store.completeFlows(held(organisationId, entries), insert);
    await expectExactly(organisationId, entries.length * rowsPerBatch);
  });

  it("is counted once where a gateway, or the engine, starts between its insert and its completion", async () => {
    const { organisationId, west } = organisation();
    const [entries, insert] = [[entryOf(organisationId, west, 0)], fence()];
    await deliver(entries, insert);
    await migrateFlowStore(server.connection, { deployment: "embedded" });
    await store.completeFlows(held(organisationId, entries), insert);
    await expectExactly(organisationId, rowsPerBatch);
    await server.kill();
    await server.restart();
    await store.completeFlows(held(organisationId, entries), insert);
    await expectExactly(organisationId, rowsPerBatch);
  });

  it("is made up for in a rollup that missed it", async () => {
    const { organisationId, west } = organisation();
    const [entries, insert] = [[entryOf(organisationId, west, 0)], fence()];
    await admin("DETACH TABLE edge_minute_view");
    await deliver(entries, insert);
    await admin("ATTACH TABLE edge_minute_view");
    await store.completeFlows(held(organisationId, entries), insert);
    await expectExactly(organisationId, rowsPerBatch);
  });

  it("is refused after its deadline, by ClickHouse's clock, and leaves nothing", async () => {
    const { organisationId, west } = organisation();
    const entries = [entryOf(organisationId, west, 0)];
    const late = { id: randomUUID(), deadlineMs: (await store.now()) - 1 };
    await expect(store.insertFlows(entries, late)).rejects.toMatchObject({ code: "late", retryable: false });
    await store.endInsert(late.id);
    expect(await store.countFlows(held(organisationId, entries))).toBe(0);
    await expectExactly(organisationId, 0);
  });

  it("counts by what its batches say they are", async () => {
    const { organisationId, west, east } = organisation();
    const entries = [entryOf(organisationId, west, 0), { ...entryOf(organisationId, west, 0), part: 1, parts: 2 }];
    await deliver(entries);
    await deliver([{ ...entryOf(organisationId, west, 0), correction: 1_000 }]);
    await deliver([entryOf(organisationId, east, 0)]);
    expect(await store.countFlows(held(organisationId, entries.slice(0, 1)))).toBe(rowsPerBatch);
    expect(await store.countFlows(held(organisationId, entries))).toBe(2 * rowsPerBatch);
    expect(await store.countFlows(held(organisationId, [entryOf(organisationId, west, 1)]))).toBe(0);
  });

  it("of corrections adds to counts, and not to the number of flows", async () => {
    const { organisationId, west } = organisation();
    const first = entryOf(organisationId, west, 0);
    const isFirst = new Uint8Array(rowsPerBatch);
    const taken = { ...first.table.counts, connectionsStarted: new Float64Array(rowsPerBatch).fill(-1) };
    await deliver([first]);
    await deliver([{ ...first, correction: 1_000, asOfMs: 1_000, isFirst, table: { ...first.table, counts: taken } }]);
    const client = createClient(clientOptions());
    const result = await client.query({
      query:
        "SELECT sum(flows) AS flows, sum(allowed_connections) AS connections FROM edge_hour WHERE organisation_id = {o:UUID}",
      query_params: { o: organisationId },
      format: "JSONEachRow",
    });
    const [sums] = await result.json<{ flows: string; connections: string }>();
    await client.close();
    expect([Number(sums?.flows), Number(sums?.connections)]).toEqual([rowsPerBatch, 2 * rowsPerBatch]);
    const stored = await store.storedFlows({
      organisationId,
      clusterId: west,
      incarnation: "goldmane-1/0",
      bucket: t0,
    });
    expect(stored.newestCorrection).toBe(1_000);
    expect(stored.sums.get(7n)).toMatchObject({ connectionsStarted: 2, bytesIn: 2_000 });
  });
});

async function admin(query: string): Promise<void> {
  const client = createClient(clientOptions());
  await client.command({ query });
  await client.close();
}

async function partsOfFlow(): Promise<number> {
  const client = createClient(clientOptions());
  const result = await client.query({
    query: "SELECT count() AS n FROM system.parts WHERE active AND database = currentDatabase() AND table = 'flow'",
    format: "JSONEachRow",
  });
  const [row] = await result.json<{ n: number }>();
  await client.close();
  return Number(row?.n);
}

function clientOptions() {
  const { url, user, password, database } = server.connection;
  return { url, username: user, password, database };
}

/** Counts in the table itself, and through each rollup. */
async function expectExactly(organisationId: string, rows: number): Promise<void> {
  const client = createClient(clientOptions());
  const count = async (query: string) => {
    const result = await client.query({ query, query_params: { o: organisationId }, format: "JSONEachRow" });
    return Number((await result.json<{ n: number }>())[0]?.n);
  };
  try {
    expect({
      flow: await count("SELECT count() AS n FROM flow WHERE organisation_id = {o:UUID}"),
      minute: await count("SELECT sum(flows) AS n FROM edge_minute WHERE organisation_id = {o:UUID}"),
      hour: await count("SELECT sum(flows) AS n FROM edge_hour WHERE organisation_id = {o:UUID}"),
      day: await count("SELECT sum(flows) AS n FROM edge_day WHERE organisation_id = {o:UUID}"),
      connections: await count("SELECT sum(allowed_connections) AS n FROM edge_hour WHERE organisation_id = {o:UUID}"),
      hits: await count(
        "SELECT sum(flows) AS n FROM policy_minute WHERE organisation_id = {o:UUID} AND NOT is_pending",
      ),
    }).toEqual({ flow: rows, minute: rows, hour: rows, day: rows, connections: rows * 3, hits: rows });
  } finally {
    await client.close();
  }
}
