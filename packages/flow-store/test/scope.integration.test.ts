import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createClient, type ClickHouseClient } from "@clickhouse/client";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createFlowStore,
  migrateFlowStore,
  type FlowFilter,
  type FlowRow,
  type FlowStore,
  type FlowSummary,
  type Places,
  type PolicyRef,
  type Scope,
} from "../src/index";
import { startTestFlowStore, storeFlows, type FlowBatch, type TestFlowStore } from "../src/testing";
import { asking, bucket, t0 } from "./fixtures";
import { flowColumns, flowValues } from "./json-rows";
import * as model from "./scope-model";
import type { SeenFlow, StoredFlow } from "./scope-model";
import { clusters, namespaces, range, somePlaces, sorted, storedFlow, toldEdges, without } from "./scope-world";

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

const filters: readonly {
  readonly filter: FlowFilter;
  readonly holds: (flow: SeenFlow) => boolean;
  readonly hasFacets?: true;
}[] = [
  { filter: {}, holds: () => true, hasFacets: true },
  { filter: asking("namespace = secret"), holds: ({ row }) => ends(row).some((end) => end.namespace === "secret") },
  { filter: asking("dest.namespace = pay"), holds: ({ row }) => row.dest.namespace === "pay" },
  { filter: { clusterIds: [clusters[1]] }, holds: ({ row }) => ends(row).some((end) => end.clusterId === clusters[1]) },
  { filter: asking("workload = db"), holds: ({ row }) => ends(row).some((end) => end.workloadName === "db") },
  { filter: asking("service = svc-secret"), holds: ({ row }) => row.service.name === "svc-secret" },
  {
    filter: asking("policy in (t.secret, kns.secret)"),
    holds: (each) => model.policyNames(each).some((name) => ["t.secret", "kns.secret"].includes(name)),
  },
  { filter: { decidingPolicy: { name: "t.secret" } }, holds: ({ deciding }) => deciding?.name === "t.secret" },
  {
    filter: { decidingPolicy: { name: "ksa.secret.default", namespace: "" } },
    holds: ({ deciding }) => deciding?.name === "ksa.secret.default",
  },
  {
    filter: asking("text = SECRET"),
    hasFacets: true,
    holds: (each) => {
      const { source, dest, service } = each.row;
      const texts = [source, dest].flatMap((end) => [end.namespace, end.workloadName, end.name]);
      return [...texts, service.namespace, service.name, ...model.policyNames(each)].join(" ").includes("secret");
    },
  },
];
const ends = (row: FlowRow) => [row.source, row.dest];

const keyOf = ({ clusterId, bucketStart, row }: StoredFlow) => `${clusterId} ${bucketStart} ${row.keyHash}`;
function summary(each: SeenFlow) {
  const row = without(each.row, ["keyHash", "enforcedTrace", "pendingTrace"]);
  const { clusterId, deciding, pendingAction, bucketStart } = each;
  return { clusterId, bucketStartMs: bucketStart * 1_000, ...row, deciding, pendingAction };
}
const comparable = (summary: FlowSummary) => without(summary, ["id", "bucketEndMs", "receivedAtMs"]);
type Storing = (batch: FlowBatch) => Promise<void>;
const ofNow: Storing = (batch) => storeFlows(store, batch);

async function storeAll(
  organisationId: string,
  flows: readonly StoredFlow[],
  { incarnation = organisationId, storing = ofNow }: { readonly incarnation?: string; readonly storing?: Storing } = {},
): Promise<void> {
  for (const [key, of] of model.grouped(flows, (each) => `${each.clusterId} ${each.bucketStart}`)) {
    const [clusterId = "", bucketStart] = key.split(" ");
    // The same clusters every time, so their batches must differ in something else.
    const identity = bucket(organisationId, clusterId, {
      bucketStart: Number(bucketStart),
      incarnation,
    });
    const rows = of.map(({ row }) => row);
    await storing({ identity, rows, receivedAtMs: Date.now() });
  }
}

/** Stores as an older version did, whose table has fewer columns. */
const asBefore =
  (client: ClickHouseClient): Storing =>
  async (batch) => {
    await client.insert({
      table: "isthmus.flow",
      columns: [...flowColumns],
      values: batch.rows.map((row) => flowValues(batch, row)),
      format: "JSONCompactEachRow",
    });
  };

