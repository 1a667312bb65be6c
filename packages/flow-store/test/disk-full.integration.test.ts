import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
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
/** No file of the engine's grows beyond so many bytes, as on a full disk. */
const limitFiles = (bytes: number | "unlimited") => run("prlimit", ["--pid", `${server.pid}`, `--fsize=${bytes}:`]);

const { organisationId, west } = organisation();
const incarnation = "goldmane-1/0";
const ROWS = 60;
/** So many take long enough to be met by a full disk. */
const MANY_ROWS = 20_000;
/** Everything is cut off; or parts of flows alone, which are the largest. */
const LIMITS = [1, 2_500] as const;
const ROUNDS = 6;
/** Parts of many flows alone are cut off, and those of their sums are whole. */
const LIMIT_OF_MANY = 12_000;
/** So often the engine is killed while its disk is full; the next one has room. */
const isKilledIn = (round: number): boolean => round % 2 === 1;
/** So often an insert is tried under an id before it is concluded. */
const TRIES = 3;

function entryOf(index: number, length: number): FlowBlockEntry {
  const rows = Array.from({ length }, (_, row) =>
    flow(workload(west, `w${row % 6}`), workload(west, `v${row % 2}`), { keyHash: BigInt(row) }),
  );
  return {
    organisationId,
    clusterId: west,
    incarnation,
    bucketStart: t0 + 15 * index,
    part: 0,
    parts: 1,
    correction: 0,
    receivedAtMs: Date.now(),
    asOfMs: 0,
    table: flowTableOf(rows),
  };
}

let failures = 0;
/** How many inserts have begun. */
let inserts = 0;

/** False where it failed for now; throws what does not pass. */
async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof FlowStoreError) || !error.retryable) throw error;
    failures += 1;
    await sleep(20);
    return false;
  }
}

async function persist(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; !(await succeeds(work)); tries += 1) if (tries > 1_000) throw new Error("never done");
}

/** Stores a bucket as a gateway does: under one id for a while, which is then concluded, and under another. */
async function deliver(index: number, rows: number): Promise<void> {
  const entries = [entryOf(index, rows)];
  const held = {
    organisationId,
    batches: [{ clusterId: west, incarnation, bucket: t0 + 15 * index, correction: 0, part: 0 }],
  };
  for (;;) {
    const fence = { id: randomUUID(), deadlineMs: Date.now() + 600_000 };
    for (let tries = 0; tries < TRIES; tries += 1) {
      inserts += 1;
      if (await succeeds(() => store.insertFlows(entries, fence))) return;
    }
    await persist(() => store.endInsert(fence.id));
    let found = 0;
    await persist(async () => void (found = await store.countFlows(held)));
    expect([0, rows]).toContain(found);
    if (found === 0) continue;
    await persist(() => store.completeFlows(held, fence));
    return;
  }
}

async function count(query: string): Promise<number> {
  const result = await client.query({ query, format: "JSONEachRow" });
  return Number((await result.json<{ n: number }>())[0]?.n);
}

interface Stored {
  readonly rows: number;
  readonly marks: number;
}

async function expectExactly({ rows, marks }: Stored): Promise<void> {
  const own = `organisation_id = '${organisationId}'`;
  expect(await count(`SELECT count() AS n FROM flow WHERE ${own}`)).toBe(rows);
  for (const table of ["edge_minute", "edge_hour", "edge_day"]) {
    expect(await count(`SELECT sum(flows) AS n FROM ${table} WHERE ${own}`), table).toBe(rows);
  }
  expect(await count(`SELECT count() AS n FROM evidence_bucket FINAL WHERE ${own}`)).toBe(marks);
}

