import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  completedFields,
  createFlowStore,
  migrateFlowStore,
  type FlowFilter,
  type FlowStore,
  type Places,
  type Scope,
} from "../src/index";
import { connectClickHouse } from "../src/clickhouse-client";
import { compilePlaces, type LimitedPlaces } from "../src/queries/places";
import { policyHits, type HitsClickHouse } from "../src/queries/policy-hits";
import { startTestFlowStore, storeFlows, type TestFlowStore } from "../src/testing";
import { asking, bucket, flow, gatewayWrites, hit, organisation, whole, workload } from "./fixtures";
import { audit, dns, l7 } from "./log-fixtures";

let server: TestFlowStore;
let store: FlowStore;
const recent = Math.floor(Date.now() / 60_000) * 60 - 120;
const range = { fromMs: recent * 1_000, toMs: (recent + 60) * 1_000 };
beforeAll(async () => {
  server = await startTestFlowStore();
  await migrateFlowStore(server.connection, { deployment: "embedded" });
  store = createFlowStore(server.connection);
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const inNamespace = (namespace: string) => ({ namespace, labels: [`of=${namespace}`] });
const service = (namespace: string) => ({ namespace, name: `svc-${namespace}`, portName: "grpc", port: 50051 });
const policyOf = (namespace: string) => [
  hit(`security.${namespace}`, "allow", { kind: "CalicoNetworkPolicy", namespace }),
];

describe("every reading function", () => {
  const { organisationId, west, east } = organisation();
  const api = workload(west, "api", inNamespace("shop"));
  const vault = workload(west, "vault", inNamespace("secret"));
  const edgeToVault = {
    source: { clusterId: west, kind: "Deployment", namespace: "shop", name: "api" },
    dest: { clusterId: west, kind: "Deployment", namespace: "secret", name: "vault" },
    protocol: "tcp",
    port: 50051,
  };
  const all: Scope = { organisationId, places: "all" };
  let toVault = "";

  beforeAll(async () => {
    const byShop = { service: service("shop"), enforcedTrace: policyOf("shop"), pendingTrace: [] };
    const rows = {
      [west]: [
        flow(api, workload(west, "db", inNamespace("shop")), byShop),
        flow(api, vault, { ...byShop, service: service("secret") }),
        flow(api, vault, { ...byShop, reporter: "destination", enforcedTrace: policyOf("secret") }),
      ],
      [east]: [flow(workload(east, "api", inNamespace("shop")), workload(east, "db", inNamespace("shop")), byShop)],
    };
    for (const clusterId of [west, east]) {
      const identity = bucket(organisationId, clusterId, { bucketStart: recent });
      await storeFlows(store, { identity, rows: rows[clusterId] ?? [], receivedAtMs: Date.now() });
      const ofDns =
        clusterId === west
          ? [dns(api, vault), dns(vault, api)]
          : [dns(workload(east, "api", inNamespace("shop")), vault)];
      const ofL7 = ofDns.map(({ client, server: dest }) => l7(client, dest));
      const events = clusterId === west ? [audit("shop"), audit("secret"), audit("")] : [audit("shop")];
      const receivedAtMs = Date.now();
      await store.insertLogBatch({ kind: "dns", identity, rows: ofDns, receivedAtMs });
      await store.insertLogBatch({ kind: "l7", identity, rows: ofL7, receivedAtMs });
      await store.insertLogBatch({ kind: "audit", identity, rows: events, receivedAtMs });
    }
    const { flows } = await store.flowPage(all, {
      range,
      filter: { ...asking("reporter = source"), edge: edgeToVault },
      limit: 1,
    });
    toVault = flows[0]?.id ?? "";
  });

  const others = Array.from({ length: 18 }, () => randomUUID());
  const manyNames = ["shop", ...Array.from({ length: 19 }, (_, index) => `other-${index}`)];
  const scopes: Readonly<Record<string, Places>> = {
    all: "all",
    "the whole of west": whole(west),
    "shop of west": new Map([[west, new Set(["shop"])]]),
    "secret of west": new Map([[west, new Set(["secret"])]]),
    "shop of east": new Map([[east, new Set(["shop"])]]),
    "all of east, secret of west": new Map<string, "all" | Set<string>>([
      [east, "all"],
      [west, new Set(["secret"])],
    ]),
    // enough of both to be asked as a product
    "shop and 19 more, of both and 18 more": new Map([west, east, ...others].map((id) => [id, new Set(manyNames)])),
    "a namespace without flows": new Map([[west, new Set(["other"])]]),
    "no namespace": new Map([[west, new Set<string>()]]),
    "no cluster": whole(),
  };
  /** What each function gives, in the order of the scopes; a function that is added has to be added here. */
  const reads: Readonly<Record<string, { ask: (scope: Scope) => Promise<unknown>; answers: readonly unknown[] }>> = {
    flowPage: {
      ask: async (scope) => (await store.flowPage(scope, { range, limit: 10 })).flows.length,
      answers: [4, 3, 2, 1, 1, 2, 3, 0, 0, 0],
    },
    tailFlows: {
      ask: async (scope) =>
        (await store.tailFlows(scope, { limit: 10, nowMs: 0, cursor: `${recent * 1_000}` })).flows.length,
      answers: [4, 3, 2, 1, 1, 2, 3, 0, 0, 0],
    },
    flowDetail: {
      ask: async (scope) => (await store.flowDetail(scope, toVault))?.dest.name,
      answers: ["vault-*", "vault-*", "", undefined, undefined, undefined, "", undefined, undefined, undefined],
    },
    flowFacets: {
      ask: async (scope) =>
        (await store.flowFacets(scope, { range })).namespaces.map(({ value, flows }) => `${value} ${flows}`).join(", "),
      answers: [
        "shop 4, secret 2",
        "shop 3, secret 2",
        "shop 2",
        "secret 1",
        "shop 1",
        "secret 1, shop 1",
        "shop 3",
        "",
        "",
        "",
      ],
    },
    flowHistogram: {
      ask: async (scope) => (await store.flowHistogram(scope, { range, stepSeconds: 60 }))[0]?.allow,
      answers: [4, 3, 2, 1, 1, 2, 3, 0, 0, 0],
    },
    graphEdges: {
      ask: async (scope) => (await store.graphEdges(scope, range)).length,
      answers: [3, 2, 2, 1, 1, 2, 3, 0, 0, 0],
    },
    edgeTimeseries: {
      ask: async (scope) => {
        const [step] = await store.edgeTimeseries(scope, { range, edge: edgeToVault, stepSeconds: 60 });
        return (step?.bySource.flows ?? 0) + (step?.byDestination.flows ?? 0);
      },
      answers: [2, 2, 0, 0, 0, 0, 0, 0, 0, 0],
    },
    policyHits: {
      ask: async (scope) =>
        (await store.policyHits(scope, range)).hits
          .map(({ name, flows }) => `${name} ${flows}`)
          .toSorted()
          .join(", "),
      answers: [
        "security.secret 1, security.shop 1, security.shop 2",
        "security.secret 1, security.shop 2",
        "security.shop 2",
        "security.secret 1",
        "security.shop 1",
        "security.secret 1, security.shop 1",
        "security.shop 1, security.shop 2",
        "",
        "",
        "",
      ],
    },
    completeness: {
      ask: async (scope) => {
        const clusters = [west, east].map((clusterId) => ({ clusterId, joinedAtMs: range.fromMs }));
        const found = await store.completeness(scope, {
          range,
          clusters,
          nowMs: Date.now(),
          settleMs: 0,
          answeredFrom: ["flows"],
        });
        return found.map(({ clusterId, durable }) => `${clusterId === west ? "west" : "east"} ${durable}`).join(", ");
      },
      answers: [
        "west 1, east 1",
        "west 1",
        "west 1",
        "west 1",
        "east 1",
        "west 1, east 1",
        "west 1, east 1",
        "west 1",
        "",
        "",
      ],
    },
    changedEdges: {
      ask: async (scope) => (await store.changedEdges(scope, 0)).edges.length,
      answers: [3, 2, 2, 1, 1, 2, 3, 0, 0, 0],
    },
    edgeGroups: {
      ask: async (scope) =>
        (
          await store.edgeGroups(scope, { range, by: { dest: "namespace", service: true }, measure: "flows", limit: 9 })
        ).groups
          .map(
            ({ dest, service: via, bySource, byDestination }) =>
              `${dest?.namespace}|${via} ${bySource.flows}+${byDestination.flows}`,
          )
          .toSorted()
          .join(", "),
      answers: [
        "secret|secret/svc-secret 1+0, secret|shop/svc-shop 0+1, shop|shop/svc-shop 1+0, shop|shop/svc-shop 1+0",
        "secret|secret/svc-secret 1+0, secret|shop/svc-shop 0+1, shop|shop/svc-shop 1+0",
        "shop|shop/svc-shop 1+0, | 1+0",
        "secret| 0+1",
        "shop|shop/svc-shop 1+0",
        "secret| 0+1, shop|shop/svc-shop 1+0",
        "shop|shop/svc-shop 1+0, shop|shop/svc-shop 1+0, | 1+0",
        "",
        "",
        "",
      ],
    },
    topTalkers: {
      ask: async (scope) =>
        (await store.topTalkers(scope, { range, side: "dest", by: "workload", measure: "flows", limit: 9 })).groups
          .map(({ dest }) => `${dest?.kind} ${dest?.name}`)
          .toSorted()
          .join(", "),
      answers: [
        "Deployment db, Deployment db, Deployment vault",
        "Deployment db, Deployment vault",
        "Deployment db, outside-scope ",
        "Deployment vault",
        "Deployment db",
        "Deployment db, Deployment vault",
        "Deployment db, Deployment db, outside-scope ",
        "",
        "",
        "",
      ],
    },
    fieldValues: {
      ask: async (scope) =>
        (await store.fieldValues(scope, { range, field: "policy", text: "SECURITY", limit: 9 }))
          .map(({ value, flows }) => `${value} ${flows}`)
          .join(", "),
      answers: [
        "security.shop 3, security.secret 1",
        "security.shop 2, security.secret 1",
        "security.shop 2",
        "security.secret 1",
        "security.shop 1",
        "security.secret 1, security.shop 1",
        "security.shop 3",
        "",
        "",
        "",
      ],
    },
    dnsLogs: {
      ask: async (scope) =>
        (await store.dnsLogs(scope, { range, limit: 9 })).records
          .map(({ client, server: asked }) => `${client.namespace}>${asked.namespace}`)
          .toSorted()
          .join(", "),
      answers: [
        "secret>shop, shop>secret, shop>secret",
        "secret>shop, shop>secret",
        "shop>",
        "secret>",
        "shop>",
        "secret>, shop>secret",
        "shop>, shop>",
        "",
        "",
        "",
      ],
    },
    l7Logs: {
      ask: async (scope) =>
        (await store.l7Logs(scope, { range, limit: 9 })).records
          .map(({ source, dest, service: via }) => `${source.namespace}>${dest.namespace}|${via.name}`)
          .toSorted()
          .join(", "),
      answers: [
        "secret>shop|svc-shop, shop>secret|svc-secret, shop>secret|svc-secret",
        "secret>shop|svc-shop, shop>secret|svc-secret",
        "shop>|",
        "secret>|",
        "shop>|",
        "secret>|, shop>secret|svc-secret",
        "shop>|, shop>|",
        "",
        "",
        "",
      ],
    },
    auditLogs: {
      ask: async (scope) =>
        (await store.auditLogs(scope, { range, limit: 9 })).records
          .map(({ object }) => object.name)
          .toSorted()
          .join(", "),
      answers: [
        "allow-, allow-secret, allow-shop, allow-shop",
        "allow-, allow-secret, allow-shop",
        "allow-shop",
        "allow-secret",
        "allow-shop",
        "allow-secret, allow-shop",
        "allow-shop, allow-shop",
        "",
        "",
        "",
      ],
    },
    // asked about the organisation as a whole, of who may manage it
    storageUsage: {
      ask: async () =>
        (await store.storageUsage({ organisationId, days: 2, nowMs: Date.now() }))
          .filter(({ kind }) => kind === "flows")
          .map(({ rows }) => rows)
          .toSorted((a, b) => a - b),
      answers: Array.from({ length: 10 }, () => [1, 3]),
    },
  };

  it("is in this table", () => {
    const ofGateways = [...gatewayWrites, "knownBuckets", "clustersWithEvidence", "storedFlows", "countFlows"];
    expect(Object.keys(reads).toSorted()).toEqual(
      Object.keys(store)
        .filter((name) => !ofGateways.includes(name))
        .toSorted(),
    );
  });

  it.each(Object.keys(reads))("%s", async (name) => {
    const { ask, answers } = reads[name]!;
    const given: unknown[] = [];
    for (const places of Object.values(scopes)) given.push(await ask({ organisationId, places }));
    const named = (values: readonly unknown[]) =>
      Object.fromEntries(Object.keys(scopes).map((key, at) => [key, values[at]]));
    expect(named(given)).toEqual(named(answers));
  });

  it("asks of a few places one by one, and of many by their clusters and names", () => {
    const conditions = (name: string) => compilePlaces(scopes[name] as LimitedPlaces).placeSeen("source_place");
    expect(conditions("shop of west")).toBe("source_place IN places OR source_place = ''");
    expect(conditions("shop and 19 more, of both and 18 more")).toContain("IN clusters_0 AND");
  });

  it("counts a policy's hits alike from the rollup and from the flows", async () => {
    const namespaces = new Set(["shop", "secret"]);
    const ofAll = new Map([west, east].map((clusterId) => [clusterId, namespaces]));
    const order = ({ hits }: Awaited<ReturnType<FlowStore["policyHits"]>>) =>
      hits.map((each) => JSON.stringify(each)).toSorted();
    const late = { fromMs: range.fromMs + 7_000, toMs: range.toMs - 7_000 };
    for (const each of [range, late]) {
      const fromRollup = await store.policyHits(all, each);
      expect(fromRollup.hits).toHaveLength(3);
      expect(order(await store.policyHits({ organisationId, places: ofAll }, each))).toEqual(order(fromRollup));
    }
  });

  it("counts a policy's hits without asking for places in whole clusters, and says where it could not count all", async () => {
    const clickhouse = connectClickHouse(server.connection);
    const statements: string[] = [];
    const counting = (maxRows: number): HitsClickHouse => ({
      ...clickhouse,
      select: (sql, parameters) => {
        statements.push(sql);
        return clickhouse.select(sql, parameters);
      },
      unplacedUntil: () => Promise.resolve(0),
      maxRows,
    });
    const asked = async (places: Places, maxRows: number) => {
      statements.length = 0;
      const { hits, complete } = await policyHits(counting(maxRows), { organisationId, places }, range);
      const byPlace = statements.map((sql) => /GROUP BY .*reporter_place/.test(sql));
      return { hits: hits.length, complete, byPlace };
    };
    try {
      expect(await asked("all", 3)).toEqual({ hits: 3, complete: true, byPlace: [false] });
      expect(await asked("all", 2)).toEqual({ hits: 2, complete: false, byPlace: [false] });
      expect(await asked(whole(west, east), 3)).toEqual({ hits: 3, complete: true, byPlace: [false] });
      expect(await asked(whole(west), 1)).toEqual({ hits: 1, complete: false, byPlace: [false] });
      const mixed = new Map<string, "all" | Set<string>>([
        [east, "all"],
        [west, new Set(["shop", "secret"])],
      ]);
      expect(await asked(mixed, 2)).toEqual({ hits: 3, complete: true, byPlace: [false, true] });
      expect(await asked(mixed, 1)).toEqual({ hits: 2, complete: false, byPlace: [false, true] });
    } finally {
      await clickhouse.close();
    }
  });
});

describe("a namespace outside the scope", () => {
  const { organisationId, west } = organisation();
  const word = "canary";
  const scope: Scope = { organisationId, places: new Map([[west, new Set(["shop"])]]) };
  const all: Scope = { organisationId, places: "all" };
  const api = workload(west, "api", inNamespace("shop"));
  const hidden = workload(west, `${word}-vault`, { ...inNamespace(`${word}-ns`), workloadKind: `${word}-kind` });
  const set = workload(null, "", {
    namespace: `${word}-ns`,
    workloadKind: "",
    name: `${word}-set`,
    type: "network-set",
    labels: [`${word}=1`],
    resolution: "unresolved",
  });
  const namespaced = {
    kind: "CalicoNetworkPolicy",
    tier: "security",
    namespace: `${word}-ns`,
    name: `${word}.policy`,
  } as const;
  const hits = [
    hit("", "pass", namespaced),
    hit("", "pass", { kind: "Profile", tier: "", name: `kns.${word}-ns` }),
    hit("", "pass", { kind: "Profile", tier: "", name: `ksa.${word}-ns.default` }),
    hit("", "deny", { kind: "EndOfTier", ruleIndex: -1, trigger: namespaced }),
  ];

  beforeAll(async () => {
    const telling = { service: service(`${word}-ns`), enforcedTrace: hits, pendingTrace: hits };
    const rows = [
      flow(api, hidden, telling),
      flow(hidden, api, { ...telling, reporter: "destination" }),
      flow(api, set, telling),
      // none of this is reported by what the scope has
      flow(hidden, api, telling),
      flow(api, hidden, { ...telling, reporter: "destination" }),
      flow(set, api, telling),
      // and the same namespace may be seen where it says nothing of the other
      flow(api, workload(west, "db", inNamespace("shop")), { service: service("shop") }),
    ];
    const identity = bucket(organisationId, west, { bucketStart: recent });
    await storeFlows(store, { identity, rows, receivedAtMs: Date.now() });
    const receivedAtMs = Date.now();
    const ofDns = [dns(api, hidden), dns(hidden, api), dns(api, set)];
    const ofL7 = [l7(api, hidden), l7(hidden, api, { reporter: "destination" }), l7(set, api)];
    await store.insertLogBatch({ kind: "dns", identity, rows: ofDns, receivedAtMs });
    await store.insertLogBatch({ kind: "l7", identity, rows: ofL7, receivedAtMs });
  });

  const answers = async (asker: Scope) => {
    const page = await store.flowPage(asker, { range, limit: 100 });
    return {
      page,
      details: await Promise.all(page.flows.map(({ id }) => store.flowDetail(asker, id))),
      tail: await store.tailFlows(asker, { limit: 100, nowMs: 0, cursor: `${recent * 1_000}` }),
      facets: await store.flowFacets(asker, { range }),
      histogram: await store.flowHistogram(asker, { range, stepSeconds: 60 }),
      edges: await store.graphEdges(asker, range),
      changed: await store.changedEdges(asker, 0),
      hits: await store.policyHits(asker, range),
      groups: await store.edgeGroups(asker, {
        range,
        by: { source: "workload", dest: "workload", port: true, protocol: true, service: true },
        measure: "flows",
        limit: 99,
      }),
      talkers: await store.topTalkers(asker, { range, side: "source", by: "workload", measure: "bytes", limit: 99 }),
      values: await Promise.all(completedFields.map((field) => store.fieldValues(asker, { range, field, limit: 99 }))),
      dns: await store.dnsLogs(asker, { range, limit: 99 }),
      l7: await store.l7Logs(asker, { range, limit: 99 }),
    };
  };

  it("is in no byte of any answer, though flows with it are there", async () => {
    const told = await answers(scope);
    expect(told.page.flows).toHaveLength(4);
    expect(told.details.every((each) => each !== undefined)).toBe(true);
    expect(told.edges).toHaveLength(3);
    expect([told.dns.records.length, told.l7.records.length]).toEqual([2, 2]);
    expect(JSON.stringify(told)).not.toContain(word);
    // ids are base64
    const ids = told.page.flows.map(({ id }) => Buffer.from(id, "base64url").toString("latin1"));
    expect(ids.join(" ")).not.toContain(word);
    const everything = await answers(all);
    const telling = Object.entries(everything).flatMap(([name, each]) =>
      JSON.stringify(each).includes(word) ? [name] : [],
    );
    // everything but the histogram, which counts alone
    expect(telling).toEqual([
      "page",
      "details",
      "tail",
      "facets",
      "edges",
      "changed",
      "hits",
      "groups",
      "talkers",
      "values",
      "dns",
      "l7",
    ]);
  });

  it("leaves what is cluster-wide or the asker's own", async () => {
    const { flows } = await store.flowPage(scope, { range, filter: asking("service = svc-shop"), limit: 9 });
    expect(flows).toMatchObject([
      { dest: { namespace: "shop", workloadName: "db" }, deciding: { name: "security.allow-payment" } },
    ]);
  });

  const end = (at: typeof hidden) => ({ clusterId: at.clusterId, namespace: at.namespace });
  const filters: Readonly<Record<string, FlowFilter>> = {
    text: asking(`text = ${word}`),
    "text in capitals": asking("text = CANARY"),
    namespaces: asking(`namespace = ${word}-ns`),
    "namespaces of the source": asking(`source.namespace = ${word}-ns`),
    "namespaces of the destination": asking(`dest.namespace = ${word}-ns`),
    workloads: asking(`workload in (${word}-vault, ${word}-set)`),
    services: asking(`service = svc-${word}-ns`),
    policies: asking(`policy in (${word}.policy, kns.${word}-ns, ksa.${word}-ns.default)`),
    "a pattern of names": asking(
      `workload ~ ${word} or namespace ~ "^${word}" or service ~ ${word} or policy ~ ${word}`,
    ),
    labels: asking(`source.label.of ~ ${word} or dest.label.of ~ ${word} or dest.label.app ~ ${word}`),
    "two opposites": asking(`not not text = ${word}`),
    "a pattern of the policy that decided": asking(`decided ~ ${word}`),
    "the policy that decided, as people write it": asking(`decided in (${word}.policy, ${word}-ns/${word}.policy)`),
    "the policy that decided": { decidingPolicy: { name: `${word}.policy` } },
    "its namespace": { decidingPolicy: { name: `${word}.policy`, namespace: `${word}-ns` } },
    edge: {
      edge: {
        source: { clusterId: west, kind: "Deployment", namespace: "shop", name: "api" },
        dest: { ...end(hidden), kind: `${word}-kind`, name: `${word}-vault` },
        protocol: "tcp",
        port: 50051,
      },
    },
  };
  it.each(Object.keys(filters))("is not found by %s, not even as a count", async (name) => {
    const filter = filters[name] ?? {};
    const counts = async (asker: Scope) => {
      const steps = await store.flowHistogram(asker, { range, filter, stepSeconds: 60 });
      return {
        page: (await store.flowPage(asker, { range, filter, limit: 9 })).flows.length,
        tail: (await store.tailFlows(asker, { filter, limit: 9, nowMs: 0, cursor: `${recent * 1_000}` })).flows.length,
        histogram: steps.reduce((sum, { allow, deny, pass, unknown }) => sum + allow + deny + pass + unknown, 0),
        facets: Object.values(await store.flowFacets(asker, { range, filter })).flat().length,
        series: filter.edge
          ? (await store.edgeTimeseries(asker, { range, edge: filter.edge, stepSeconds: 60 }))[0]?.bySource.flows
          : 0,
      };
    };
    expect(await counts(scope)).toEqual({ page: 0, tail: 0, histogram: 0, facets: 0, series: 0 });
    expect((await counts(all)).page).toBeGreaterThan(0);
  });
});
