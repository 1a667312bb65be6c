import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createFlowStore,
  defaultRetention,
  keptOf,
  keptSince,
  migrateFlowStore,
  type AnswerSource,
  type EdgeKey,
  type FlowStore,
  type Retention,
  type Scope,
  type TimeRange,
} from "../src/index";
import { connectClickHouse, type ClickHouse } from "../src/clickhouse-client";
import { tables } from "../src/schema/tables";
import { startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { bucket, flow, hit, organisation, t0, workload } from "./fixtures";
import { audit, dns, l7 } from "./log-fixtures";

const day = 86_400;
const nowMs = Date.now();
const daysAgo = [1, 30, 200];
const future = t0 + 400 * day;
let server: TestFlowStore;
let store: FlowStore;
let clickhouse: ClickHouse;

const fill = async ({ organisationId, west }: ReturnType<typeof organisation>) => {
  const rows = [flow(workload(west, "a"), workload(west, "b"), { enforcedTrace: [hit("security.a", "allow")] })];
  for (const days of daysAgo) {
    const identity = bucket(organisationId, west, { bucketStart: t0 - days * day });
    // It arrived when it was new.
    const receivedAtMs = identity.bucketStart * 1_000;
    await storeFlows(store, { identity, rows, receivedAtMs });
    await store.insertLogBatch({ kind: "dns", identity, rows: [dns(rows[0]!.source, rows[0]!.dest)], receivedAtMs });
    await store.insertLogBatch({ kind: "l7", identity, rows: [l7(rows[0]!.source, rows[0]!.dest)], receivedAtMs });
    await store.insertLogBatch({ kind: "audit", identity, rows: [audit("boutique")], receivedAtMs });
    const gap = { from: identity.bucketStart, to: identity.bucketStart + 15, reason: "spool-lost", receivedAtMs };
    await store.insertGaps([{ organisationId, clusterId: west, incarnation: "goldmane-1/0", ...gap }]);
  }
};

/** Rows of an organisation that each table has, by how many days ago they are of. */
async function left({ organisationId }: ReturnType<typeof organisation>): Promise<Record<string, readonly number[]>> {
  const counts: Record<string, readonly number[]> = {};
  for (const { name, columns } of tables) {
    const column = /^ {2}(bucket|step|gap_to) /m.exec(columns)?.[1] ?? "";
    const rows = await clickhouse.select<{ readonly at: number }>(
      `SELECT DISTINCT toUnixTimestamp(toStartOfDay(${column})) AS at FROM ${name}
       WHERE organisation_id = {organisation:UUID} ORDER BY at DESC`,
      { organisation: organisationId },
    );
    const today = Math.floor(t0 / day) * day;
    counts[name] = rows.map(({ at }) => (today - Math.floor(Number(at) / day) * day) / day);
  }
  return counts;
}

/** Sweeps until nothing is left to begin and nothing runs. */
async function swept(sweep: { readonly organisationId: string; readonly retention: Retention }): Promise<number> {
  let begun = 0;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    begun += (await store.applyRetention({ ...sweep, nowMs })).length;
    const [row] = await clickhouse.select<{ readonly running: number }>(
      "SELECT toUInt32(count()) AS running FROM system.mutations WHERE NOT is_done",
      {},
    );
    if (row?.running === 0) return begun;
    await delay(50);
  }
  throw new Error("mutations did not end");
}

const edgeOf = (clusterId: string): EdgeKey => {
  const end = (name: string) => ({ clusterId, kind: "Deployment", namespace: "boutique", name });
  return { source: end("a"), dest: end("b"), protocol: "tcp", port: 50_051 };
};

/** Of the one bucket of a range, by what its answers come from. */
async function completenessOf({
  scope,
  range,
  west,
}: {
  readonly scope: Scope;
  readonly range: TimeRange;
  readonly west: string;
}) {
  const clusters = [{ clusterId: west, joinedAtMs: range.fromMs }];
  const of = async (source: AnswerSource) => {
    const request = { range, clusters, nowMs, settleMs: 0, answeredFrom: [source] };
    const [found] = await store.completeness(scope, request);
    const reasons = found?.incomplete.flatMap((minute) => minute.reasons);
    return { durable: found?.durable, reasons, past: found?.pastRetention };
  };
  return { flows: await of("flows"), edges: await of("edges"), hits: await of("hits") };
}

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
  clickhouse = connectClickHouse(server.connection);
});
afterAll(async () => {
  await clickhouse?.close();
  await store?.close();
  await server?.stop();
});

