import { createClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  completedFields,
  createFlowStore,
  migrateFlowStore,
  type FlowFilter,
  type FlowStore,
  type Scope,
} from "../src/index";
import { startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { asking, bucket, flow, gatewayWrites, hit, organisation, t0, whole, workload } from "./fixtures";
import { audit, dns, l7 } from "./log-fixtures";

let server: TestFlowStore;
let store: FlowStore;
const mine = organisation();
const theirs = organisation();
const range = { fromMs: t0 * 1_000, toMs: (t0 + 3_600) * 1_000 };
const recent = Math.floor(Date.now() / 15_000) * 15 - 60;
const edge = {
  source: { clusterId: mine.west, kind: "Deployment", namespace: "boutique", name: "checkout" },
  dest: { clusterId: mine.east, kind: "Deployment", namespace: "secret", name: "payment" },
  protocol: "tcp",
  port: 50051,
};
let flowId = "";

/** Every function that reads, and how many rows it gives; a function that is added here has to be added below. */
const ofWest = { clusterId: mine.west, incarnation: "goldmane-1/0", bucket: t0, correction: 0, part: 0 };
const reads: Readonly<Record<string, (scope: Scope) => Promise<number>>> = {
  flowPage: async (scope) => (await store.flowPage(scope, { range, limit: 10 })).flows.length,
  tailFlows: async (scope) =>
    (await store.tailFlows(scope, { limit: 10, nowMs: Date.now(), cursor: `${recent * 1_000}` })).flows.length,
  flowDetail: async (scope) => ((await store.flowDetail(scope, flowId)) ? 1 : 0),
  flowFacets: async (scope) => Object.values(await store.flowFacets(scope, { range })).flat().length,
  flowHistogram: async (scope) =>
    (await store.flowHistogram(scope, { range, stepSeconds: 60 })).reduce((sum, step) => sum + step.allow, 0),
  graphEdges: async (scope) => (await store.graphEdges(scope, range)).length,
  edgeTimeseries: async (scope) =>
    (await store.edgeTimeseries(scope, { range, edge, stepSeconds: 60 })).reduce((sum, s) => sum + s.bySource.flows, 0),
  policyHits: async (scope) => (await store.policyHits(scope, range)).hits.length,
  completeness: async (scope) => {
    const clusters = [{ clusterId: mine.west, joinedAtMs: range.fromMs }];
    const request = { range, clusters, nowMs: Date.now(), settleMs: 0, answeredFrom: ["flows"] as const };
    const [west] = await store.completeness(scope, request);
    return (west?.durable ?? 0) + (west?.gaps.length ?? 0);
  },
  changedEdges: async (scope) => (await store.changedEdges(scope, 0)).edges.length,
  edgeGroups: async (scope) =>
    (await store.edgeGroups(scope, { range, by: { source: "cluster", service: true }, measure: "bytes", limit: 9 }))
      .groups.length,
  topTalkers: async (scope) =>
    (await store.topTalkers(scope, { range, side: "dest", by: "workload", measure: "bytes", limit: 9 })).groups.length,
  fieldValues: async (scope) => (await store.fieldValues(scope, { range, field: "workload", limit: 9 })).length,
  dnsLogs: async (scope) => (await store.dnsLogs(scope, { range, limit: 9 })).records.length,
  l7Logs: async (scope) => (await store.l7Logs(scope, { range, limit: 9 })).records.length,
  auditLogs: async (scope) => (await store.auditLogs(scope, { range, limit: 9 })).records.length,
  knownBuckets: async ({ organisationId }) =>
    (await store.knownBuckets({ organisationId, clusterId: mine.west })).length,
  storedFlows: async ({ organisationId }) =>
    (await store.storedFlows({ organisationId, clusterId: mine.west, incarnation: "goldmane-1/0", bucket: t0 })).sums
      .size,
  countFlows: async ({ organisationId }) => await store.countFlows({ organisationId, batches: [ofWest] }),
  clustersWithEvidence: async ({ organisationId }) =>
    (await store.clustersWithEvidence({ organisationId, clusterIds: [mine.west] })).length,
  storageUsage: async ({ organisationId }) =>
    (await store.storageUsage({ organisationId, days: 3, nowMs: Date.now() })).length,
};

/** Asked by gateways and about the organisation as a whole, for who may manage it. */
const ofOrganisation = new Set(["knownBuckets", "clustersWithEvidence", "storedFlows", "countFlows", "storageUsage"]);

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
  const source = workload(mine.west, "checkout");
  const dest = workload(mine.east, "payment", { namespace: "secret", resolution: "published", labels: ["pci=yes"] });
  for (const bucketStart of [t0, recent]) {
    await storeFlows(store, {
      identity: bucket(mine.organisationId, mine.west, { bucketStart }),
      rows: [
        flow(source, dest, { service: { namespace: "", name: "", portName: "", port: 0 } }),
        flow(source, workload(mine.west, "cart"), { enforcedTrace: [hit("security.cart", "allow")] }),
      ],
      receivedAtMs: Date.now(),
    });
  }
  await store.insertGaps([
    {
      organisationId: mine.organisationId,
      clusterId: mine.west,
      incarnation: "goldmane-1/0",
      from: t0 + 30,
      to: t0 + 60,
      reason: "spool-lost",
      receivedAtMs: Date.now(),
    },
  ]);
  const identity = bucket(mine.organisationId, mine.west);
  const noService = { namespace: "", name: "", portName: "", port: 0 };
  const receivedAtMs = Date.now();
  await store.insertLogBatch({ kind: "dns", identity, rows: [dns(source, dest)], receivedAtMs });
  await store.insertLogBatch({ kind: "l7", identity, rows: [l7(source, dest, { service: noService })], receivedAtMs });
  await store.insertLogBatch({ kind: "audit", identity, rows: [audit("boutique")], receivedAtMs });
  const page = await store.flowPage(
    { organisationId: mine.organisationId, places: "all" },
    { range, filter: asking("dest.workload = payment"), limit: 10 },
  );
  flowId = page.flows[0]?.id ?? "";
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

describe("every reading function", () => {
  it("is in this test", () => {
    const functions = Object.keys(store).filter((name) => !gatewayWrites.includes(name));
    expect(functions.toSorted()).toEqual(Object.keys(reads).toSorted());
  });

  it.each(Object.keys(reads))("%s: rows for its organisation, none for another", async (name) => {
    const read = reads[name]!;
    expect(await read({ organisationId: mine.organisationId, places: "all" })).toBeGreaterThan(0);
    expect(await read({ organisationId: theirs.organisationId, places: "all" })).toBe(0);
    // not even one that names the first one's clusters as its own
    expect(await read({ organisationId: theirs.organisationId, places: whole(mine.west, mine.east) })).toBe(0);
  });

  it.each(Object.keys(reads).filter((name) => !ofOrganisation.has(name)))(
    "%s: nothing for who may see no cluster, or another one",
    async (name) => {
      const read = reads[name]!;
      expect(await read({ organisationId: mine.organisationId, places: whole() })).toBe(0);
      expect(await read({ organisationId: mine.organisationId, places: whole(mine.east) })).toBe(0);
    },
  );
});

describe("an end in a cluster that the asker may not see", () => {
  const scope: Scope = { organisationId: mine.organisationId, places: whole(mine.west) };

  it("is hidden in flows and their details, whatever is known of it", async () => {
    const { flows } = await store.flowPage(scope, { range, limit: 10 });
    expect(flows).toHaveLength(2);
    const hidden = flows.find(({ dest }) => dest.workloadKind === "outside-scope");
    expect(hidden?.dest).toEqual({
      clusterId: null,
      namespace: "",
      workloadKind: "outside-scope",
      workloadName: "",
      name: "",
      type: "unknown",
      labels: [],
      resolution: "unresolved",
    });
    expect(JSON.stringify([flows, await store.flowDetail(scope, hidden?.id ?? "")])).not.toMatch(/secret|pci=yes/);
  });

  it("is hidden in records beside flows, and in groups and values", async () => {
    const [dnsPage, l7Page] = [
      await store.dnsLogs(scope, { range, limit: 9 }),
      await store.l7Logs(scope, { range, limit: 9 }),
    ];
    expect(dnsPage.records).toMatchObject([{ server: { workloadKind: "outside-scope" }, serverAddress: "" }]);
    expect(l7Page.records).toMatchObject([{ dest: { workloadKind: "outside-scope" } }]);
    const by = { dest: "workload", port: true, protocol: true } as const;
    const { groups } = await store.edgeGroups(scope, { range, by, measure: "bytes", limit: 9 });
    expect(new Set(groups.map(({ dest }) => dest?.kind))).toEqual(new Set(["Deployment", "outside-scope"]));
    const fields = await Promise.all(
      completedFields.map((field) => store.fieldValues(scope, { range, field, limit: 9 })),
    );
    const told = JSON.stringify([dnsPage, l7Page, groups, fields]);
    expect(told).not.toMatch(/secret|pci=yes|10\.96\.0\.10/);
    expect(told).not.toContain(mine.east);
  });

  it("cannot be found by filters either", async () => {
    const filters: readonly FlowFilter[] = [
      asking("text = secret"),
      asking("namespace = secret"),
      asking("dest.workload = payment"),
      asking(`dest.cluster = ${mine.east}`),
      asking(`dest.cluster ~ ${mine.east}`),
      asking("not dest.workload != payment"),
      asking("has dest.label.pci"),
      { clusterIds: [mine.east] },
      { edge },
    ];
    const pages = filters.map(async (filter) => [
      filter,
      (await store.flowPage(scope, { range, filter, limit: 9 })).flows,
    ]);
    expect(await Promise.all(pages)).toEqual(filters.map((filter) => [filter, []]));
    expect(JSON.stringify(await store.flowFacets(scope, { range }))).not.toContain("secret");
  });

  it("is one hidden end on the graph, which can be asked about as such", async () => {
    const edges = await store.graphEdges(scope, range);
    const hidden = edges.find(({ dest }) => dest.kind === "outside-scope");
    expect(hidden?.dest).toEqual({ clusterId: null, kind: "outside-scope", namespace: "", name: "" });
    expect(JSON.stringify(edges)).not.toContain("secret");
    const steps = await store.edgeTimeseries(scope, { range, edge: hidden!, stepSeconds: 60 });
    expect(steps[0]?.bySource.flows).toBe(1);
    expect((await store.flowPage(scope, { range, filter: { edge: hidden! }, limit: 10 })).flows).toHaveLength(1);
    expect((await store.edgeTimeseries(scope, { range, edge, stepSeconds: 60 }))[0]?.bySource.flows).toBe(0);
  });
});

describe("every table", () => {
  it("has the organisation first in its sort key", async () => {
    const { url, user, password } = server.connection;
    const client = createClient({ url, username: user, password });
    const result = await client.query({
      query: `SELECT name, sorting_key AS key FROM system.tables
              WHERE database = 'isthmus' AND engine LIKE '%MergeTree' ORDER BY name`,
      format: "JSONEachRow",
    });
    const tables = await result.json<{ name: string; key: string }>();
    await client.close();
    expect(tables.map(({ name }) => name)).toEqual([
      "audit_log",
      "dns_log",
      "edge_day",
      "edge_hour",
      "edge_minute",
      "evidence_bucket",
      "evidence_gap",
      "flow",
      "l7_log",
      "log_bucket",
      "policy_minute",
    ]);
    expect(tables.filter(({ key }) => !key.startsWith("organisation_id, "))).toEqual([]);
  });
});
