import { createClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  migrateFlowStore,
  createFlowStore,
  type EdgeGroup,
  type FlowStore,
  type GraphEdge,
  type Scope,
} from "../src/index";
import { connectClickHouse, type ClickHouse } from "../src/clickhouse-client";
import { edgeGroups } from "../src/queries/edge-groups";
import { edgeTimeseries, graphEdges, type EdgesClickHouse } from "../src/queries/edges";
import { createDaysFrom } from "../src/schema/day-rollup";
import { schemaStatements } from "../src/schema/migrate";
import { startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { asking, bucket, flow, hit, organisation, t0, workload } from "./fixtures";

const hour = 3_600;
const day = 86_400;
let server: TestFlowStore;
let store: FlowStore;
let clickhouse: ClickHouse;
/** Far from midnight, whenever this runs: what lies about it is of one day. */
const noon = Math.floor(t0 / day) * day + day / 2;
const { organisationId, west, east } = organisation();
const scope: Scope = { organisationId, places: "all" };
const rangeOf = (days: number) => ({ fromMs: (noon - (days - 1) * day) * 1_000, toMs: (noon + day) * 1_000 });

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
  clickhouse = connectClickHouse(server.connection);
  const allowed = flow(workload(west, "checkout"), workload(east, "payment"));
  const denied = flow(workload(west, "cart", { namespace: "shop" }), workload(east, "payment"), {
    action: "deny",
    enforcedTrace: [hit("security.pci", "deny")],
    connectionsStarted: 0,
    destPort: 443,
    service: { namespace: "", name: "", portName: "", port: 0 },
  });
  const seenThere = { ...allowed, reporter: "destination" } as const;
  for (let back = 0; back < 20; back += 1) {
    for (const [part, shift] of [0, 15, 70, hour].entries()) {
      const identity = bucket(organisationId, west, { bucketStart: noon - back * day + shift, part });
      await storeFlows(store, { identity, rows: [allowed, denied, seenThere], receivedAtMs: 0 });
    }
  }
});
afterAll(async () => {
  await clickhouse?.close();
  await store?.close();
  await server?.stop();
});

/** Which tables are asked, beside a store's answers. */
function watched(from: ClickHouse): { readonly asked: EdgesClickHouse; readonly tables: string[] } {
  const tables: string[] = [];
  const asked: EdgesClickHouse = {
    ...from,
    daysFrom: createDaysFrom(from),
    select: (sql, parameters, options) => {
      tables.push(/\nFROM (\w+)/.exec(sql)?.[1] ?? "");
      return from.select(sql, parameters, options);
    },
  };
  return { asked, tables };
}

const counted = (edges: readonly GraphEdge[]) =>
  edges
    .map((edge) => ({ ...edge, policies: edge.policies.map((each) => JSON.stringify(each)).toSorted() }))
    .toSorted((a, b) => a.port - b.port);

describe("the rollup", () => {
  it.each([
    { hours: 1, table: "edge_minute" },
    { hours: 6, table: "edge_minute" },
    { hours: 7, table: "edge_hour" },
    { hours: 14 * 24, table: "edge_hour" },
    { hours: 14 * 24 + 1, table: "edge_day" },
  ])("of a range of $hours hours is $table", async ({ hours, table }) => {
    const { asked, tables } = watched(clickhouse);
    const range = { fromMs: (noon + hour - hours * hour) * 1_000, toMs: (noon + hour) * 1_000 };
    await graphEdges(asked, scope, range);
    await edgeGroups(asked, scope, { range, by: { port: true }, measure: "bytes", limit: 9 });
    expect(tables).toEqual([table, table]);
  });

  it.each([
    { stepSeconds: 60, table: "edge_minute" },
    { stepSeconds: 3_600, table: "edge_hour" },
    { stepSeconds: 90_000, table: "edge_hour" },
    { stepSeconds: 86_400, table: "edge_day" },
    { stepSeconds: 604_800, table: "edge_day" },
  ])("of steps of $stepSeconds s is $table", async ({ stepSeconds, table }) => {
    const { asked, tables } = watched(clickhouse);
    const [edge] = await store.graphEdges(scope, rangeOf(1));
    await edgeTimeseries(asked, scope, { range: rangeOf(1), edge: edge!, stepSeconds });
    expect(tables).toEqual([table]);
  });

  it("of days counts what that of hours counts, and what the flows say", async () => {
    const range = rangeOf(20);
    const days = await store.graphEdges(scope, range);
    const hours = await graphEdges({ ...clickhouse, daysFrom: () => Promise.resolve(Infinity) }, scope, range);
    expect(days).toHaveLength(2);
    expect(counted(days)).toEqual(counted(hours));
    expect(counted(days)[1]).toMatchObject({
      bySource: { flows: 80, allowedConnections: 240, packets: 2_400, bytesToDest: 160_000 },
      byDestination: { flows: 80, bytesToDest: 80_000, bytesToSource: 160_000 },
    });
  });
});

