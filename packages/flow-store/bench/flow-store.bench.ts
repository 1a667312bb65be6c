import type { BenchRow } from "@isthmus/bench-rows";
import { randomUUID } from "node:crypto";
import { createClient, type ClickHouseClient } from "@clickhouse/client";
import { createFlowStore, migrateFlowStore, type FlowRow, type Scope } from "../src/index";
import { startTestFlowStore, storeFlows, type FlowBatch } from "../src/testing";
import { bucket, flow, t0, workload } from "../test/fixtures";
import { flowColumns, flowValues } from "../test/json-rows";

const rowsPerBatch = 5_000;
const ingestBatches = 16;
const graphBuckets = 240; // an hour
const graphRowsPerBucket = 1_000;
const workloads = 60;

/** Ingest with rollups against a plain table without views; the graph from rollups against the raw flows. */
export async function run(): Promise<BenchRow[]> {
  const server = await startTestFlowStore();
  const { url, user, password, database } = server.connection;
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  const store = createFlowStore(server.connection);
  const client = createClient({ url, username: user, password, database });
  try {
    return [await ingest(store, client), await graph(store, client)];
  } finally {
    await client.close();
    await store.close();
    await server.stop();
  }
}

function batchOf(
  organisationId: string,
  clusterId: string,
  { index, rows }: { index: number; rows: number },
): FlowBatch {
  const flows = Array.from({ length: rows }, (_, row): FlowRow => {
    const source = workload(clusterId, `w${row % workloads}`);
    const dest = workload(clusterId, `w${(row * 7 + 1) % workloads}`);
    return flow(source, dest, { keyHash: BigInt(row), destPort: 8_000 + (row % 5) });
  });
  return {
    identity: bucket(organisationId, clusterId, { bucketStart: t0 + 15 * index }),
    rows: flows,
    receivedAtMs: 0,
  };
}

async function ingest(store: ReturnType<typeof createFlowStore>, client: ClickHouseClient): Promise<BenchRow> {
  const [organisationId, clusterId] = [randomUUID(), randomUUID()];
  const batches = Array.from({ length: ingestBatches }, (_, index) =>
    batchOf(organisationId, clusterId, { index, rows: rowsPerBatch }),
  );
  await client.command({ query: "CREATE TABLE plain AS flow ENGINE = MergeTree ORDER BY (organisation_id, bucket)" });
  const plain = async (batch: FlowBatch) => {
    const values = batch.rows.map((row) => flowValues(batch, row));
    await client.insert({
      table: "plain",
      columns: [...flowColumns] as [string],
      values,
      format: "JSONCompactEachRow",
    });
  };
  const seconds = { rollups: 0, plain: 0 };
  // Interleaved, so that a busy machine slows both alike.
  for (const batch of batches) {
    seconds.plain += await timed(() => plain(batch));
    seconds.rollups += await timed(() => storeFlows(store, batch));
  }
  const rate = (spent: number) => Math.round((ingestBatches * rowsPerBatch) / spent);
  return judged({
    name: "flow ingest with three rollups, exactly once",
    value: rate(seconds.rollups),
    unit: "rows/s",
    baseline: rate(seconds.plain),
    share: 0.4,
  });
}

async function graph(store: ReturnType<typeof createFlowStore>, client: ClickHouseClient): Promise<BenchRow> {
  const [organisationId, clusterId] = [randomUUID(), randomUUID()];
  for (let index = 0; index < graphBuckets; index++) {
    await storeFlows(store, batchOf(organisationId, clusterId, { index, rows: graphRowsPerBucket }));
  }
  const scope: Scope = { organisationId, places: "all" };
  const range = { fromMs: t0 * 1_000, toMs: (t0 + 3_600) * 1_000 };
  const query = `SELECT source_cluster_id, source_workload_kind, source_namespace, source_workload, dest_cluster_id,
      dest_workload_kind, dest_namespace, dest_workload, protocol, dest_port, reporter, count(), sum(connections_started),
      sumIf(connections_started, action = 'deny'), sum(bytes_in), sum(bytes_out), min(bucket), max(bucket)
    FROM flow WHERE organisation_id = {o:UUID} AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
    GROUP BY ALL`;
  const parameters = { o: organisationId, from: t0, to: t0 + 3_600 };
  const raw = async () =>
    void (await (await client.query({ query, query_params: parameters, format: "JSONEachRow" })).json());
  const spent = { raw: [] as number[], rollup: [] as number[] };
  for (let each = 0; each < 9; each++) {
    spent.raw.push(await timed(raw));
    spent.rollup.push(await timed(async () => void (await store.graphEdges(scope, range))));
  }
  return judged({
    name: "service graph of one hour from the minute rollup",
    value: medianMs(spent.rollup),
    unit: "ms",
    baseline: medianMs(spent.raw),
    share: 1,
  });
}

/** Rates hold at or above their target ratio, times at or below it. */
function judged({
  share,
  ...row
}: Omit<BenchRow, "ratio" | "holds" | "target"> & { readonly share: number }): BenchRow {
  const ratio = Math.round((row.value / row.baseline) * 100) / 100;
  const time = row.unit === "ms";
  return { ...row, ratio, target: `${time ? "≤" : "≥"} ${share} ×`, holds: time ? ratio <= share : ratio >= share };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

function medianMs(seconds: readonly number[]): number {
  return Math.round((seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? 0) * 1_000);
}
