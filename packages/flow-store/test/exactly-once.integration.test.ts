import { createClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowStore, FlowStoreError, migrateFlowStore, type FlowBatchInsert, type FlowStore } from "../src/index";
import { startTestFlowStore, type TestFlowStore } from "../src/testing";
import { bucket, flow, organisation, t0, workload } from "./fixtures";

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

const rowsPerBatch = 2_000;
const batches = 40;

function batchOf(organisationId: string, clusterId: string, index: number): FlowBatchInsert {
  const rows = Array.from({ length: rowsPerBatch }, (_, row) =>
    flow(workload(clusterId, `w${row % 20}`), workload(clusterId, `v${row % 7}`), { keyHash: BigInt(row) }),
  );
  return {
    identity: bucket(organisationId, clusterId, { bucketStart: t0 + 15 * index }),
    rows,
    receivedAtMs: Date.now(),
  };
}

/** Sends a batch until it is acknowledged, as a gateway does. */
async function deliver(batch: FlowBatchInsert): Promise<number> {
  for (let attempt = 1; attempt <= 200; attempt++) {
    try {
      await store.insertFlowBatch(batch);
      return attempt;
    } catch (error) {
      if (!(error instanceof FlowStoreError) || !error.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error("never acknowledged");
}

describe("a batch", () => {
  it("is stored once, in every rollup too, while the engine is killed again and again", async () => {
    const { organisationId, west } = organisation();
    let done = false;
    let kills = 0;
    // Each kill comes when a batch is on its way: at a different moment of its insert every time.
    const killing = (async () => {
      while (!done && kills < 6) {
        await new Promise((resolve) => setTimeout(resolve, 60 + 37 * kills));
        if (done) break;
        await server.kill();
        kills += 1;
        await server.restart();
      }
    })();
    let retries = 0;
    for (let index = 0; index < batches; index++) {
      retries += (await deliver(batchOf(organisationId, west, index))) - 1;
    }
    done = true;
    await killing;
    // and every batch once more, as another replica would send it
    for (let index = 0; index < batches; index += 7) await deliver(batchOf(organisationId, west, index));
    expect(kills).toBeGreaterThan(2);
    expect(retries).toBeGreaterThan(0);
    await expectExactly(organisationId, batches * rowsPerBatch);
  });

  it("is stored once when its row of the bucket was lost between two deliveries", async () => {
    const { organisationId, west } = organisation();
    const batch = batchOf(organisationId, west, 0);
    await store.insertFlowBatch(batch);
    const admin = createClient(clientOptions());
    // What a kill between the flows and the bucket's row leaves behind.
    await admin.command({
      query: "DELETE FROM evidence_bucket WHERE organisation_id = {o:UUID}",
      query_params: { o: organisationId },
    });
    await store.insertFlowBatch(batch);
    await admin.close();
    await expectExactly(organisationId, rowsPerBatch);
    expect(await store.evidenceMarks({ organisationId, clusterId: west })).toHaveLength(1);
  });

  it("is stored once although two gateways deliver it at the same moment", async () => {
    const { organisationId, west } = organisation();
    const batch = batchOf(organisationId, west, 0);
    await Promise.all([deliver(batch), deliver(batch), deliver(batch)]);
    await expectExactly(organisationId, rowsPerBatch);
  });

  it("is not taken for another part, correction, bucket, incarnation or cluster", async () => {
    const { organisationId, west, east } = organisation();
    const [row] = batchOf(organisationId, west, 0).rows;
    const identities = [
      bucket(organisationId, west, { parts: 2 }),
      bucket(organisationId, west, { part: 1, parts: 2 }),
      bucket(organisationId, west, { correction: 1 }),
      bucket(organisationId, west, { bucketStart: t0 + 15 }),
      bucket(organisationId, west, { incarnation: "goldmane-1/1" }),
      bucket(organisationId, east),
    ];
    for (const identity of identities) {
      await store.insertFlowBatch({ identity, rows: row ? [row] : [], receivedAtMs: Date.now() });
    }
    await expectExactly(organisationId, identities.length);
  });
});

function clientOptions() {
  const { url, user, password, database } = server.connection;
  return { url, username: user, password, database };
}

/** Counts in the table itself, and through each rollup. */
async function expectExactly(organisationId: string, rows: number): Promise<void> {
  const client = createClient(clientOptions());
  const count = async (query: string) => {
    const result = await client.query({ query, query_params: { o: organisationId }, format: "JSONEachRow" });
    return Number((await result.json<{ n: number }>())[0]?.n);
  };
  try {
    expect({
      flow: await count("SELECT count() AS n FROM flow WHERE organisation_id = {o:UUID}"),
      minute: await count("SELECT sum(flows) AS n FROM edge_minute WHERE organisation_id = {o:UUID}"),
      hour: await count("SELECT sum(flows) AS n FROM edge_hour WHERE organisation_id = {o:UUID}"),
      day: await count("SELECT sum(flows) AS n FROM edge_day WHERE organisation_id = {o:UUID}"),
      connections: await count("SELECT sum(allowed_connections) AS n FROM edge_hour WHERE organisation_id = {o:UUID}"),
      hits: await count(
        "SELECT sum(flows) AS n FROM policy_minute WHERE organisation_id = {o:UUID} AND NOT is_pending",
      ),
    }).toEqual({ flow: rows, minute: rows, hour: rows, day: rows, connections: rows * 3, hits: rows });
  } finally {
    await client.close();
  }
}
