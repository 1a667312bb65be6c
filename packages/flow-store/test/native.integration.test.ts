import { randomUUID } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createClient, type ClickHouseClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectClickHouse, type ClickHouse, type NativeInsert } from "../src/clickhouse-client";
import { migrateFlowStore, type FlowRow } from "../src/index";
import { encodeFlowBlock, flowBlockColumns } from "../src/ingest/native/flow-block";
import type { FlowBlockEntry } from "../src/ingest/flow-table";
import { flowTableOf, startTestFlowStore, type TestFlowStore } from "../src/testing";
import { bucket, flow, hit, organisation, t0, workload } from "./fixtures";
import { generatedRow } from "./generated-rows";
import { flowColumns, flowValues } from "./json-rows";

let server: TestFlowStore;
let store: ClickHouse;
let client: ClickHouseClient;

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = connectClickHouse(server.connection);
  const { url, user, password, database } = server.connection;
  client = createClient({ url, username: user, password, database, log: { level: 127 } });
});
afterAll(async () => {
  await client?.close();
  await store?.close();
  await server?.stop();
});

async function rows<T>(query: string, parameters: Record<string, unknown> = {}): Promise<T[]> {
  return await (await client.query({ query, query_params: parameters, format: "JSONEachRow" })).json<T>();
}

function entryOf(flows: readonly FlowRow[], changes: Partial<FlowBlockEntry> = {}): FlowBlockEntry {
  return {
    ...bucket(randomUUID(), randomUUID()),
    receivedAtMs: 1_764_000_000_123,
    asOfMs: 0,
    table: flowTableOf(flows),
    ...changes,
  };
}

function insertOf(entries: readonly FlowBlockEntry[], changes: Partial<NativeInsert> = {}): NativeInsert {
  return {
    table: "flow",
    columns: flowBlockColumns,
    body: [encodeFlowBlock(entries)],
    token: randomUUID(),
    insertId: randomUUID(),
    deadlineMs: Date.now() + 60_000,
    ...changes,
  };
}

const many = (clusterId: string, count: number) =>
  Array.from({ length: count }, (_, row) =>
    flow(workload(clusterId, `w${row % 60}`), workload(null, `v${row % 50}`), { keyHash: BigInt(row) }),
  );

const counted = async (organisationId: string) =>
  (
    await rows(
      `SELECT (SELECT count() FROM flow WHERE organisation_id = {o:UUID})::UInt32 AS flow,
        (SELECT sum(flows) FROM edge_minute WHERE organisation_id = {o:UUID})::UInt32 AS minute,
        (SELECT sum(flows) FROM edge_hour WHERE organisation_id = {o:UUID})::UInt32 AS hour,
        (SELECT sum(flows) FROM policy_minute WHERE organisation_id = {o:UUID} AND NOT is_pending)::UInt32 AS hits`,
      { o: organisationId },
    )
  )[0];

