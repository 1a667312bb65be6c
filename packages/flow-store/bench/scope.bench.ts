import { createClient } from "@clickhouse/client";
import { oneOf } from "@isthmus/flow-filter";
import { createFlowStore, migrateFlowStore, type FlowStore, type Places, type Scope } from "../src/index";
import { startTestFlowStore } from "../src/testing";
import { t0 } from "../test/fixtures";
import { clusterId, clusters, generateFlows, namespaces } from "./generate-flows";
import type { BenchRow } from "@isthmus/bench-rows";

const flowsPerBucket = 800;
const buckets = 240; // an hour
const maxRounds = 21;
const minRounds = 5;
const budgetMs = 15_000; // for each question
const target = 1.3;
const organisationId = "00000000-0000-4000-8000-00000000be0c";
const range = { fromMs: t0 * 1_000, toMs: (t0 + 3_600) * 1_000 };

/** What limited scopes cost: the same questions by them and by who may see everything. */
export async function run({ only }: { readonly only?: string | undefined } = {}): Promise<BenchRow[]> {
  const server = await startTestFlowStore();
  const { url, user, password, database } = server.connection;
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  const store = createFlowStore(server.connection);
  const client = createClient({ url, username: user, password, database });
  try {
    await generateFlows(client, { organisationId, from: t0, buckets, flowsPerBucket });
    const rows: BenchRow[] = [];
    for (const [name, ask] of Object.entries(questions(store))) {
      if (only === undefined || name === only) rows.push(...(await compare(name, ask)));
    }
    return rows;
  } finally {
    await client.close();
    await store.close();
    await server.stop();
  }
}

const nameOf = (index: number) => `namespace-${index}`;
const names = (count: number) => Array.from({ length: count }, (_, index) => nameOf(index));
const ids = (count: number) => Array.from({ length: count }, (_, index) => clusterId(index));

/** 500 places drawn from all there are and as many that hold nothing, so that no two clusters have the same. */
function drawn(): Places {
  let state = 7;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  const places = new Map(ids(clusters).map((id) => [id, new Set<string>()]));
  for (let count = 0; count < 500; count++)
    places.get(clusterId(random(clusters)))?.add(nameOf(random(2 * namespaces)));
  return places;
}

/** "all of it" sees every row that an unlimited scope sees; "part" sees fewer, and nobody may pay for that. */
const scopes: Readonly<Record<string, Places>> = {
  "all of it, by 20 clusters": new Map(ids(clusters).map((id) => [id, "all" as const])),
  "all of it, by 500 bindings": new Map(ids(clusters).map((id) => [id, new Set(names(namespaces))])),
  "all of it, by 5,200 places of 200 clusters, no two alike": new Map(
    ids(200).map((id, index) => [id, new Set([...names(namespaces), `only-here-${index}`])]),
  ),
  "part, by 500 bindings as they fall": drawn(),
  "part, one cluster": new Map([[clusterId(0), "all" as const]]),
  "part, 5 namespaces of a cluster": new Map([[clusterId(0), new Set(names(5))]]),
};

type Ask = (scope: Scope) => Promise<unknown>;

function questions(store: FlowStore): Readonly<Record<string, Ask>> {
  return {
    histogram: (scope) => store.flowHistogram(scope, { range, stepSeconds: 60 }),
    "page of flows": (scope) => store.flowPage(scope, { range, limit: 100 }),
    "text search": (scope) => store.flowPage(scope, { range, limit: 100, filter: { where: oneOf("text", ["w3"]) } }),
    "graph of an hour": (scope) => store.graphEdges(scope, range),
    suggestions: (scope) => store.flowFacets(scope, { range }),
    "counts of policies": (scope) => store.policyHits(scope, range),
    "news of flows": (scope) => store.tailFlows(scope, { limit: 100, nowMs: Date.now() }),
  };
}

async function compare(question: string, ask: Ask): Promise<BenchRow[]> {
  const everything: Scope = { organisationId, places: "all" };
  const spent = new Map<string, number[]>(["everything", ...Object.keys(scopes)].map((name) => [name, []]));
  const endsAt = performance.now() + budgetMs;
  // Interleaved, so that a busy machine slows all alike; the first round warms up.
  for (let round = 0; round <= maxRounds && (round <= minRounds || performance.now() < endsAt); round++) {
    for (const [name, times] of spent) {
      const startedAt = performance.now();
      await ask(name === "everything" ? everything : { organisationId, places: scopes[name] ?? new Map() });
      if (round > 0) times.push(performance.now() - startedAt);
    }
  }
  const median = (name: string) => {
    const times = (spent.get(name) ?? []).toSorted((a, b) => a - b);
    return Math.round((times[times.length >> 1] ?? 0) * 10) / 10;
  };
  const baseline = median("everything");
  return Object.keys(scopes).map((name) => {
    const ratio = Math.round((median(name) / baseline) * 100) / 100;
    return {
      name: `${question}: ${name}`,
      value: median(name),
      unit: "ms",
      baseline,
      ratio,
      target: `≤ ${target} ×`,
      holds: ratio <= target,
    };
  });
}
