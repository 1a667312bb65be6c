import { randomUUID } from "node:crypto";
import { createClient, type ClickHouseClient } from "@clickhouse/client";
import {
  evaluate,
  isAnsweredBy,
  limits,
  matches,
  printFilter,
  type Filter,
  type FilterRow,
} from "@isthmus/flow-filter";
import { filters } from "@isthmus/flow-filter/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlowStore, migrateFlowStore, type FlowEnd, type FlowStore, type Places, type Scope } from "../src/index";
import { flowTableOf, startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { asking, bucket, flow, t0, workload } from "./fixtures";
import * as model from "./scope-model";
import type { SeenFlow, StoredFlow } from "./scope-model";
import { clusters, range, somePlaces, sorted, storedFlow, toldEdges } from "./scope-world";

let server: TestFlowStore;
let store: FlowStore;
let client: ClickHouseClient;
beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
  const { url, user, password, database } = server.connection;
  client = createClient({ url, username: user, password, database });
});
afterAll(async () => {
  await client?.close();
  await store?.close();
  await server?.stop();
});

// The third has no name: it was deleted.
const clusterNames = new Map<string, string>([
  [clusters[0], "eu-west"],
  [clusters[1], "us-east"],
]);
const addresses = ["", "10.1.2.3", "11.0.0.1", "fd00::1", "2001:db8::5", "not an address", "::ffff:10.1.2.3"];
const addressOf = (hash: bigint, shift: bigint) => addresses[Number((hash + shift) % BigInt(addresses.length))] ?? "";

const words =
  "eu-west us-east shop pay secret api db node-1 pub set-of-secret svc-secret svc-shop SECRET nobody tcp t.all t.secret";
// A search may go from one name into the next, from a port into a verdict, and be of part of either.
const across = ["shop api", "SHOP AP", "80 al", "tcp 80", "44", "DENY", "en", "node-1 "];
const names = [...words.split(" "), ...across, "secret/t.secret", "/t.all", "kns.secret", clusters[2]];
const vocabulary = {
  names: fc.constantFrom(...names),
  keys: fc.constantFrom("of", "app", "none"),
  patterns: fc.constantFrom(
    "^s",
    "pay|shop",
    "(?i)SECRET",
    "t[.]",
    "e$",
    "^$",
    "api|db",
    ".",
    "[^a-s]",
    "\\d",
    "(s|x){1,3}e",
  ),
};

/** Ends of flows with what the other tests do not vary: labels, kinds that are not known, how they were resolved. */
const variedEnd = fc.record({
  labels: fc.constantFrom<readonly string[] | undefined>(undefined, [], ["app=api", "of="], ["app=db"]),
  type: fc.constantFrom<FlowEnd["type"] | undefined>(undefined, undefined, undefined, "unknown"),
  resolution: fc.constantFrom<FlowEnd["resolution"] | undefined>(undefined, undefined, "published"),
});
const amount = fc.constantFrom(0, 1, 999, 1_000, 1_500, 1_048_576);
const variedFlow = fc
  .record({
    stored: storedFlow,
    source: variedEnd,
    dest: variedEnd,
    counts: fc.record({
      packetsIn: amount,
      packetsOut: amount,
      bytesIn: amount,
      bytesOut: amount,
      connectionsStarted: amount,
      connectionsCompleted: amount,
      connectionsLive: amount,
    }),
  })
  .map(({ stored, source, dest, counts }): StoredFlow => ({
    ...stored,
    row: {
      ...stored.row,
      ...counts,
      source: { ...stored.row.source, ...defined(source) },
      dest: { ...stored.row.dest, ...defined(dest) },
    },
  }));
const defined = (changes: object) =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));

/** What a filter sees of a flow that a scope shows. */
function filterRow(each: SeenFlow): FilterRow {
  const end = (of: FlowEnd, shift: bigint) => ({
    ...of,
    clusterName: of.clusterId && (clusterNames.get(of.clusterId) ?? of.clusterId),
    address: of.workloadKind === "outside-scope" ? "" : addressOf(each.row.keyHash, shift),
  });
  const { row, deciding, pendingAction } = each;
  const policyNames = model.policyNames(each);
  return { ...row, source: end(row.source, 0n), dest: end(row.dest, 3n), deciding, pendingAction, policyNames };
}