describe("a block of flows", () => {
  it("stores what the same rows store as JSON", async () => {
    await client.command({ query: "CREATE TABLE as_json AS flow ENGINE = MergeTree ORDER BY key_hash" });
    await client.command({ query: "CREATE TABLE as_block AS flow ENGINE = MergeTree ORDER BY key_hash" });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(generatedRow, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        async (batches) => {
          const entries = batches.map((flows, index) =>
            entryOf(flows, { correction: index, incarnation: `g/${index}` }),
          );
          const values = batches.flatMap((flows, index) => {
            const { table: _, receivedAtMs, ...identity } = entries[index]!;
            return flows.map((row) => flowValues({ identity, rows: flows, receivedAtMs }, row));
          });
          await client.insert({ table: "as_json", columns: [...flowColumns], values, format: "JSONCompactEachRow" });
          await store.insertNative(insertOf(entries, { table: "as_block" }));
          const read = (table: string) =>
            rows(
              `SELECT * EXCEPT stored_at FROM ${table} ORDER BY ALL SETTINGS output_format_json_quote_64bit_integers = 1`,
            );
          expect(await read("as_block")).toEqual(await read("as_json"));
          expect(await rows("SELECT count()::UInt32 AS n FROM as_block")).toEqual([{ n: values.length }]);
          await client.command({ query: "TRUNCATE TABLE as_json" });
          await client.command({ query: "TRUNCATE TABLE as_block" });
        },
      ),
      { numRuns: 25 },
    );
  });

  it("takes back what a correction counts too much, and says which rows are the first", async () => {
    await client.command({
      query: `CREATE TABLE signed (key_hash UInt64, is_first Bool, bytes_in Int64, bytes_out Int64)
        ENGINE = MergeTree ORDER BY key_hash`,
    });
    const flows = [-1, -(2 ** 32), -(2 ** 52) - 1, 2 ** 53 - 1].map((bytesIn, at) => ({
      ...many(randomUUID(), 1)[0]!,
      keyHash: 2n ** 64n - 4n + BigInt(at),
      bytesIn,
      bytesOut: -bytesIn,
    }));
    const entry = entryOf(flows, { isFirst: Uint8Array.of(1, 0, 1, 0) });
    const kept = ["key_hash", "is_first", "bytes_in", "bytes_out"];
    const body = [encodeFlowBlock([entry])];
    // The block says the names of its columns, and the statement which of them are wanted.
    const columns = flowBlockColumns.filter(({ name }) => kept.includes(name));
    await store.insertNative(insertOf([], { table: "signed", columns, body }));
    expect(
      await rows(
        "SELECT toString(key_hash) AS key, is_first, toString(bytes_in) AS bytes FROM signed ORDER BY key_hash",
      ),
    ).toEqual(
      flows.map(({ keyHash, bytesIn }, at) => ({
        key: `${keyHash}`,
        is_first: at % 2 === 0,
        bytes: `${bytesIn}`,
      })),
    );
    expect(await rows("SELECT count()::UInt8 AS n FROM signed WHERE bytes_in + bytes_out = 0")).toEqual([{ n: 4 }]);
  });

  it("becomes one part in each partition of each table, also where it comes in pieces", async () => {
    const { organisationId, west } = organisation();
    await client.command({ query: "SYSTEM STOP MERGES" });
    const parts = async () =>
      await rows<{ table: string; parts: number }>(
        `SELECT table, count()::UInt32 AS parts FROM system.parts WHERE active AND database = currentDatabase()
         AND table IN ('flow', 'edge_minute', 'edge_hour', 'policy_minute') GROUP BY table ORDER BY table`,
      );
    const entry = entryOf(many(west, 25_000), { organisationId, clusterId: west });
    const pieces = [entry, { ...entry, part: 1 }].map((piece) => encodeFlowBlock([piece]));
    const before = await parts();
    await store.insertNative(insertOf([], { body: pieces }));
    const one = ["edge_hour", "edge_minute", "flow", "policy_minute"].map((table) => ({
      table,
      parts: 1 + (before.find((each) => each.table === table)?.parts ?? 0),
    }));
    expect(await parts()).toEqual(one);
    expect(await counted(organisationId)).toEqual({ flow: 50_000, minute: 50_000, hour: 50_000, hits: 50_000 });
    await client.command({ query: "SYSTEM START MERGES" });
  });

  it("is stored once for each token, in a view that missed it too", async () => {
    const { organisationId, west } = organisation();
    const insert = insertOf([entryOf(many(west, 500), { organisationId, clusterId: west })]);
    await client.command({ query: "DETACH TABLE edge_hour_view" });
    await store.insertNative(insert);
    await client.command({ query: "ATTACH TABLE edge_hour_view" });
    expect(await counted(organisationId)).toEqual({ flow: 500, minute: 500, hour: 0, hits: 500 });
    for (let again = 0; again < 3; again += 1) await store.insertNative({ ...insert, insertId: randomUUID() });
    expect(await counted(organisationId)).toEqual({ flow: 500, minute: 500, hour: 500, hits: 500 });
    await store.insertNative({ ...insert, insertId: randomUUID(), token: randomUUID() });
    expect(await counted(organisationId)).toEqual({ flow: 1_000, minute: 1_000, hour: 1_000, hits: 1_000 });
  });

  it("is not stored after its deadline", async () => {
    const { organisationId, west } = organisation();
    const entry = entryOf(many(west, 10), { organisationId, clusterId: west });
    const late = store.insertNative(insertOf([entry], { deadlineMs: Date.now() - 1 }));
    await expect(late).rejects.toMatchObject({ code: "late", retryable: false });
    expect(await counted(organisationId)).toEqual({ flow: 0, minute: 0, hour: 0, hits: 0 });
  });

  it("that is cut off is an error, and stores nothing", async () => {
    const { organisationId, west } = organisation();
    const whole = encodeFlowBlock([entryOf(many(west, 10), { organisationId, clusterId: west })]);
    const cut = store.insertNative(insertOf([], { body: [whole.subarray(0, whole.length - 7)] }));
    await expect(cut).rejects.toMatchObject({ code: "unavailable" });
    expect(await counted(organisationId)).toEqual({ flow: 0, minute: 0, hour: 0, hits: 0 });
  });

  it("names what it cannot hold", () => {
    const [row] = many(randomUUID(), 1);
    expect(() => encodeFlowBlock([entryOf([row!], { organisationId: "mine" })])).toThrow('"mine" is not a UUID');
    const odd = { ...row!, enforcedTrace: [hit("p", "allow")], action: "maybe" as "allow" };
    expect(() => encodeFlowBlock([entryOf([odd])])).toThrow('"maybe" is no value of action');
  });
});