async function expectSameAnswers(scope: Scope, flows: readonly StoredFlow[]): Promise<void> {
  const seen = model.seenFlows(flows, scope.places);
  for (const { filter, holds, hasFacets } of filters) {
    const expected = seen.filter(holds);
    const page = await store.flowPage(scope, { range, filter, limit: 1_000 });
    expect({ filter, flows: sorted(page.flows.map(comparable)) }).toEqual({
      filter,
      flows: sorted(expected.map(summary)),
    });
    const steps = await store.flowHistogram(scope, { range, filter, stepSeconds: 60 });
    const count = (step: number, does: string) =>
      expected.filter(({ bucketStart, row }) => (bucketStart >= t0 + 60 ? 1 : 0) === step && row.action === does)
        .length;
    expect(steps.map(({ allow, deny, pass }) => [allow, deny, pass])).toEqual(
      [0, 1].map((step) => [count(step, "allow"), count(step, "deny"), count(step, "pass")]),
    );
    if (!hasFacets) continue;
    expect(await store.flowFacets(scope, { range, filter })).toEqual({
      actions: model.facet(expected.map(({ row }) => [row.action])),
      clusters: model.facet(expected.map(({ row }) => ends(row).map((end) => end.clusterId))),
      namespaces: model.facet(expected.map(({ row }) => ends(row).map((end) => end.namespace))),
      workloads: model.facet(expected.map(({ row }) => ends(row).map((end) => end.workloadName))),
      protocols: model.facet(expected.map(({ row }) => [row.protocol])),
      ports: model.facet(expected.map(({ row }) => [`${row.destPort}`])),
      policies: model.facet(expected.map(model.policyNames)),
    });
  }
  await expectSameDetails(scope, flows);
  await expectSameEdges(scope, flows);
  const { hits } = await store.policyHits(scope, range);
  const text = (each: (typeof hits)[number]) =>
    [each.clusterId, each.kind, each.tier, each.namespace, each.name, each.ruleIndex, each.action, each.pending].join(
      " ",
    );
  expect(Object.fromEntries(hits.map((each) => [text(each), each.flows]))).toEqual(model.hits(seen));
  // Costs as much as all that comes before it; every other world is enough.
  if ((worlds += 1) % 2 === 1) await expectSameParts(scope, flows);
}

let worlds = 0;

/** What is asked about one policy, or within some clusters, is that part of what is asked about all. */
async function expectSameParts(scope: Scope, flows: readonly StoredFlow[]): Promise<void> {
  const { hits } = await store.policyHits(scope, range);
  const refs = flows.flatMap(({ row }) => row.enforcedTrace.map(({ trigger, ...hitOf }) => trigger ?? hitOf));
  for (const kind of ["GlobalNetworkPolicy", "CalicoNetworkPolicy"] as const) {
    const ref = refs.find((each) => each.kind === kind);
    if (!ref) continue;
    const { tier, namespace, name } = ref;
    const own = await store.policyHits(scope, { ...range, policy: { kind, tier, namespace, names: ["other", name] } });
    const isOwn = (each: PolicyRef) =>
      each.kind === kind && each.tier === tier && each.namespace === namespace && each.name === name;
    expect(sorted(own.hits)).toEqual(sorted(hits.filter(isOwn)));
  }
  const all = await store.flowPage(scope, { range, limit: 1_000 });
  const within: readonly string[] = [clusters[0], clusters[2]];
  const part = await store.flowPage(scope, { range, limit: 1_000, within });
  const lie = (ids: readonly (string | null)[]) => ids.every((id) => id !== null && within.includes(id));
  expect(sorted(part.flows)).toEqual(
    sorted(all.flows.filter(({ clusterId, source, dest }) => lie([clusterId, source.clusterId, dest.clusterId]))),
  );
}

async function expectSameDetails(scope: Scope, flows: readonly StoredFlow[]): Promise<void> {
  const everything = await store.flowPage({ ...scope, places: "all" }, { range, limit: 1_000 });
  const seen = new Map(model.seenFlows(flows, scope.places).map((each) => [keyOf(each), each.row]));
  const details = await Promise.all(everything.flows.map(({ id }) => store.flowDetail(scope, id)));
  const traces = details.flatMap((each) => (each ? [[each.enforcedTrace, each.pendingTrace]] : []));
  expect(sorted(traces)).toEqual(sorted([...seen.values()].map((row) => [row.enforcedTrace, row.pendingTrace])));
}