describe("edges at any grouping", () => {
  it("are counted by either end, port, protocol and service, most first", async () => {
    const range = rangeOf(1);
    const ask = async (by: Parameters<FlowStore["edgeGroups"]>[1]["by"]) =>
      (await store.edgeGroups(scope, { range, by, measure: "flows", limit: 9 })).groups;
    expect(await ask({})).toMatchObject([{ source: null, dest: null, bySource: { flows: 8, denied: 4 } }]);
    expect(await ask({ source: "cluster", dest: "cluster" })).toMatchObject([
      { source: { clusterId: west, namespace: "" }, dest: { clusterId: east }, byDestination: { flows: 4, denied: 0 } },
    ]);
    const texts = (groups: readonly EdgeGroup[], of: (group: EdgeGroup) => string) =>
      groups.map(of).toSorted((a, b) => a.localeCompare(b));
    const byPort = await ask({ source: "namespace", port: true });
    expect(texts(byPort, ({ source, port }) => `${source?.namespace} ${port}`)).toEqual(["boutique 50051", "shop 443"]);
    const byService = await ask({ service: true, protocol: true });
    expect(texts(byService, ({ service, protocol }) => `${service} ${protocol}`)).toEqual([
      " tcp",
      "boutique/payment tcp",
    ]);
  });

  it("are alike from the rollups and from the flows", async () => {
    const [clickhouseOf, request] = [
      { ...clickhouse, daysFrom: () => Promise.resolve(0) },
      { range: rangeOf(1), limit: 9 },
    ];
    for (const measure of ["bytes", "packets", "connections", "flows", "denied"] as const) {
      const ask = async (service: boolean) => {
        const by = { source: "workload", dest: "workload", ...(service ? { service: true as const } : {}) } as const;
        const { groups } = await edgeGroups(clickhouseOf, scope, { ...request, by, measure });
        return groups.map((group) => ({ ...group, service: null }));
      };
      expect(await ask(true)).toEqual(await ask(false));
    }
  });

  it("say where there were more, and keep to the clusters asked for", async () => {
    const request = { range: rangeOf(1), by: { source: "workload" }, measure: "bytes" } as const;
    expect(await store.edgeGroups(scope, { ...request, limit: 1 })).toMatchObject({ complete: false, groups: [{}] });
    expect((await store.edgeGroups(scope, { ...request, limit: 2 })).complete).toBe(true);
    const none = await store.edgeGroups(scope, { ...request, limit: 2, clusterIds: [organisationId] });
    expect(none.groups).toEqual([]);
  });

  it("have top talkers of either side by each measure", async () => {
    const top = async (measure: "bytes" | "denied", side: "source" | "dest") =>
      (await store.topTalkers(scope, { range: rangeOf(20), side, by: "workload", measure, limit: 5 })).groups.map(
        (group) => group[side]?.name,
      );
    expect(await top("bytes", "dest")).toEqual(["payment"]);
    expect(new Set(await top("bytes", "source"))).toEqual(new Set(["cart", "checkout"]));
    expect(await top("denied", "source")).toEqual(["cart"]);
  });
});

