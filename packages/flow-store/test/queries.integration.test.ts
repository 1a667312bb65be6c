import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowStore, migrateFlowStore, type FlowStore, type Scope } from "../src/index";
import { startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { asking, bucket, flow, hit, organisation, t0, workload } from "./fixtures";

let server: TestFlowStore;
let store: FlowStore;
const { organisationId, west, east } = organisation();
const everything: Scope = { organisationId, places: "all" };
const range = { fromMs: t0 * 1_000, toMs: (t0 + 3_600) * 1_000 };

const checkout = workload(west, "checkout");
const payment = workload(east, "payment", {
  resolution: "published",
  name: "isthmus-0123456789-0",
  type: "network-set",
});
const internet = workload(null, "", { workloadKind: "", name: "pub", namespace: "", type: "network", labels: [] });
const denied = {
  action: "deny",
  reporter: "destination",
  enforcedTrace: [
    hit("security.watch", "pass"),
    hit("", "deny", {
      kind: "EndOfTier",
      tier: "pci",
      ruleIndex: -1,
      trigger: { kind: "GlobalNetworkPolicy", tier: "pci", namespace: "", name: "pci.payment" },
    }),
  ],
  pendingTrace: [],
} as const;

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
  const receivedAtMs = Date.now();
  await storeFlows(store, {
    identity: bucket(organisationId, west),
    rows: [
      flow(checkout, payment, {
        pendingTrace: [hit("security.staged", "deny", { kind: "StagedGlobalNetworkPolicy" })],
      }),
      flow(workload(west, "frontend"), internet, { destPort: 443, protocol: "tcp" }),
    ],
    receivedAtMs,
  });
  await storeFlows(store, {
    identity: bucket(organisationId, east, { bucketStart: t0 + 60 }),
    rows: [flow(workload(west, "checkout", { resolution: "published" }), workload(east, "payment"), denied)],
    receivedAtMs,
  });
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

describe("the schema", () => {
  it("may be made again", async () => {
    await migrateFlowStore(server.connection, { deployment: "embedded" });
    expect((await store.flowPage(everything, { range, limit: 10 })).flows).toHaveLength(3);
  });
});

describe("a page of flows", () => {
  it("is newest first and goes on where it ended", async () => {
    const first = await store.flowPage(everything, { range, limit: 2 });
    expect(first.flows.map(({ action }) => action)).toEqual(["deny", "allow"]);
    const second = await store.flowPage(everything, { range, limit: 2, cursor: first.next ?? "" });
    expect(second.flows).toHaveLength(1);
    expect(second.next).toBeNull();
    const ids = [...first.flows, ...second.flows].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  it.each([1, 2, 4, 100])("of %i leaves nothing out and gives nothing twice over a long range", async (limit) => {
    const own = organisation();
    const scope: Scope = { organisationId: own.organisationId, places: "all" };
    const ends = [workload(own.west, "web"), workload(own.east, "db")] as const;
    const hour = 3_600;
    const shifts = [0, 15, 5 * hour, 20 * hour, 20 * hour + 15, 23 * hour - 15, 23 * hour, 24 * hour - 15];
    for (const shift of shifts) {
      const rows = [80, 80, 443, 80].map((destPort) => flow(...ends, { destPort }));
      const identity = bucket(own.organisationId, own.west, { bucketStart: t0 + shift });
      await storeFlows(store, { identity, rows, receivedAtMs: Date.now() });
    }
    const day = { fromMs: t0 * 1_000, toMs: (t0 + 24 * hour) * 1_000 };
    const pages = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const more: { readonly cursor?: string } = cursor === undefined ? {} : { cursor };
      const page = await store.flowPage(scope, { range: day, filter: asking("port = 80"), limit, ...more });
      cursor = page.next;
      pages.push(page.flows);
    }
    const found = pages.flat();
    expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    const starts = shifts.flatMap((shift) => Array.from({ length: 3 }, () => (t0 + shift) * 1_000));
    expect(found.map(({ bucketStartMs }) => bucketStartMs)).toEqual(starts.toReversed());
  });

  it("carries both ends, the service, the counts and the policy that decided", async () => {
    const { flows } = await store.flowPage(everything, { range, filter: asking("dest.workload = payment"), limit: 10 });
    expect(flows[1]).toMatchObject({
      clusterId: west,
      bucketStartMs: t0 * 1_000,
      bucketEndMs: (t0 + 15) * 1_000,
      source: checkout,
      dest: payment,
      destPort: 50051,
      protocol: "tcp",
      service: { namespace: "boutique", name: "payment", portName: "grpc", port: 50051 },
      reporter: "source",
      action: "allow",
      pendingAction: "deny",
      deciding: {
        kind: "GlobalNetworkPolicy",
        tier: "security",
        namespace: "",
        name: "security.allow-payment",
        ruleIndex: 1,
        action: "allow",
        byTierDefault: false,
      },
      packetsIn: 10,
      bytesOut: 2_000,
      connectionsStarted: 3,
    });
    expect(flows[0]?.deciding).toMatchObject({ name: "pci.payment", action: "deny", byTierDefault: true });
  });

  const rows = [
    { name: "action", filter: asking("action = deny"), count: 1 },
    { name: "two actions", filter: asking("action in (deny, allow)"), count: 3 },
    { name: "pending action", filter: asking("staged = deny"), count: 1 },
    { name: "either cluster", filter: { clusterIds: [east] }, count: 2 },
    { name: "source cluster", filter: asking(`source.cluster = ${east}`), count: 0 },
    {
      name: "a cluster by its name",
      filter: { ...asking("cluster = e"), clusterNames: new Map([[east, "e"]]) },
      count: 2,
    },
    { name: "namespace", filter: asking("namespace = boutique"), count: 3 },
    { name: "destination namespace", filter: asking("dest.namespace = boutique"), count: 2 },
    { name: "a network by its name", filter: asking("workload = pub"), count: 1 },
    { name: "source workload", filter: asking("source.workload in (checkout, nobody)"), count: 2 },
    { name: "port", filter: asking("port = 443"), count: 1 },
    { name: "protocol", filter: asking("protocol = udp"), count: 0 },
    { name: "reporter", filter: asking("reporter = destination"), count: 1 },
    { name: "a policy that was passed", filter: asking("policy = security.watch"), count: 1 },
    { name: "a policy behind a tier's default", filter: asking("policy = pci.payment"), count: 1 },
    { name: "a staged policy", filter: asking("policy = security.staged"), count: 1 },
    { name: "the deciding policy", filter: { decidingPolicy: { tier: "pci", name: "pci.payment" } }, count: 1 },
    { name: "text in a workload, any case", filter: asking("text = CHECK"), count: 2 },
    { name: "text in a policy", filter: asking("text = pci.pay"), count: 1 },
    { name: "text with wildcards meant literally", filter: asking('text = "%"'), count: 0 },
    { name: "nothing of an empty list", filter: { clusterIds: [] }, count: 0 },
    {
      name: "an edge",
      filter: { edge: { source: edgeEnd(checkout), dest: edgeEnd(payment), protocol: "tcp", port: 50051 } },
      count: 2,
    },
  ];
  it.each(rows)("filtered by $name", async ({ filter, count }) => {
    expect((await store.flowPage(everything, { range, filter, limit: 10 })).flows).toHaveLength(count);
  });

  it("refuses a cursor that it did not give", async () => {
    await expect(store.flowPage(everything, { range, limit: 1, cursor: "x' OR 1" })).rejects.toThrow("not a cursor");
  });
});

function edgeEnd({ clusterId, namespace, workloadKind, workloadName }: typeof checkout) {
  return { clusterId, namespace, kind: workloadKind, name: workloadName };
}

describe("a flow's detail", () => {
  it("has its traces", async () => {
    const { flows } = await store.flowPage(everything, { range, filter: asking("action = deny"), limit: 1 });
    const detail = await store.flowDetail(everything, flows[0]?.id ?? "");
    expect(detail?.enforcedTrace).toEqual(denied.enforcedTrace);
    expect(detail?.pendingTrace).toEqual([]);
    expect(detail?.incarnation).toBe("goldmane-1/0");
    expect(detail?.source.labels).toEqual(["app=checkout"]);
  });

  it("is nothing for an unknown id", async () => {
    expect(await store.flowDetail(everything, "nothing")).toBeUndefined();
  });
});

describe("summaries", () => {
  it("count facets", async () => {
    const facets = await store.flowFacets(everything, { range });
    expect(facets.actions).toEqual([
      { value: "allow", flows: 2 },
      { value: "deny", flows: 1 },
    ]);
    expect(facets.clusters).toEqual([
      { value: west, flows: 3 },
      { value: east, flows: 2 },
    ]);
    expect(facets.workloads).toContainEqual({ value: "checkout", flows: 2 });
    expect(facets.ports).toContainEqual({ value: "50051", flows: 2 });
    expect(facets.policies).toContainEqual({ value: "pci.payment", flows: 1 });
  });

  it("draw every step of a histogram", async () => {
    const steps = await store.flowHistogram(everything, { range, stepSeconds: 60 });
    expect(steps).toHaveLength(60);
    expect(steps[0]).toEqual({ startMs: t0 * 1_000, allow: 2, deny: 0, pass: 0, unknown: 0, pendingDeny: 1 });
    expect(steps[1]?.deny).toBe(1);
  });

  it("count hits of policies, enforced and pending apart", async () => {
    const { hits, complete } = await store.policyHits(everything, range);
    expect(complete).toBe(true);
    expect(hits).toContainEqual(
      expect.objectContaining({ clusterId: east, name: "pci.payment", action: "deny", pending: false, flows: 1 }),
    );
    expect(hits).toContainEqual(
      expect.objectContaining({ clusterId: west, name: "security.staged", pending: true, flows: 1, connections: 3 }),
    );
    expect(hits.find(({ name, pending }) => name === "security.allow-payment" && !pending)?.flows).toBe(2);
  });
});

describe("edges", () => {
  it.each([
    { name: "minutes", hours: 1 },
    { name: "hours", hours: 12 },
  ])("join both reporters, from $name", async ({ hours }) => {
    const edges = await store.graphEdges(everything, { fromMs: range.fromMs, toMs: range.fromMs + hours * 3_600_000 });
    expect(edges).toHaveLength(2);
    const edge = edges.find(({ dest }) => dest.name === "payment");
    expect(edge).toMatchObject({
      source: { clusterId: west, kind: "Deployment", namespace: "boutique", name: "checkout" },
      dest: { clusterId: east, kind: "Deployment", namespace: "boutique", name: "payment" },
      port: 50051,
      bySource: {
        flows: 1,
        allowedConnections: 3,
        pendingDeniedConnections: 3,
        bytesToDest: 2_000,
        bytesToSource: 1_000,
      },
      byDestination: { flows: 1, deniedConnections: 3, deniedFlows: 1, bytesToDest: 1_000, bytesToSource: 2_000 },
      firstSeenMs: t0 * 1_000,
      lastSeenMs: (t0 + 60) * 1_000,
      services: ["boutique/payment"],
    });
    expect(edge?.policies).toContainEqual(
      expect.objectContaining({
        name: "pci.payment",
        action: "deny",
        reporter: "destination",
        byTierDefault: true,
        flows: 1,
      }),
    );
    expect(edges.find(({ dest }) => dest.kind === "network")?.dest).toEqual({
      clusterId: null,
      kind: "network",
      namespace: "",
      name: "pub",
    });
  });

  it("have a history", async () => {
    const edge = { source: edgeEnd(checkout), dest: edgeEnd(payment), protocol: "tcp", port: 50051 };
    const steps = await store.edgeTimeseries(everything, { range, edge, stepSeconds: 60 });
    expect(steps).toHaveLength(60);
    expect(steps[0]?.bySource.allowedConnections).toBe(3);
    expect(steps[0]?.byDestination.flows).toBe(0);
    expect(steps[1]?.byDestination.deniedFlows).toBe(1);
  });

  it("are told once they change", async () => {
    const all = await store.changedEdges(everything, 0);
    expect(all.edges).toHaveLength(2);
    expect(all.throughMs).toBeGreaterThan(Date.now() - 60_000);
    const later = await store.changedEdges(everything, all.throughMs + 60_000);
    expect(later).toEqual({ edges: [], throughMs: all.throughMs + 60_000 });
  });
});

describe("the tail", () => {
  it("gives what was stored since, whenever it happened within hours, and says where it stands", async () => {
    const { organisationId: other, west: cluster } = organisation();
    const scope: Scope = { organisationId: other, places: "all" };
    const start = await store.tailFlows(scope, { limit: 10, nowMs: Date.now() });
    expect(start.flows).toEqual([]);
    const recently = Math.floor(Date.now() / 15_000) * 15 - 60;
    await storeFlows(store, {
      identity: bucket(other, cluster, { bucketStart: recently }),
      rows: [flow(workload(cluster, "a"), internet), flow(workload(cluster, "b"), internet)],
      receivedAtMs: Date.now(),
    });
    const next = await store.tailFlows(scope, { limit: 10, nowMs: Date.now(), cursor: start.cursor });
    expect(next.flows.map(({ source }) => source.workloadName).toSorted()).toEqual(["a", "b"]);
    expect(next.skipped).toBe(false);
    const short = await store.tailFlows(scope, { limit: 1, nowMs: Date.now(), cursor: start.cursor });
    expect(short).toMatchObject({ skipped: true, flows: [expect.anything()] });
    const far = `${Number(next.cursor) + 60_000}`;
    expect((await store.tailFlows(scope, { limit: 10, nowMs: Date.now(), cursor: far })).flows).toEqual([]);
  });
});
