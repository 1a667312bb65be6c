import { createClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowStore, migrateFlowStore, type FlowStore } from "../src/index";
import { tables } from "../src/schema/tables";
import { startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { bucket, flow, hit, organisation, t0, workload } from "./fixtures";
import { audit, dns, l7 } from "./log-fixtures";

let server: TestFlowStore;
let store: FlowStore;
const [mine, theirs] = [organisation(), organisation()];

const fill = async ({ organisationId, west }: ReturnType<typeof organisation>) => {
  await storeFlows(store, {
    identity: bucket(organisationId, west, { bucketStart: t0 }),
    rows: [
      flow(workload(west, "checkout"), workload(west, "cart"), { enforcedTrace: [hit("security.cart", "allow")] }),
    ],
    receivedAtMs: Date.now(),
  });
  const identity = bucket(organisationId, west);
  const receivedAtMs = Date.now();
  const ends = [workload(west, "checkout"), workload(west, "cart")] as const;
  await store.insertLogBatch({ kind: "dns", identity, rows: [dns(...ends)], receivedAtMs });
  await store.insertLogBatch({ kind: "l7", identity, rows: [l7(...ends)], receivedAtMs });
  await store.insertLogBatch({ kind: "audit", identity, rows: [audit("boutique")], receivedAtMs });
  await store.insertGaps([
    {
      organisationId,
      clusterId: west,
      incarnation: "goldmane-1/0",
      from: t0 + 30,
      to: t0 + 60,
      reason: "spool-lost",
      receivedAtMs: Date.now(),
    },
  ]);
};

/** Rows of an organisation in each table. */
async function rowsOf({ organisationId }: ReturnType<typeof organisation>): Promise<Record<string, number>> {
  const { url, user, password, database } = server.connection;
  const client = createClient({ url, username: user, password, database });
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const result = await client.query({
      query: `SELECT toUInt32(count()) AS rows FROM ${name} WHERE organisation_id = {organisation:UUID}`,
      query_params: { organisation: organisationId },
      format: "JSONEachRow",
    });
    counts[name] = (await result.json<{ rows: number }>())[0]?.rows ?? -1;
  }
  await client.close();
  return counts;
}

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
  await fill(mine);
  await fill(theirs);
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

describe("deleting an organisation", () => {
  it("leaves no row of it in any table, and every row of the others", async () => {
    expect(Object.values(await rowsOf(mine)).every((rows) => rows > 0)).toBe(true);
    const before = await rowsOf(theirs);
    await store.deleteOrganisation(mine.organisationId);
    expect(Object.values(await rowsOf(mine)).every((rows) => rows === 0)).toBe(true);
    expect(await rowsOf(theirs)).toEqual(before);
    await store.deleteOrganisation(mine.organisationId);
  });

  it("is refused for what is not an id", async () => {
    await expect(store.deleteOrganisation("' OR 1=1 --")).rejects.toThrow(TypeError);
  });
});
