import type { BenchRow } from "@isthmus/bench-rows";
import { createClient, type ClickHouseClient } from "@clickhouse/client";
import {
  createFlowStore,
  migrateFlowStore,
  type FlowFilter,
  type FlowStore,
  type Places,
  type Scope,
} from "../src/index";
import { startTestFlowStore } from "../src/testing";
import { asking, t0 } from "../test/fixtures";
import { clusterId, generateFlows } from "./generate-flows";

const organisationId = "00000000-0000-4000-8000-0000000da7a0";
const buckets = 5_760; // a day
const flowsPerBucket = 869; // 5,005,440 in all
const range = { fromMs: t0 * 1_000, toMs: (t0 + 86_400) * 1_000 };
const rounds = 19;
const budgetMs = 12_000; // for each question

/** Pages, histograms and the graph over a day of five million flows, beside what ClickHouse needs without us. */
export async function run({ only }: { readonly only?: string | undefined } = {}): Promise<BenchRow[]> {
  const server = await startTestFlowStore();
  const { url, user, password, database } = server.connection;
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  const store = createFlowStore(server.connection);
  const client = createClient({ url, username: user, password, database });
  try {
    const startedAt = performance.now();
    await generateFlows(client, { organisationId, from: t0, buckets, flowsPerBucket });
    const seconds = (performance.now() - startedAt) / 1_000;
    process.stderr.write(`${buckets * flowsPerBucket} flows made and rolled up in ${seconds.toFixed(0)} s\n`);
    await sizes(client);
    const rows: BenchRow[] = [];
    for (const question of questions(store)) {
      if (only === undefined || question.name === only) rows.push(...(await measure(client, question)));
    }
    return rows;
  } finally {
    await client.close();
    await store.close();
    await server.stop();
  }
}

interface Question {
  readonly name: string;
  /** Asked of something else in each round: what ClickHouse remembers of a condition is no help to who asks first. */
  readonly ask: (scope: Scope, round: number) => Promise<unknown>;
  /** SQL that does the least there is to do for it. */
  readonly baseline: string;
  readonly baselineName: string;
  readonly p95Ms: number;
}

const ofDay = `organisation_id = '${organisationId}' AND bucket >= toDateTime(${t0}, 'UTC') AND bucket < toDateTime(${t0 + 86_400}, 'UTC')`;
/** No two of a page's and a histogram's rounds ask for the same. */
const filters: Readonly<Record<string, (round: number, of: "page" | "histogram") => FlowFilter>> = {
  "no filter": () => ({}),
  "denied flows": (round, of) =>
    asking(`action = deny and port in (8000-8004, ${(of === "page" ? 9_000 : 9_100) + round})`),
  "a workload and a port": (round, of) => asking(`workload = w${round * 5 + (of === "page" ? 3 : 4)} and port = 8003`),
  "a text": (round, of) => asking(`text = svc${(of === "page" ? 10 : 40) + round}`),
  "nothing that is there": (round, of) => asking(`dest.workload = nobody-${of}-${round}`),
};