describe("values of a field", () => {
  it.each([
    { field: "workload", text: "", values: ["payment", "checkout", "cart"] },
    { field: "source.workload", text: "CHECK", values: ["checkout"] },
    { field: "dest.namespace", text: "", values: ["boutique"] },
    { field: "namespace", text: "ho", values: ["shop"] },
    { field: "port", text: "44", values: ["443"] },
    { field: "protocol", text: "", values: ["tcp"] },
    { field: "service", text: "pay", values: ["payment"] },
    { field: "policy", text: "pci", values: ["security.pci"] },
    { field: "cluster", text: "", values: [west, east] },
    { field: "workload", text: "%", values: [] },
  ] as const)("$field with '$text'", async ({ field, text, values }) => {
    const found = await store.fieldValues(scope, { range: rangeOf(1), field, text, limit: 9 });
    expect(new Set(found.map(({ value }) => value))).toEqual(new Set<string>(values));
  });

  it("are counted in what a filter leaves", async () => {
    const request = { range: rangeOf(1), field: "source.workload", limit: 9 } as const;
    const found = await store.fieldValues(scope, { ...request, filter: asking("action = deny") });
    expect(found).toEqual([{ value: "cart", flows: 4 }]);
  });
});

describe("a store that is older than the rollup of days", () => {
  it("gets it for the days to come, and answers from hours until then", async () => {
    const database = "older";
    const connection = { ...server.connection, database };
    await migrateFlowStore(connection, { deployment: "embedded" });
    const older = connectClickHouse(connection);
    await older.command("DROP TABLE edge_day_view");
    await older.command("DROP TABLE edge_day SYNC");
    const before = Date.now();
    await migrateFlowStore(connection, { deployment: "embedded" });
    const from = await createDaysFrom(older)();
    expect(from % (day * 1_000)).toBe(0);
    expect(from).toBeGreaterThan(before);
    expect(from).toBeLessThanOrEqual(before + 2 * day * 1_000);
    // Whoever migrates next changes nothing of it.
    await migrateFlowStore(connection, { deployment: "embedded" });
    expect(await createDaysFrom(older)()).toBe(from);
    const { asked, tables } = watched(older);
    await graphEdges(asked, scope, { fromMs: from - 1, toMs: from + 30 * day * 1_000 });
    await graphEdges(asked, scope, { fromMs: from, toMs: from + 30 * day * 1_000 });
    expect(tables.filter((table) => table.startsWith("edge_"))).toEqual(["edge_hour", "edge_day"]);
    await older.close();
  });
});

describe("storage", () => {
  it("is told by cluster, day and kind, its bytes as the parts say", async () => {
    const use = await store.storageUsage({ organisationId, days: 3, nowMs: noon * 1_000 });
    const ofFlows = use.filter(({ kind }) => kind === "flows");
    expect(ofFlows.map(({ clusterId, rows }) => ({ clusterId, rows }))).toEqual(
      ofFlows.map(() => ({ clusterId: west, rows: 12 })),
    );
    expect(ofFlows).toHaveLength(3);
    expect([...new Set(use.map(({ kind }) => kind))].toSorted()).toEqual(["day", "flows", "hour", "minute"]);
    const [parts] = await clickhouse.select<{ readonly bytes: number }>(
      `SELECT sum(bytes_on_disk) AS bytes FROM system.parts
       WHERE active AND database = 'isthmus' AND table = 'flow' AND partition_id IN {days:Array(String)}`,
      { days: ofFlows.map(({ dayMs }) => new Date(dayMs).toISOString().slice(0, 10).replaceAll("-", "")) },
    );
    const told = ofFlows.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(Math.abs(told - Number(parts?.bytes))).toBeLessThanOrEqual(ofFlows.length);
  });
});

describe("the statements for a cluster", () => {
  it("are read by the engine, every one", async () => {
    const { url, user, password } = server.connection;
    const client = createClient({ url, username: user, password, log: { level: 127 } });
    const read = async (sql: string) =>
      (await client.query({ query: `EXPLAIN AST ${sql}`, format: "TabSeparated" })).text();
    try {
      const statements = schemaStatements("isthmus", { deployment: { cluster: "main" }, dayRollupFrom: 0 });
      for (const sql of statements) expect(await read(sql)).toMatch(/^(?:CreateQuery|AlterQuery)/);
      await expect(read("CREATE TABLE t (a Int32")).rejects.toThrow(/Syntax error/);
    } finally {
      await client.close();
    }
  });
});
