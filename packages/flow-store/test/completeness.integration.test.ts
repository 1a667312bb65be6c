import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowStore, migrateFlowStore, type CompletenessRequest, type FlowStore, type Scope } from "../src/index";
import { startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { bucket, organisation, t0 } from "./fixtures";

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

describe("completeness", () => {
  it("names the minutes of a destroyed spool, and only they", async () => {
    const { organisationId, west } = organisation();
    const scope: Scope = { organisationId, places: "all" };
    const receivedAtMs = Date.now();
    // ten minutes of empty buckets, of which minutes 4 and 5 (eight buckets) were in the spool
    for (let bucketStart = t0; bucketStart < t0 + 600; bucketStart += 15) {
      if (bucketStart >= t0 + 240 && bucketStart < t0 + 360) continue;
      await storeFlows(store, { identity: bucket(organisationId, west, { bucketStart }), rows: [], receivedAtMs });
    }
    const gap = { organisationId, clusterId: west, incarnation: "goldmane-1/0", reason: "spool-lost", receivedAtMs };
    await store.insertGaps([{ ...gap, from: t0 + 240, to: t0 + 360 }]);
    await store.insertGaps([{ ...gap, from: t0 + 240, to: t0 + 360 }]); // told twice
    const request: CompletenessRequest = {
      range: { fromMs: t0 * 1_000, toMs: (t0 + 600) * 1_000 },
      clusters: [{ clusterId: west, joinedAtMs: t0 * 1_000 }],
      nowMs: Date.now(),
      settleMs: 45_000,
      answeredFrom: ["flows"],
    };
    expect(await store.completeness(scope, request)).toEqual([
      {
        clusterId: west,
        expected: 40,
        durable: 32,
        incomplete: [
          { startMs: (t0 + 240) * 1_000, expected: 4, durable: 0, reasons: ["spool-lost"] },
          { startMs: (t0 + 300) * 1_000, expected: 4, durable: 0, reasons: ["spool-lost"] },
        ],
        gaps: [{ fromMs: (t0 + 240) * 1_000, toMs: (t0 + 360) * 1_000, reason: "spool-lost" }],
        pastRetention: [],
        latestMs: (t0 + 600) * 1_000,
      },
    ]);
    expect(await store.knownBuckets({ organisationId, clusterId: west })).toEqual([
      {
        incarnation: "goldmane-1/0",
        stored: expect.arrayContaining([
          [t0 + 360, t0 + 600],
          [t0, t0 + 240],
        ]) as unknown,
        lost: [[t0 + 240, t0 + 360]],
        torn: [],
        additions: [],
      },
    ]);
  });
});