describe("ending an insert", () => {
  it("resolves only when nothing of it runs, whenever it comes", async () => {
    const { organisationId, west } = organisation();
    const flows = many(west, 40_000);
    for (const waitMs of [0, 15, 60, 150]) {
      const insert = insertOf([entryOf(flows, { organisationId, clusterId: west, bucketStart: t0 + 15 * waitMs })]);
      let settled = "";
      const inserted = store.insertNative(insert).then(
        () => (settled = "stored"),
        () => (settled = "ended"),
      );
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      await store.endInsert(insert.insertId);
      const atEnd = await counted(organisationId);
      await inserted;
      expect(["stored", "ended"]).toContain(settled);
      expect(await counted(organisationId)).toEqual(atEnd);
      await expect(store.insertNative(insert)).rejects.toMatchObject({ code: "unavailable", retryable: true });
    }
  });

  it("stops one that runs, which a later attempt completes by its token", async () => {
    const { organisationId, west } = organisation();
    const insert = insertOf([entryOf(many(west, 60_000), { organisationId, clusterId: west })]);
    const inserted = store.insertNative(insert).then(
      () => "stored",
      () => "ended",
    );
    await expect.poll(() => readdirSync(blockFolder()).length, { interval: 1 }).toBe(1);
    await store.endInsert(insert.insertId);
    expect(readdirSync(blockFolder())).toEqual([]);
    expect(await inserted).toBe("ended");
    await store.insertNative({ ...insert, insertId: randomUUID() });
    expect(await counted(organisationId)).toEqual({ flow: 60_000, minute: 60_000, hour: 60_000, hits: 60_000 });
  });

  it("ends one that waits for another", async () => {
    const { organisationId, west } = organisation();
    const slow = insertOf([entryOf(many(west, 60_000), { organisationId, clusterId: west })]);
    const waiting = insertOf([entryOf(many(west, 10), { organisationId, clusterId: west, part: 1 })]);
    const first = store.insertNative(slow);
    await expect.poll(() => readdirSync(blockFolder()).length, { interval: 1 }).toBe(1);
    const second = store.insertNative(waiting).then(
      () => "stored",
      () => "ended",
    );
    await expect.poll(() => store.endInsert(waiting.insertId).then(() => "answered")).toBe("answered");
    expect(await second).toBe("ended");
    await first;
    expect(await counted(organisationId)).toMatchObject({ flow: 60_000 });
  });

  it("of nothing answers at once", async () => {
    await store.endInsert("nobody-knows-it");
  });
});

describe("the folder of blocks", () => {
  it("holds nothing when nothing is inserted", () => {
    expect(readdirSync(blockFolder())).toEqual([]);
  });

  it("is emptied at the start of what a killed process left", async () => {
    writeFileSync(join(blockFolder(), "left.native"), "x");
    await server.kill();
    await server.restart();
    expect(readdirSync(blockFolder())).toEqual([]);
  });
});

const blockFolder = () => join(server.dataDir, "incoming");