describe("retention", () => {
  it("is each kind's own, in the table and in every rollup, and nobody else's", async () => {
    const [mine, theirs] = [organisation(), organisation()];
    await fill(mine);
    await fill(theirs);
    const before = await left(theirs);
    const retention = { ...defaultRetention(7), dns: 40, l7: 2, audit: 300, minute: 40, hour: 100, day: 300 };
    expect(await swept({ organisationId: mine.organisationId, retention })).toBeGreaterThan(0);
    expect(await left(mine)).toEqual({
      flow: [1],
      edge_minute: [1, 30],
      policy_minute: [1, 30],
      edge_hour: [1, 30],
      edge_day: [1, 30, 200],
      // what says how complete any of them is
      evidence_bucket: [1, 30, 200],
      evidence_gap: [1, 30, 200],
      dns_log: [1, 30],
      l7_log: [1],
      audit_log: [1, 30, 200],
      log_bucket: [1, 30, 200],
    });
    expect(await left(theirs)).toEqual(before);
  });

  it("takes a shorter setting at its next run, and a longer one keeps what is there", async () => {
    const mine = organisation();
    await fill(mine);
    const { organisationId } = mine;
    const all = { flows: 250, dns: 250, l7: 250, audit: 250, minute: 250, hour: 250, day: 250 };
    expect(await swept({ organisationId, retention: all })).toBe(0);
    await swept({ organisationId, retention: { ...all, flows: 60 } });
    expect(await left(mine)).toMatchObject({ flow: [1, 30], edge_minute: [1, 30, 200] });
    expect(await swept({ organisationId, retention: all })).toBe(0);
    expect(await left(mine)).toMatchObject({ flow: [1, 30] });
  });

  it("is told by answers: what is gone is not whole, and coarser rollups answer in its place", async () => {
    const { organisationId, west } = organisation();
    const rows = [flow(workload(west, "a"), workload(west, "b"))];
    for (const days of daysAgo) {
      const identity = bucket(organisationId, west, { bucketStart: t0 - days * day });
      await storeFlows(store, { identity, rows, receivedAtMs: identity.bucketStart * 1_000 });
    }
    const retention = { ...defaultRetention(7), minute: 10, hour: 84, day: 364 };
    await swept({ organisationId, retention });
    const kept = keptOf(retention, { nowMs, sweptMs: {} });
    const scope: Scope = { organisationId, places: "all", kept: () => Promise.resolve(kept) };
    const answers = async (days: number) => {
      const fromMs = (t0 - days * day) * 1_000;
      const range = { fromMs, toMs: fromMs + 15_000 };
      const edge = { source: "workload", dest: "workload" } as const;
      const groups = { range, by: edge, measure: "flows", limit: 9 } as const;
      const [steps] = await store.edgeTimeseries(scope, { range, edge: edgeOf(west), stepSeconds: 60 });
      return {
        flows: (await store.flowPage(scope, { range, limit: 9 })).flows.length,
        edges: (await store.graphEdges(scope, range)).length,
        groups: (await store.edgeGroups(scope, groups)).groups.length,
        talkers: (await store.topTalkers(scope, { ...groups, by: "workload", side: "dest" })).groups.length,
        values: (await store.fieldValues(scope, { range, field: "port", limit: 9 })).length,
        step: steps?.bySource.flows,
        complete: await completenessOf({ scope, range, west }),
      };
    };
    const all = { flows: 1, edges: 1, groups: 1, talkers: 1, values: 1, step: 1 };
    const whole = { durable: 1, reasons: [], past: [] };
    const gone = (kind: string, days: number) => ({
      durable: 0,
      reasons: ["past-retention"],
      past: [{ kind, beforeMs: keptSince(days, nowMs), days }],
    });
    expect(await answers(1)).toEqual({ ...all, complete: { flows: whole, edges: whole, hits: whole } });
    expect(await answers(30)).toEqual({
      ...all,
      flows: 0,
      complete: { flows: gone("flows", 7), edges: whole, hits: gone("minute", 10) },
    });
    expect(await answers(200)).toMatchObject({ ...all, flows: 0, complete: { edges: whole } });
  });

  it("ages what is of the future by its arrival, and lets it make nothing else older", async () => {
    const mine = organisation();
    const { organisationId, west } = mine;
    const rows = [flow(workload(west, "a"), workload(west, "b"))];
    const retention = defaultRetention(7);
    for (const [part, receivedAtMs] of [nowMs, nowMs - 20 * day * 1_000].entries()) {
      const identity = bucket(organisationId, west, { bucketStart: future + part * 15 });
      await storeFlows(store, { identity, rows, receivedAtMs });
    }
    await storeFlows(store, { identity: bucket(organisationId, west), rows, receivedAtMs: nowMs });
    await swept({ organisationId, retention });
    const range = { fromMs: (t0 - day) * 1_000, toMs: (future + day) * 1_000 };
    const { flows } = await store.flowPage({ organisationId, places: "all" }, { range, limit: 9 });
    expect(flows.map(({ bucketStartMs }) => bucketStartMs / 1_000)).toEqual([future, t0]);
    const marked = await clickhouse.select<{ readonly is_ahead: boolean }>(
      "SELECT ahead AS is_ahead FROM flow WHERE organisation_id = {organisation:UUID} ORDER BY bucket",
      { organisation: organisationId },
    );
    expect(marked.map((row) => row.is_ahead)).toEqual([false, true]);
  });

  it("is refused for what is not an organisation", async () => {
    const sweep = { organisationId: "' OR 1=1 --", retention: defaultRetention(7), nowMs };
    await expect(store.applyRetention(sweep)).rejects.toThrow(TypeError);
  });
});
