import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowStore, migrateFlowStore, type FlowStore, type Scope } from "../src/index";
import { connectClickHouse, type ClickHouse } from "../src/clickhouse-client";
import { ask, questionLimits } from "../src/queries/scoped-query";
import { startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { bucket, flow, organisation, t0, workload } from "./fixtures";

let server: TestFlowStore;
let store: FlowStore;
let clickhouse: ClickHouse;
const { organisationId, west } = organisation();
const scope: Scope = { organisationId, places: "all" };
const range = { fromMs: t0 * 1_000, toMs: (t0 + 60) * 1_000 };
// Minutes of work, in pieces after each of which the engine looks whether it is to stop.
const endless = "sum(sipHash64(arrayJoin(range(if(dest_port > 0, 100000000, 1)))))";

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
  clickhouse = connectClickHouse(server.connection);
  const rows = Array.from({ length: 200 }, () => flow(workload(west, "a"), workload(west, "b")));
  await storeFlows(store, { identity: bucket(organisationId, west), rows, receivedAtMs: 0 });
});
afterAll(async () => {
  await clickhouse?.close();
  await store?.close();
  await server?.stop();
});

async function running(text: string): Promise<number> {
  const [row] = await clickhouse.select<{ readonly found: number }>(
    "SELECT toUInt32(count()) AS found FROM system.processes WHERE query LIKE {like:String} AND query NOT LIKE '%system.processes%'",
    { like: `%${text}%` },
  );
  return row?.found ?? -1;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await holds()) return;
    await delay(50);
  }
  throw new Error("it did not come true within 15 s");
}

describe("a question whose asker leaves", () => {
  it("ends as cancelled, and its query is gone from the engine", async () => {
    const leaving = new AbortController();
    const question = { table: "flow", select: `${endless} AS cancelled_work`, where: [] } as const;
    const answer = ask(clickhouse, { ...scope, signal: leaving.signal }, question).then(
      () => "answered",
      (error: unknown) => error,
    );
    await until(async () => (await running("cancelled_work")) > 0);
    leaving.abort();
    expect(await answer).toMatchObject({ code: "cancelled", retryable: false });
    await until(async () => (await running("cancelled_work")) === 0);
  });

  const asked: Readonly<Record<string, (of: Scope) => Promise<unknown>>> = {
    flowPage: (of) => store.flowPage(of, { range, limit: 1 }),
    tailFlows: (of) => store.tailFlows(of, { limit: 1, nowMs: 0 }),
    flowFacets: (of) => store.flowFacets(of, { range }),
    flowHistogram: (of) => store.flowHistogram(of, { range, stepSeconds: 60 }),
    graphEdges: (of) => store.graphEdges(of, range),
    changedEdges: (of) => store.changedEdges(of, 0),
    policyHits: (of) => store.policyHits(of, range),
    "policyHits in a namespace": (of) =>
      store.policyHits({ ...of, places: new Map([[west, new Set(["boutique"])]]) }, range),
    completeness: (of) =>
      store.completeness(of, { range, clusters: [], nowMs: 0, settleMs: 0, answeredFrom: ["flows"] }),
    edgeGroups: (of) => store.edgeGroups(of, { range, by: {}, measure: "bytes", limit: 1 }),
    topTalkers: (of) => store.topTalkers(of, { range, side: "dest", by: "port", measure: "bytes", limit: 1 }),
    fieldValues: (of) => store.fieldValues(of, { range, field: "port", limit: 1 }),
    dnsLogs: (of) => store.dnsLogs(of, { range, limit: 1 }),
    l7Logs: (of) => store.l7Logs(of, { range, limit: 1 }),
    auditLogs: (of) => store.auditLogs(of, { range, limit: 1 }),
    storageUsage: ({ signal }) => store.storageUsage({ organisationId, days: 1, nowMs: 0, signal }),
  };
  it.each(Object.keys(asked))("%s is not asked once they have left", async (name) => {
    await expect(asked[name]!({ ...scope, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("a question that takes more than it may", () => {
  it.each([
    { name: "rows", settings: { max_rows_to_read: "100" }, sql: "SELECT count() FROM flow WHERE dest_port > 1" },
    { name: "bytes", settings: { max_bytes_to_read: "100" }, sql: "SELECT count() FROM flow WHERE dest_port > 1" },
    {
      name: "memory",
      settings: { max_memory_usage: "20000000" },
      sql: "SELECT length(groupArray(number)) AS n FROM numbers(20000000)",
    },
    {
      name: "time",
      settings: { max_execution_time: "1" },
      sql: "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1",
    },
  ])("ends with a code that says so: $name", async ({ settings, sql }) => {
    await expect(clickhouse.select(sql, {}, { settings })).rejects.toMatchObject({
      name: "FlowStoreError",
      code: "too-much",
      retryable: false,
    });
  });

  it("has limits of all four, which every question brings", async () => {
    const names = Object.keys(questionLimits);
    expect(names).toEqual(
      expect.arrayContaining(["max_execution_time", "max_memory_usage", "max_rows_to_read", "max_bytes_to_read"]),
    );
    const seen: unknown[] = [];
    const watching: ClickHouse = {
      ...clickhouse,
      select: (sql, parameters, options) => {
        seen.push(options?.settings);
        return clickhouse.select(sql, parameters, options);
      },
    };
    await ask(watching, scope, { table: "flow", select: "count() AS n", where: [] });
    expect(seen).toEqual([questionLimits]);
  });
});
