import { createClient, type ClickHouseClient } from "@clickhouse/client";
import { createFlowStore, migrateFlowStore, type FlowStore, type Places, type Scope } from "../src/index";
import { flowColumns } from "../src/ingest/rows";
import { startTestFlowStore } from "../src/testing";
import { t0 } from "../test/fixtures";
import type { BenchRow } from "./flow-store.bench";

const clusters = 200;
const namespaces = 25; // of which scopes have 20
const permitted = 20;
const flowsPerBucket = 800;
const buckets = 240; // an hour
const rounds = 9;
const target = 1.3;
const organisationId = "00000000-0000-4000-8000-00000000be0c";
const range = { fromMs: t0 * 1_000, toMs: (t0 + 3_600) * 1_000 };

/** What a scope of thousands of places costs: the same question by it and by who may see everything. */
export async function run(): Promise<BenchRow[]> {
  const server = await startTestFlowStore();
  const { url, user, password, database } = server.connection;
  await migrateFlowStore(server.connection, { retentionDays: 7, deployment: "embedded" });
  const store = createFlowStore(server.connection);
  const client = createClient({ url, username: user, password, database });
  try {
    await fill(client);
    const rows: BenchRow[] = [];
    for (const [name, ask] of Object.entries(questions(store))) rows.push(...(await compare(name, ask)));
    return rows;
  } finally {
    await client.close();
    await store.close();
    await server.stop();
  }
}

const clusterId = (index: number) => `00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
const nameOf = (index: number) => `namespace-${index}`;
const names = (count: number) => Array.from({ length: count }, (_, index) => nameOf(index));
const perCluster = (namespacesOf: (index: number) => readonly string[]): Places =>
  new Map(Array.from({ length: clusters }, (_, index) => [clusterId(index), new Set(namespacesOf(index))]));

const scopes: Readonly<Record<string, Places>> = {
  "200 × 20 places": perCluster(() => names(permitted)),
  "200 × 20 places, no two sets alike": perCluster((index) => [...names(permitted - 1), `only-here-${index}`]),
  "500 namespaces of one cluster": new Map([[clusterId(0), new Set(names(500))]]),
};

type Ask = (scope: Scope) => Promise<unknown>;

function questions(store: FlowStore): Readonly<Record<string, Ask>> {
  return {
    "page of flows": (scope) => store.flowPage(scope, { range, limit: 100 }),
    "page of flows, searched by text": (scope) => store.flowPage(scope, { range, limit: 100, filter: { text: "w3" } }),
    histogram: (scope) => store.flowHistogram(scope, { range, stepSeconds: 60 }),
    "graph of an hour": (scope) => store.graphEdges(scope, range),
  };
}

async function compare(question: string, ask: Ask): Promise<BenchRow[]> {
  const all: Scope = { organisationId, places: "all" };
  const spent = new Map<string, number[]>(["all", ...Object.keys(scopes)].map((name) => [name, []]));
  // Interleaved, so that a busy machine slows all alike.
  for (let round = 0; round < rounds; round++) {
    for (const [name, times] of spent) {
      const startedAt = performance.now();
      await ask(name === "all" ? all : { organisationId, places: scopes[name] ?? new Map() });
      times.push(performance.now() - startedAt);
    }
  }
  const median = (name: string) => Math.round((spent.get(name) ?? []).toSorted((a, b) => a - b)[rounds >> 1] ?? 0);
  const baseline = median("all");
  return Object.keys(scopes).map((name) => {
    const ratio = Math.round((median(name) / baseline) * 100) / 100;
    return {
      name: `${question}: ${name}`,
      value: median(name),
      unit: "ms",
      baseline,
      ratio,
      target,
      holds: ratio <= target,
    };
  });
}

/** Sixteen flows a minute and cluster, of both reporters, some to other clusters. */
async function fill(client: ClickHouseClient): Promise<void> {
  const slot = `(number % 4 + 4 * (intDiv(number, ${flowsPerBucket}) % 4))`;
  const cluster = (index: string) =>
    `toUUID(concat('00000000-0000-4000-8000-', lpad(lower(hex(toUInt32(${index}))), 12, '0')))`;
  const here = "intDiv(number, 4) % 200";
  const end = (where: string, namespace: string, workload: string) => `${cluster(where)},
    concat('namespace-', toString(${namespace})), 'Deployment', concat('w', toString(${workload})),
    concat('w', toString(${workload}), '-*'), 'workload', [concat('app=w', toString(${workload}))], 'local'`;
  const source = `${slot} % ${namespaces}`;
  const dest = `(${slot} * 3 + 1) % ${namespaces}`;
  const there = `if(${slot} % 5 = 0, intDiv(number, 4) + 7, intDiv(number, 4)) % 200`;
  const reporting = `concat('namespace-', toString(if(${slot} % 2 = 0, ${source}, ${dest})))`;
  const hit = `concat('CalicoNetworkPolicy\\tsecurity\\t', ${reporting}, '\\tsecurity.allow\\tallow\\t0\\t1')`;
  const chunk = 60 * flowsPerBucket;
  for (let from = 0; from < buckets * flowsPerBucket; from += chunk) {
    await client.command({
      query: `INSERT INTO flow (${flowColumns.join(", ")})
        SELECT toUUID('${organisationId}'), ${cluster(here)}, toDateTime(${t0} + 15 * intDiv(number, ${flowsPerBucket}), 'UTC'),
          'goldmane-1/0', 0, 1, 0, sipHash64(number), now64(3), ${end(here, source, slot)}, ${end(there, dest, `${slot} + 1`)},
          8000 + ${slot} % 5, 'tcp', concat('namespace-', toString(${dest})), concat('svc', toString(${slot})), 'http', 80,
          if(${slot} % 2 = 0, 'source', 'destination'), if(${slot} % 10 = 0, 'deny', 'allow'), 'allow', [${hit}], [],
          ['security.allow'], 'CalicoNetworkPolicy', 'security', ${reporting}, 'security.allow', 1, false,
          1, 2, 3, 4, 5, 6, 7
        FROM numbers(${from}, ${chunk})`,
    });
  }
}