async function expectSameEdges(scope: Scope, flows: readonly StoredFlow[]): Promise<void> {
  const expected = model.edges(model.seenFlows(flows, scope.places));
  expect(sorted(toldEdges(await store.graphEdges(scope, range)))).toEqual(sorted(expected));
  expect(sorted(toldEdges((await store.changedEdges(scope, 0)).edges))).toEqual(sorted(expected));
  const ofFlows = await store.graphEdges(scope, { ...range, filter: asking("packets >= 0") });
  expect(sorted(toldEdges(ofFlows))).toEqual(sorted(expected));
  const hours = { fromMs: range.fromMs, toMs: range.fromMs + 12 * 3_600_000 };
  expect(sorted(toldEdges(await store.graphEdges(scope, hours)))).toEqual(sorted(expected));
  // every edge there is, asked for by its true name: what is hidden is not found by it
  const all = new Map(model.seenFlows(flows, "all").map((each) => [JSON.stringify(model.edgeKey(each)), each]));
  for (const [key, each] of [...all].slice(0, 4)) {
    const edge = model.edgeKey(each);
    const found = expected.find((other) => other.key === key);
    const steps = await store.edgeTimeseries(scope, { range, edge, stepSeconds: 60 });
    const counted = (side: "bySource" | "byDestination") => steps.reduce((sum, step) => sum + step[side].flows, 0);
    const page = await store.flowPage(scope, { range, filter: { edge }, limit: 1_000 });
    const bySource = found?.bySource.flows ?? 0;
    const byDestination = found?.byDestination.flows ?? 0;
    expect([key, counted("bySource"), counted("byDestination"), page.flows.length]).toEqual([
      key,
      bySource,
      byDestination,
      bySource + byDestination,
    ]);
  }
}

describe("what a scope shows", () => {
  it("is what the rules say, for any flows and places", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(storedFlow, { minLength: 8, maxLength: 16 }),
        fc.array(somePlaces, { minLength: 2, maxLength: 2 }),
        async (flows, places) => {
          const organisationId = randomUUID();
          await storeAll(organisationId, flows);
          for (const each of places) await expectSameAnswers({ organisationId, places: each }, flows);
        },
      ),
      { numRuns: 4, endOnFailure: true },
    );
  }, 300_000);

  it("is the same of what an older version stored, and of what comes after it", async () => {
    const [current, older] = [store, await startTestFlowStore()];
    const { url, user, password } = older.connection;
    const client = createClient({ url, username: user, password });
    try {
      const schema = readFileSync(new URL("schema-before-places.sql", import.meta.url), "utf8");
      for (const query of schema.split("\n;\n")) await client.command({ query });
      store = createFlowStore(older.connection);
      const [flows = []] = fc.sample(fc.array(storedFlow, { minLength: 40, maxLength: 40 }), { numRuns: 1, seed: 4 });
      const samples = fc.sample(somePlaces, { numRuns: 3, seed: 4 });
      const organisationId = randomUUID();
      await storeAll(organisationId, flows.slice(0, 20), { incarnation: "before", storing: asBefore(client) });
      // Twice, as two gateways do that start at the same time.
      for (let each = 0; each < 2; each++) {
        await migrateFlowStore(older.connection, { deployment: "embedded" });
      }
      // With enough that holds nothing to be asked as a product.
      const names = new Set(["", ...namespaces, ...Array.from({ length: 20 }, (_, index) => `none-${index}`)]);
      const more = Array.from({ length: 17 }, () => randomUUID());
      const everywhere: Places = new Map([...clusters, ...more].map((id) => [id, names]));
      for (const places of [everywhere, ...samples]) {
        await expectSameAnswers({ organisationId, places }, flows.slice(0, 20));
      }
      await storeAll(organisationId, flows.slice(20), { incarnation: "after" });
      for (const places of [everywhere, ...samples]) await expectSameAnswers({ organisationId, places }, flows);
    } finally {
      await store.close();
      store = current;
      await client.close();
      await older.stop();
    }
  }, 300_000);
});
