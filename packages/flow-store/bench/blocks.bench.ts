import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { below, median, secondsOf, type BenchRow } from "@isthmus/bench-rows";
import { createClient } from "@clickhouse/client";
import { connectClickHouse } from "../src/clickhouse-client";
import { migrateFlowStore } from "../src/index";
import type { FlowBlockEntry, FlowTable } from "../src/ingest/flow-table";
import { encodeFlowBlock, flowBlockColumns } from "../src/ingest/native/flow-block";
import { flowTableOf, startTestFlowStore, type TestFlowStore } from "../src/testing";
import { bucket, flow, hit, t0, workload } from "../test/fixtures";

const ROWS_A_BATCH = 5_000;
const BATCHES_A_BLOCK = 4;
const ROWS = ROWS_A_BATCH * BATCHES_A_BLOCK;
const BLOCKS = 15;
const WANTED_SHARE = 0.8;
const LONGEST_HOLD_MS = 50;

/** Blocks of flows: written, and stored over HTTP against the same bytes from a file that the engine reads itself. */
export async function run(): Promise<BenchRow[]> {
  const server = await startTestFlowStore();
  try {
    await migrateFlowStore(server.connection, { deployment: "embedded" });
    return await measure(server);
  } finally {
    await server.stop();
  }
}

async function measure(server: TestFlowStore): Promise<BenchRow[]> {
  const { url, user, password, database } = server.connection;
  const store = connectClickHouse(server.connection);
  const client = createClient({ url, username: user, password, database });
  const names = flowBlockColumns.map(({ name }) => name).join(", ");
  const path = join(server.dataDir, "bench.native");
  const query = `INSERT INTO flow (${names}) SELECT ${names} FROM file('${path}', Native)`;
  const spent = { encode: [] as number[], file: [] as number[], http: [] as number[] };
  const [organisationId, clusterId] = [randomUUID(), randomUUID()];
  const table = tableOf(clusterId);
  for (let block = 0; block < BLOCKS; block += 1) {
    const entries = entriesOf({ organisationId, clusterId, table, block: 2 * block });
    const encoded = performance.now();
    const bytes = encodeFlowBlock(entries);
    spent.encode.push(performance.now() - encoded);
    // Interleaved, so that a busy machine slows both alike.
    const insert = { table: "flow", columns: flowBlockColumns, body: [bytes], token: randomUUID() };
    const fence = { insertId: randomUUID(), deadlineMs: Date.now() + 60_000 };
    spent.http.push(await secondsOf(() => store.insertNative({ ...insert, ...fence })));
    await writeFile(path, encodeFlowBlock(entriesOf({ organisationId, clusterId, table, block: 2 * block + 1 })));
    spent.file.push(await secondsOf(() => client.command({ query })));
    await rm(path);
  }
  await Promise.all([client.close(), store.close()]);
  return rowsOf(spent);
}

function rowsOf(spent: Readonly<Record<"encode" | "file" | "http", readonly number[]>>): BenchRow[] {
  const [value, baseline] = [median(spent.http), median(spent.file)].map((seconds) => Math.round(ROWS / seconds));
  const ratio = Math.round((100 * (value ?? 0)) / (baseline ?? 1)) / 100;
  // The first block is written by code that is not compiled yet.
  const longest = Math.max(...spent.encode.slice(1));
  return [
    {
      name: `blocks of ${ROWS.toLocaleString("en")} flows over HTTP, with views (baseline: the engine alone, from a file)`,
      value: value ?? 0,
      baseline: baseline ?? 0,
      ratio,
      unit: "rows/s",
      target: `≥ ${WANTED_SHARE} ×`,
      holds: ratio >= WANTED_SHARE,
    },
    below(
      LONGEST_HOLD_MS,
      `writing a block of ${ROWS.toLocaleString("en")} flows, the longest (baseline: the median)`,
      {
        value: longest,
        baseline: median(spent.encode),
        unit: "ms",
      },
    ),
  ];
}

/** Flows as of a busy cluster: a few hundred workloads, eighty traces of up to five policies. */
function tableOf(clusterId: string): FlowTable {
  const traces = Array.from({ length: 80 }, (_, trace) =>
    Array.from({ length: 1 + (trace % 5) }, (_hit, at) => hit(`security.policy-${trace}-${at}`, "allow")),
  );
  const flows = Array.from({ length: ROWS_A_BATCH }, (_, row) =>
    flow(workload(clusterId, `client-${row % 223}`), workload(clusterId, `server-${(row * 7 + 3) % 197}`), {
      keyHash: BigInt(row),
      destPort: 8_000 + (row % 9),
      bytesIn: 1_000 + row * 1_717,
      enforcedTrace: traces[row % 80] ?? [],
      pendingTrace: traces[(row * 3) % 80] ?? [],
    }),
  );
  return flowTableOf(flows);
}

function entriesOf(of: {
  readonly organisationId: string;
  readonly clusterId: string;
  readonly table: FlowTable;
  readonly block: number;
}): readonly FlowBlockEntry[] {
  return Array.from({ length: BATCHES_A_BLOCK }, (_, entry) => ({
    ...bucket(of.organisationId, of.clusterId, { bucketStart: t0 + 15 * (of.block * BATCHES_A_BLOCK + entry) }),
    receivedAtMs: Date.now(),
    asOfMs: 0,
    table: of.table,
  }));
}