const CHANGES = 4;
/** What a change of definitions does, in turn: each is tried until it is done. */
const changeOf = (index: number): string =>
  [
    `ALTER TABLE log_bucket MODIFY COMMENT 'change ${index}'`,
    `ALTER TABLE policy_minute DELETE WHERE organisation_id = '${randomUUID()}'`,
    `CREATE TABLE IF NOT EXISTS scratch_${index} (a UInt32) ENGINE = MergeTree ORDER BY a`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS scratch_${index} TO kept AS SELECT 1 AS a FROM log_bucket`,
  ][index % CHANGES] ?? "";

async function expectChanges(done: number): Promise<void> {
  const result = await client.query({
    query: "SELECT name, comment FROM system.tables WHERE name = 'log_bucket' OR name LIKE 'scratch_%'",
    format: "JSONEachRow",
  });
  const tables = await result.json<{ name: string; comment: string }>();
  const [all, last] = [Array.from({ length: done }, (_, index) => index), Math.floor((done - 1) / CHANGES) * CHANGES];
  const made = all.filter((index) => index % CHANGES > 1).map((index) => `scratch_${index}`);
  expect(tables.map(({ name }) => name).toSorted()).toEqual(["log_bucket", ...made].toSorted());
  expect(tables.find(({ name }) => name === "log_bucket")?.comment).toBe(`change ${last}`);
  expect(await count("SELECT count() AS n FROM kept")).toBe(1);
}

describe.skipIf(!hasPrlimit)("a disk that is full again and again", () => {
  it("costs nothing that was said to be stored, and what was not is stored once", { timeout: 120_000 }, async () => {
    await client.command({ query: "CREATE TABLE kept (a UInt32) ENGINE = MergeTree ORDER BY a" });
    await client.command({ query: "INSERT INTO kept SELECT 1" });
    let [buckets, rows, marks, changes] = [0, 0, 0, 0];
    let [isOver, isQuiet] = [false, false];
    /** What is not an insert of flows waits, so that it is one of these that is being written. */
    const turn = async (ms: number) => {
      do await sleep(ms);
      while (isQuiet && !isOver);
    };
    const filling = async () => {
      for (let times = 0; times < ROUNDS; times += 1) {
        await sleep(200 + 37 * times);
        isQuiet = isKilledIn(times);
        for (const before = inserts; inserts < before + (isQuiet ? 3 : 1);) await sleep(1);
        if (isQuiet) await sleep(400 * ((0.618 * times) % 1));
        await limitFiles(isQuiet ? LIMIT_OF_MANY : (LIMITS[(times / 2) % LIMITS.length] ?? 1));
        await sleep(400 + 150 * (times % 3));
        if (isKilledIn(times)) {
          await server.kill();
          await server.restart();
          isQuiet = false;
        } else {
          await limitFiles("unlimited");
        }
        // until what was in doubt has been looked through, and more is stored
        for (const goal = buckets + 3; buckets < goal;) await sleep(20);
      }
      isOver = true;
    };
    const flows = async () => {
      for (; !isOver; buckets += 1) {
        const more = isQuiet ? MANY_ROWS : ROWS;
        await deliver(buckets, more);
        rows += more;
      }
    };
    const marking = async () => {
      const mark = { organisationId, clusterId: west, incarnation, rows: ROWS, receivedAtMs: Date.now() };
      for (; !isOver; marks += 1, await turn(1)) {
        await persist(() => store.markBuckets([{ ...mark, bucket: t0 + 15 * marks }]));
      }
    };
    const merging = async () => {
      for (; !isOver; await turn(70)) {
        for (const table of ["edge_hour", "evidence_bucket"]) {
          await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` }).catch(() => undefined);
        }
      }
    };
    // as a gateway that starts, and one that deletes what is past its retention
    const changing = async () => {
      for (; !isOver; await turn(50)) {
        await client.command({ query: changeOf(changes) }).then(
          () => (changes += 1),
          (error: { readonly code?: string }) => expect(error.code).toMatch(/^(?:243|ECONNRE\w+|EPIPE)$/u),
        );
      }
    };
    await Promise.all([filling(), flows(), marking(), merging(), changing()]);
    expect(failures).toBeGreaterThan(5);
    expect(changes).toBeGreaterThan(10);
    await expectExactly({ rows, marks });
    await expectChanges(changes);
    await server.kill();
    await server.restart();
    await expectExactly({ rows, marks });
    await expectChanges(changes);
  });
});