async function storeAll(organisationId: string, flows: readonly StoredFlow[]): Promise<void> {
  for (const [key, of] of model.grouped(flows, (each) => `${each.clusterId} ${each.bucketStart}`)) {
    const [clusterId = "", bucketStart] = key.split(" ");
    const identity = bucket(organisationId, clusterId, {
      bucketStart: Number(bucketStart),
      incarnation: organisationId,
    });
    await storeFlows(store, { identity, rows: of.map(({ row }) => row), receivedAtMs: Date.now() });
  }
  // No source tells addresses yet.
  const address = (shift: number) => `{addresses:Array(String)}[(key_hash + ${shift}) % ${addresses.length} + 1]`;
  await client.command({
    query: `ALTER TABLE flow UPDATE source_address = ${address(0)}, dest_address = ${address(3)}
      WHERE organisation_id = {organisationId:UUID} SETTINGS mutations_sync = 1`,
    query_params: { addresses, organisationId },
  });
}

const numberOf = (flow: { readonly bytesIn: number; readonly destPort: number }) => `${flow.bytesIn} ${flow.destPort}`;

async function expectSameAnswer(scope: Scope, filter: Filter, flows: readonly StoredFlow[]): Promise<void> {
  const expected = model.seenFlows(flows, scope.places).filter((each) => matches(filter, filterRow(each)));
  const asked = { where: filter, clusterNames };
  const text = printFilter(filter);
  const page = await store.flowPage(scope, { range, filter: asked, limit: 1_000 });
  expect([text, sorted(page.flows.map(numberOf))]).toEqual([text, sorted(expected.map(({ row }) => numberOf(row)))]);
  const edges = await store.graphEdges(scope, { ...range, filter: asked });
  expect([text, sorted(toldEdges(edges))]).toEqual([text, sorted(model.edges(expected))]);
}

describe("a filter in a scope", () => {
  it("keeps what it keeps of the rows that the scope shows, of flows and of edges", async () => {
    const given = fc.tuple(
      fc.array(variedFlow, { minLength: 30, maxLength: 40 }),
      fc.array(somePlaces, { minLength: 2, maxLength: 2 }),
      fc.array(filters(vocabulary), { minLength: 30, maxLength: 30 }),
    );
    const truths = new Set<string>();
    await fc.assert(
      fc.asyncProperty(given, async ([flows, places, asked]) => {
        const organisationId = randomUUID();
        await storeAll(organisationId, flows);
        for (const filter of asked) {
          for (const each of ["all" as const, ...places]) {
            await expectSameAnswer({ organisationId, places: each }, filter, flows);
            for (const seen of model.seenFlows(flows, each)) truths.add(evaluate(filter, filterRow(seen)));
          }
        }
      }),
      { numRuns: 2, endOnFailure: true },
    );
    expect([...truths].toSorted()).toEqual(["false", "true", "unknown"]);
  }, 300_000);

  it("asks rollups as it asks flows, where they can answer", async () => {
    const given = fc.tuple(
      fc.array(storedFlow, { minLength: 30, maxLength: 40 }),
      somePlaces,
      fc.array(
        filters({
          ...vocabulary,
          fields: [
            "cluster",
            "dest.cluster",
            "namespace",
            "source.workload",
            "workload",
            "port",
            "protocol",
            "reporter",
          ],
        }),
        { minLength: 30, maxLength: 30 },
      ),
    );
    await fc.assert(
      fc.asyncProperty(given, async ([flows, places, asked]) => {
        const organisationId = randomUUID();
        await storeAll(organisationId, flows);
        for (const filter of asked) {
          expect(isAnsweredBy(filter, "edge")).toBe(true);
          for (const each of ["all" as const, places]) {
            await expectSameAnswer({ organisationId, places: each }, filter, flows);
          }
        }
      }),
      { numRuns: 2, endOnFailure: true },
    );
  }, 300_000);
});

