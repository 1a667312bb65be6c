import { randomUUID } from "node:crypto";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createClient, type ClickHouseClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowStore, FlowStoreError, migrateFlowStore, type FlowBlockEntry, type FlowStore } from "../src/index";
import { flowTableOf, startTestFlowStore, type TestFlowStore } from "../src/testing";
import { flow, organisation, t0, workload } from "./fixtures";

let server: TestFlowStore;
let store: FlowStore;
let client: ClickHouseClient;

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
  const { url, user, password, database } = server.connection;
  client = createClient({ url, username: user, password, database, log: { level: 127 } });
});
afterAll(async () => {
  await client?.close();
  await store?.close();
  await server?.stop();
});

const run = promisify(execFile);
const hasPrlimit = await run("prlimit", ["--version"]).then(
  () => true,
  () => false,
);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** No file of the engine's grows beyond its first byte, as on a full disk; or as it was. */
const disk = (how: "full" | "free") =>
  run("prlimit", ["--pid", `${server.pid}`, `--fsize=${how === "full" ? "1" : "unlimited"}:`]);

const ROWS = 6;
const rollups = ["edge_minute", "edge_hour", "edge_day"] as const;

function entryOf(organisationId: string, clusterId: string, index: number): FlowBlockEntry {
  const rows = Array.from({ length: ROWS }, (_, row) =>
    flow(workload(clusterId, `w${row}`), workload(clusterId, `v${row % 2}`), { keyHash: BigInt(row) }),
  );
  return {
    organisationId,
    clusterId,
    incarnation: "goldmane-1/0",
    bucketStart: t0 + 15 * index,
    part: 0,
    parts: 1,
    correction: 0,
    receivedAtMs: Date.now(),
    asOfMs: 0,
    table: flowTableOf(rows),
  };
}

/** Does something until it succeeds, as a gateway does, and says how often it failed. */
async function persist(work: () => Promise<void>): Promise<number> {
  for (let failures = 0; failures < 500; failures += 1) {
    try {
      await work();
      return failures;
    } catch (error) {
      if (!(error instanceof FlowStoreError) || !error.retryable) throw error;
      await sleep(20);
    }
  }
  throw new Error("never stored");
}

async function count(query: string): Promise<number> {
  const result = await client.query({ query, format: "JSONEachRow" });
  return Number((await result.json<{ n: number }>())[0]?.n);
}

describe.skipIf(!hasPrlimit)("a disk that is full for a while", () => {
  it("costs nothing of what was said to be stored, and what was not is stored once", { timeout: 120_000 }, async () => {
    const { organisationId, west } = organisation();
    let isOver = false;
    let inserted = 0;
    const filling = (async () => {
      for (let times = 0; times < 8; times += 1) {
        await sleep(300 + 37 * times);
        await disk("full");
        await sleep(400 + 150 * (times % 3));
        await disk("free");
        // until what was in doubt has been looked through, and some more is stored
        for (const goal = inserted + 4; inserted < goal;) await sleep(20);
      }
      isOver = true;
    })();
    let marked = 0;
    let failures = 0;
    const inserts = (async () => {
      for (; !isOver; inserted += 1) {
        const [entries, fence] = [[entryOf(organisationId, west, inserted)], randomUUID()];
        failures += await persist(() => store.insertFlows(entries, { id: fence, deadlineMs: Date.now() + 600_000 }));
      }
    })();
    const marks = (async () => {
      for (; !isOver; marked += 1) {
        const mark = { organisationId, clusterId: west, incarnation: "goldmane-1/0", rows: ROWS };
        failures += await persist(() =>
          store.markBuckets([{ ...mark, bucket: t0 + 15 * marked, receivedAtMs: Date.now() }]),
        );
      }
    })();
    const merges = (async () => {
      for (; !isOver; await sleep(70)) {
        await client.command({ query: "OPTIMIZE TABLE edge_hour FINAL" }).catch(() => undefined);
        await client.command({ query: "OPTIMIZE TABLE evidence_bucket FINAL" }).catch(() => undefined);
      }
    })();
    await Promise.all([filling, inserts, marks, merges]);
    expect(failures).toBeGreaterThan(5);
    expect(inserted).toBeGreaterThan(30);
    const judge = async () => {
      const own = `organisation_id = '${organisationId}'`;
      expect(await count(`SELECT count() AS n FROM flow WHERE ${own}`)).toBe(inserted * ROWS);
      for (const table of rollups) {
        expect(await count(`SELECT sum(flows) AS n FROM ${table} WHERE ${own}`), table).toBe(inserted * ROWS);
      }
      expect(await count(`SELECT count() AS n FROM evidence_bucket FINAL WHERE ${own}`)).toBe(marked);
    };
    await persist(() => store.markBuckets([]));
    await judge();
    await server.kill();
    await server.restart();
    await judge();
  });
});