function questions(store: FlowStore): readonly Question[] {
  const pages = Object.entries(filters).map(([filtered, filter]) => ({
    name: `page of 200, ${filtered}`,
    ask: (scope: Scope, round: number) => store.flowPage(scope, { range, filter: filter(round, "page"), limit: 200 }),
    baseline: `SELECT bucket, key_hash, source_workload, dest_workload FROM flow WHERE ${ofDay} ORDER BY bucket DESC LIMIT 200`,
    baselineName: "four columns of the newest 200",
    p95Ms: 200,
  }));
  const histograms = Object.entries(filters).map(([filtered, filter]) => ({
    name: `histogram of a day, ${filtered}`,
    ask: (scope: Scope, round: number) =>
      store.flowHistogram(scope, { range, filter: filter(round, "histogram"), stepSeconds: 900 }),
    baseline: `SELECT intDiv(toUnixTimestamp(bucket), 900) AS step, count() FROM flow WHERE ${ofDay} GROUP BY step`,
    baselineName: "a count by step",
    p95Ms: 300,
  }));
  const raw = `SELECT source_cluster_id, source_workload_kind, source_namespace, source_workload, dest_cluster_id,
    dest_workload_kind, dest_namespace, dest_workload, protocol, dest_port, reporter, count(), sum(connections_started),
    sumIf(connections_started, action = 'deny'), sum(bytes_in), sum(bytes_out), min(bucket), max(bucket)
    FROM flow WHERE ${ofDay} GROUP BY ALL`;
  return [
    ...pages,
    ...histograms,
    {
      name: "workload graph of a day",
      ask: (scope) => store.graphEdges(scope, range),
      baseline: raw,
      baselineName: "the same edges from the flows",
      p95Ms: 500,
    },
    {
      name: "top talkers of a day",
      ask: (scope) => store.topTalkers(scope, { range, side: "source", by: "workload", measure: "bytes", limit: 10 }),
      baseline: raw,
      baselineName: "the edges from the flows",
      p95Ms: 500,
    },
    {
      name: "values of a workload",
      ask: (scope) => store.fieldValues(scope, { range, field: "workload", text: "w3", limit: 20 }),
      baseline: raw,
      baselineName: "the edges from the flows",
      p95Ms: 300,
    },
  ];
}

const places: Readonly<Record<string, Places>> = {
  "": "all",
  ", in one namespace of each cluster": new Map(
    Array.from({ length: 20 }, (_, index) => [clusterId(index), new Set(["namespace-3"])] as const),
  ),
};

async function measure(client: ClickHouseClient, question: Question): Promise<readonly BenchRow[]> {
  const spent = Object.keys(places).map((): number[] => []);
  const plain: number[] = [];
  const endsAt = performance.now() + budgetMs;
  // Interleaved, so that a busy machine slows all alike; the first round warms up.
  for (let round = 0; round <= rounds && (round < 8 || performance.now() < endsAt); round += 1) {
    const bare = await timed(async () =>
      (await client.query({ query: question.baseline, format: "JSONCompactEachRow" })).text(),
    );
    const each: number[] = [];
    for (const seen of Object.values(places))
      each.push(await timed(() => question.ask({ organisationId, places: seen }, round)));
    if (round === 0) continue;
    plain.push(bare);
    each.forEach((ms, index) => spent[index]?.push(ms));
  }
  return Object.keys(places).map((place, index) => rowOf({ question, place, ms: spent[index] ?? [], plain }));
}

function rowOf(measured: {
  readonly question: Question;
  readonly place: string;
  readonly ms: readonly number[];
  readonly plain: readonly number[];
}): BenchRow {
  const { question, place, ms, plain } = measured;
  const [p50, p95, baseline] = [quantile(ms, 0.5), quantile(ms, 0.95), quantile(plain, 0.5)];
  return {
    name: `${question.name}${place}: p95 (p50 ${p50} ms) beside ${question.baselineName}`,
    value: p95,
    unit: "ms",
    baseline,
    ratio: Math.round((p95 / baseline) * 100) / 100,
    target: `< ${question.p95Ms} ms`,
    holds: p95 < question.p95Ms,
  };
}

const quantile = (values: readonly number[], share: number): number =>
  Math.round(
    (values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0) * 10,
  ) / 10;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function sizes(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `SELECT table, sum(rows) AS row_count, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts
      WHERE active AND database = 'isthmus' GROUP BY table ORDER BY table`,
    format: "JSONEachRow",
  });
  for (const row of await result.json<Record<"table" | "row_count" | "bytes" | "parts", string>>()) {
    process.stderr.write(`  ${row.table}: ${row.row_count} rows, ${row.bytes} bytes, ${row.parts} parts\n`);
  }
}