describe("what a filter says of a hidden end", () => {
  const [mine] = clusters;
  const hiddenOf = (name: string) => workload(mine, name, { namespace: name, labels: [`app=${name}`] });
  const source = workload(mine, "web", { namespace: "shop" });
  const places: Places = new Map([[mine, new Set(["shop"])]]);

  const questions = [
    ...["dest.namespace", "dest.workload", "dest.label.app", "namespace", "workload"].flatMap((field) => [
      `${field} = vault`,
      `${field} != vault`,
      `not ${field} in (vault, other)`,
      `not (not ${field} ~ "^v")`,
      `${field} = vault or not ${field} = vault`,
      `not has ${field}`,
    ]),
    "not text = vault",
    "service != vault",
    "not service ~ v",
    "not (dest.namespace = vault and service = vault)",
    "decided != vault",
    "policy !~ vault",
    "dest.cluster != nobody",
    "not dest.address in 0.0.0.0/0",
  ];
  it("is the same whatever it is called", async () => {
    const counts = await Promise.all(
      ["vault", "pay"].map(async (name) => {
        const organisationId = randomUUID();
        const service = { namespace: name, name, portName: "", port: 1 };
        const rows = [flow(source, hiddenOf(name), { service })];
        await storeFlows(store, {
          identity: bucket(organisationId, mine, { incarnation: name }),
          rows,
          receivedAtMs: Date.now(),
        });
        const answers = questions.map(async (text) => {
          const page = await store.flowPage({ organisationId, places }, { range, filter: asking(text), limit: 9 });
          return [text, page.flows.length];
        });
        const all = await store.flowPage(
          { organisationId, places: "all" },
          { range, filter: asking("text = vault"), limit: 9 },
        );
        expect(all.flows).toHaveLength(name === "vault" ? 1 : 0);
        return Promise.all(answers);
      }),
    );
    expect(counts[0]).toEqual(counts[1]);
    expect(new Map(counts[0] as [string, number][]).get("dest.namespace = vault or not dest.namespace = vault")).toBe(
      0,
    );
  });
});

describe("the largest filter", () => {
  const many = (condition: string) => Array.from({ length: limits.conditions }, () => condition).join(" or ");
  it.each([
    "text != vault",
    'cluster !~ "^(v|w){1,20}"',
    'dest.label.app !~ "[a-c]{9}"',
    "dest.address not in 10.0.0.0/8",
  ])("is answered: %s", async (condition) => {
    const scope: Scope = { organisationId: randomUUID(), places: new Map([[clusters[0], new Set(["shop", "pay"])]]) };
    const filter = { ...asking(many(condition)), clusterNames };
    expect((await store.flowPage(scope, { range, filter, limit: 9 })).flows).toEqual([]);
  });
});

describe("edges of flows", () => {
  it("take a correction for no flow of its own, as the rollups do", async () => {
    const organisationId = randomUUID();
    const scope: Scope = { organisationId, places: "all" };
    const [from, to] = clusters;
    const table = flowTableOf([flow(workload(from, "web"), workload(to, "pay"))]);
    const first = { ...bucket(organisationId, from), receivedAtMs: Date.now(), asOfMs: 0, table };
    const correction = { ...first, correction: 1_000, isFirst: Uint8Array.of(0) };
    for (const entry of [first, correction]) {
      await store.insertFlows([entry], { id: randomUUID(), deadlineMs: Date.now() + 600_000 });
    }
    const ofFlows = await store.graphEdges(scope, { ...range, filter: asking("packets >= 0") });
    expect(ofFlows).toMatchObject([
      { bySource: { flows: 1, allowedConnections: 6 }, policies: [{ name: "security.allow-payment", flows: 1 }] },
    ]);
    expect(ofFlows).toEqual(await store.graphEdges(scope, range));
  });

  it("are refused over a range for which single flows are not read", async () => {
    const scope: Scope = { organisationId: randomUUID(), places: "all" };
    const day = { fromMs: t0 * 1_000, toMs: (t0 + 86_400) * 1_000 };
    await expect(store.graphEdges(scope, { ...day, filter: asking("bytes > 1") })).rejects.toThrow("too long");
    expect(await store.graphEdges(scope, { ...day, filter: asking("port = 1") })).toEqual([]);
  });
});
