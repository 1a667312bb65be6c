import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createFlowStore,
  migrateFlowStore,
  type FlowStore,
  type LogBatchInsert,
  type LogPage,
  type LogPageRequest,
  type Scope,
} from "../src/index";
import { maxEventBytes } from "../src/ingest/log-rows";
import { startTestFlowStore, type TestFlowStore } from "../src/testing";
import { bucket, organisation, t0, workload } from "./fixtures";
import { audit, dns, l7 } from "./log-fixtures";

let server: TestFlowStore;
let store: FlowStore;
const { organisationId, west, east } = organisation();
const scope: Scope = { organisationId, places: "all" };
const range = { fromMs: t0 * 1_000, toMs: (t0 + 3_600) * 1_000 };
const receivedAtMs = (t0 + 40) * 1_000;
const client = workload(west, "checkout");
const dest = workload(east, "payment");

beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const at = (minute: number) => bucket(organisationId, west, { bucketStart: t0 + 60 * minute });
const place = (minute: number) => ({
  id: expect.any(String),
  clusterId: west,
  bucketStartMs: (t0 + 60 * minute) * 1_000,
  receivedAtMs,
  ahead: false,
});

describe("a record", () => {
  it("of DNS comes back as it was", async () => {
    const row = dns(client, dest, { answers: [{ name: "a", type: "CNAME", class: "IN", data: "b\tc" }] });
    await store.insertLogBatch({ kind: "dns", identity: at(0), rows: [row], receivedAtMs });
    const { keyHash: _, ...told } = row;
    expect((await store.dnsLogs(scope, { range, limit: 1 })).records).toEqual([
      { ...told, answers: [{ name: "a", type: "CNAME", class: "IN", data: "b c" }], ...place(0) },
    ]);
  });

  it("of L7 comes back as it was", async () => {
    const row = l7(client, dest, { protocol: "tls", tlsSni: "api.example.org", url: "", responseCode: 0 });
    await store.insertLogBatch({ kind: "l7", identity: at(0), rows: [row], receivedAtMs });
    const { keyHash: _, ...told } = row;
    expect((await store.l7Logs(scope, { range, limit: 1 })).records).toEqual([{ ...told, ...place(0) }]);
  });

  it("of the audit log comes back as it was, its event up to a limit of whole characters", async () => {
    const long = "é".repeat(maxEventBytes);
    const rows = [audit("shop"), audit("shop", { event: long })];
    await store.insertLogBatch({ kind: "audit", identity: at(0), rows, receivedAtMs });
    const { records } = await store.auditLogs(scope, { range, limit: 9 });
    const [cut, whole] = records;
    const { keyHash: _, ...told } = rows[0]!;
    expect(whole).toEqual({ ...told, ...place(0), eventCut: false });
    expect(cut).toMatchObject({ event: "é".repeat(maxEventBytes / 2), eventCut: true });
  });

  it("whose time is more than two minutes ahead of its arrival is kept and marked", async () => {
    const identity = bucket(organisationId, east, { bucketStart: t0 });
    const rows = [audit("shop")];
    await store.insertLogBatch({ kind: "audit", identity, rows, receivedAtMs: (t0 - 121) * 1_000 });
    const { records } = await store.auditLogs(scope, { range, clusterIds: [east], limit: 9 });
    expect(records).toMatchObject([{ clusterId: east, ahead: true }]);
  });
});

describe.each(["dns", "l7", "audit"] as const)("records of %s", (kind) => {
  const { organisationId: other, west: cluster } = organisation();
  const mine: Scope = { organisationId: other, places: "all" };
  const pages: Readonly<Record<string, (request: LogPageRequest) => Promise<LogPage<{ readonly id: string }>>>> = {
    dns: (request) => store.dnsLogs(mine, request),
    l7: (request) => store.l7Logs(mine, request),
    audit: (request) => store.auditLogs(mine, request),
  };
  const batch = (minute: number): LogBatchInsert => {
    const [source, target] = [workload(cluster, "a"), workload(cluster, "b")];
    const identity = bucket(other, cluster, { bucketStart: t0 + 60 * minute });
    const rows = {
      dns: { kind: "dns", rows: [dns(source, target), dns(source, target)] },
      l7: { kind: "l7", rows: [l7(source, target), l7(source, target)] },
      audit: { kind: "audit", rows: [audit("a"), audit("b")] },
    } as const;
    return { ...rows[kind], identity, receivedAtMs };
  };

  it("are stored once, however often they are sent", async () => {
    const [first, second] = [batch(1), batch(2)];
    for (const each of [first, first, second, first]) await store.insertLogBatch(each);
    await Promise.all([batch(3), batch(3)].map((each) => store.insertLogBatch(each)));
    expect((await pages[kind]!({ range, limit: 100 })).records).toHaveLength(6);
  });

  it("come newest first, and a page goes on where the one before ended", async () => {
    const seen: string[] = [];
    let cursor: string | null = "";
    for (let count = 0; count < 9 && cursor !== null; count += 1) {
      const page: LogPage<{ readonly id: string }> = await pages[kind]!({
        range,
        limit: 4,
        ...(cursor === "" ? {} : { cursor }),
      });
      seen.push(...page.records.map(({ id }) => id));
      cursor = page.next;
    }
    const { records } = await pages[kind]!({ range, limit: 100 });
    expect(seen).toEqual(records.map(({ id }) => id));
    expect(new Set(seen).size).toBe(6);
    const starts = (records as unknown as readonly { readonly bucketStartMs: number }[]).map(
      (each) => each.bucketStartMs,
    );
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
  });
});
