import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "pg";
import { createDatabase, wholeOf, type Database, type OrganisationTransaction, type Reach } from "../src/index";
import * as repositories from "../src/repositories";
import { startTestDatabase, type TestDatabase } from "../src/testing";

let server: TestDatabase;
let database: Database;
const organisation = randomUUID();
const person = randomUUID();
const [west, east] = [randomUUID(), randomUUID()];
const [security, team] = [randomUUID(), randomUUID()];
/** By name: where each lies is in `policies` below. */
const policy = { guard: randomUUID(), shop: randomUUID(), draft: randomUUID(), nowhere: randomUUID() };
const names = new Map<string, string>([
  [west, "west"],
  [east, "east"],
  ...Object.entries(policy).map(([name, id]) => [id, name] as const),
]);
const at = "2026-01-01";

const policies = [
  { id: policy.guard, tier: security, namespace: "", saved: [west], applied: [west] },
  { id: policy.shop, tier: team, namespace: "shop", saved: [west, east], applied: [west, east] },
  { id: policy.draft, tier: team, namespace: "pay", saved: [east], applied: undefined },
  { id: policy.nowhere, tier: team, namespace: "shop", saved: [], applied: undefined },
];

const list = (ids: readonly string[]) => `array[${ids.map((id) => `'${id}'`).join()}]::uuid[]`;

function policyRows({ id, tier, namespace, saved, applied }: (typeof policies)[number]): string[] {
  const revision = randomUUID();
  return [
    `policy (id, organisation_id, tier_id, kind, namespace, name)
       values ('${id}', $1, '${tier}', 'NetworkPolicy', '${namespace}', '${names.get(id)}')`,
    `policy_revision (id, organisation_id, policy_id, number, manifest_yaml, manifest, digest, placement_selector, cluster_ids)
       values ('${revision}', $1, '${id}', 1, 'a: 1', '{}', 'd', 'all()', ${list(saved)})`,
    ...(applied === undefined
      ? []
      : [
          `policy_application (organisation_id, policy_id, revision_id, action, approved_by, cluster_ids)
             values ($1, '${id}', '${revision}', 'apply', '${person}', ${list(applied)})`,
          ...applied.map(
            (cluster) => `desired_resource (organisation_id, cluster_id, api_version, kind, namespace, name, hash, body,
               position, revision, origin) values ($1, '${cluster}', 'v3', 'NetworkPolicy', '${namespace}', '${id}', 'h',
               '{}', 0, 1, '{"kind":"policy","policyId":"${id}"}')`,
          ),
        ]),
  ];
}

const object = (cluster: string, kind: string, [namespace, name]: readonly [string, string]) =>
  `inventory_object (organisation_id, cluster_id, api_version, kind, namespace, name, uid, content_hash, chunk, body)
     values ($1, '${cluster}', 'v1', '${kind}', '${namespace}', '${name}', '${randomUUID()}', 'h', 0,
       '{"metadata":{"ownerReferences":[{"controller":true,"kind":"Deployment","name":"d"}]}}')`;

function clusterRows(cluster: string): string[] {
  const other = cluster === west ? east : west;
  const namespaces = ["shop", "pay"];
  const problem = (policyId: string) =>
    `{"code":"x","severity":"error","policyId":"${policyId}","message":"waits for ${names.get(other)}"}`;
  return [
    `enrolment_grant (id, organisation_id, cluster_id, secret_hash, expires_at)
       values (gen_random_uuid(), $1, '${cluster}', 'x', now())`,
    `agent_credential (id, organisation_id, cluster_id, public_key, kube_system_uid, expires_at, revoked_at)
       values (gen_random_uuid(), $1, '${cluster}', 'x', 'u', now(), now())`,
    `cluster_examination (cluster_id, organisation_id, asked, asked_at) values ('${cluster}', $1, 1, now())`,
    `refused_connection (organisation_id, cluster_id, code, message) values ($1, '${cluster}', 'c', 'm')`,
    ...namespaces.flatMap((namespace) => [
      object(cluster, "Namespace", ["", namespace]),
      object(cluster, "Pod", [namespace, "p"]),
      object(cluster, "ReplicaSet", [namespace, "r"]),
      `identity_publication (id, organisation_id, source_cluster_id, namespace, target_cluster_id, approved_by)
         values (gen_random_uuid(), $1, '${cluster}', '${namespace}', '${other}', '${person}')`,
      `published_set
         (organisation_id, target_cluster_id, name, source_cluster_id, namespace, workload_kind, workload_name)
         values ($1, '${other}', 'set-${namespace}', '${cluster}', '${namespace}', 'Deployment', 'd')`,
    ]),
    object(cluster, "Node", ["", "n"]),
    `cluster_probe (cluster_id, organisation_id, enabled) values ('${cluster}', $1, true)`,
    `probe_result (organisation_id, source_cluster_id, target_cluster_id, at, outcome)
       values ($1, '${cluster}', '${other}', now(), 'answered')`,
    `cure_approval (id, organisation_id, cluster_id, about_cluster_id, kind, name, manifest, approved_by)
       values (gen_random_uuid(), $1, '${cluster}', '${other}', 'IPPool', 'x', '{}', '${person}')`,
    `desired_state (cluster_id, organisation_id, revision, digest, problems)
       values ('${cluster}', $1, 1, 'd', '[${problem(policy.shop)}, ${problem(policy.draft)}]')`,
    `resource_status
       (organisation_id, cluster_id, api_version, kind, namespace, name, hash, state, observed_at, revision)
       values ($1, '${cluster}', 'v3', 'NetworkPolicy', 'shop', 'x', 'h', 'applied', now(), 1)`,
  ];
}

beforeAll(async () => {
  server = await startTestDatabase();
  const owner = new Client(server.ownerUrl);
  await owner.connect();
  await owner.query("set role isthmus_lookup");
  await owner.query("insert into organisation (id, name) values ($1, 'Mine')", [organisation]);
  await owner.end();
  const app = new Client(server.appUrl);
  await app.connect();
  await app.query("begin");
  await app.query("select set_config('isthmus.organisation', $1, true)", [organisation]);
  const rows = [
    `cluster (id, organisation_id, name, ordinal) values ('${west}', $1, 'west', 0), ('${east}', $1, 'east', 1)`,
    `tier (id, organisation_id, name, "order") values ('${security}', $1, 'security', 1), ('${team}', $1, 'team', 2)`,
    ...clusterRows(west),
    ...clusterRows(east),
    ...policies.flatMap(policyRows),
    `refused_connection (organisation_id, cluster_id, code, message) values ($1, null, 'c', 'of no cluster')`,
  ];
  for (const row of rows) await app.query(`insert into ${row}`, [organisation]);
  await app.query("commit");
  await app.end();
  database = createDatabase(server.appUrl);
});
afterAll(async () => {
  await database?.close();
  await server?.stop();
});

type Read = (tx: OrganisationTransaction) => Promise<readonly string[]>;
const nameOf = (id: string | null) => (id === null ? "-" : (names.get(id) ?? id));
const place = (row: { clusterId: string; namespace: string; name?: string }) =>
  `${nameOf(row.clusterId)}/${row.namespace}${row.name === undefined ? "" : `/${row.name}`}`;
const bothClusters = async <T>(read: (clusterId: string) => Promise<readonly T[]>): Promise<readonly T[]> => [
  ...(await read(west)),
  ...(await read(east)),
];
const everyPolicy = async <T>(read: (id: string) => Promise<readonly T[]>): Promise<readonly T[]> => {
  const found: T[] = [];
  for (const id of Object.values(policy)) found.push(...(await read(id)));
  return found;
};
const kinds = ["Pod", "Namespace", "Node"];

/** What each function that is narrowed gives, in words that the expectations below are written in. */
const narrowed: Readonly<Record<string, Read>> = {
  listClusters: async (tx) => (await repositories.listClusters(tx)).map(({ name }) => name),
  findCluster: (tx) =>
    bothClusters(async (id) => [await repositories.findCluster(tx, id)].flatMap((each) => each?.name ?? [])),
  listExaminations: async (tx) => {
    const one = await bothClusters((id) => repositories.listExaminations(tx, id));
    const all = await repositories.listExaminations(tx);
    return [...new Set([...one, ...all].map((each) => nameOf(each.clusterId)))];
  },
  listGrants: (tx) =>
    bothClusters(async (id) => (await repositories.listGrants(tx, id)).map((each) => nameOf(each.clusterId))),
  listCredentials: (tx) =>
    bothClusters(async (id) => (await repositories.listCredentials(tx, id)).map(() => nameOf(id))),
  listRevokedClusters: async (tx) => [...(await repositories.listRevokedClusters(tx)).keys()].map(nameOf),
  listRefusedConnections: async (tx) =>
    (await repositories.listRefusedConnections(tx, { since: new Date(0), limit: 9 })).map((each) =>
      nameOf(each.clusterId),
    ),
  countReportedStates: async (tx) => (await repositories.countReportedStates(tx)).map((each) => nameOf(each.clusterId)),
  listTiers: async (tx) => (await repositories.listTiers(tx)).map(({ name }) => name),
  countInventory: async (tx) =>
    (await repositories.countInventory(tx))
      .filter(({ kind }) => kinds.includes(kind))
      .map((each) => `${nameOf(each.clusterId)} ${each.kind} ${each.count}`),
  listInventory: (tx) =>
    bothClusters(async (clusterId) =>
      (await repositories.listInventory(tx, { clusterId, kinds, limit: 99 })).map(place),
    ),
  listInventoryOfKinds: async (tx) => (await repositories.listInventoryOfKinds(tx, kinds)).map(place),
  findInventoryObject: (tx) =>
    bothClusters(async (clusterId) => {
      const key = { clusterId, apiVersion: "v1", kind: "Pod", namespace: "pay", name: "p" };
      return [await repositories.findInventoryObject(tx, key)].flatMap((each) => (each ? [place(each)] : []));
    }),
  countNamespaces: async (tx) => (await repositories.countNamespaces(tx)).map(place),
  loadMeshInventory: async (tx) => {
    const { labelled, pods, owned } = await repositories.loadMeshInventory(tx);
    return [...labelled, ...pods, ...owned].map(place);
  },
  listProbeTargets: async (tx) => (await repositories.listProbeTargets(tx)).map((each) => nameOf(each.clusterId)),
  listClusterProbes: async (tx) => (await repositories.listClusterProbes(tx)).map((each) => nameOf(each.clusterId)),
  listLatestProbes: async (tx) => (await repositories.listLatestProbes(tx)).map((each) => nameOf(each.sourceClusterId)),
  listProbeHistory: async (tx) =>
    (await repositories.listProbeHistory(tx, { sourceClusterId: west, targetClusterId: east })).map((each) =>
      nameOf(each.sourceClusterId),
    ),
  listCureApprovals: async (tx) => (await repositories.listCureApprovals(tx)).map((each) => nameOf(each.clusterId)),
  listRoutingObjects: async (tx) =>
    (await repositories.listRoutingObjects(tx, ["Node", "Pod"])).map((each) => nameOf(each.clusterId)),
  listPublications: async (tx) =>
    (await repositories.listPublications(tx)).map((each) => `${nameOf(each.sourceClusterId)} ${each.namespace}`),
  countPublished: async (tx) =>
    (await repositories.countPublished(tx)).map((each) => `${nameOf(each.sourceClusterId)} ${each.namespace}`),
  listPolicies: async (tx) =>
    (await repositories.listPolicies(tx)).map(
      (each) => `${each.name} ${(each.application?.clusterIds ?? []).map(nameOf).join()}`,
    ),
  findPolicy: (tx) =>
    everyPolicy(async (id) => [await repositories.findPolicy(tx, id)].flatMap((each) => each?.name ?? [])),
  findPolicyByName: (tx) =>
    everyPolicy(async (id) => {
      const { namespace } = policies.find((each) => each.id === id)!;
      const key = { kind: "NetworkPolicy", namespace, name: nameOf(id) } as const;
      return [await repositories.findPolicyByName(tx, key)].flatMap((each) => each?.name ?? []);
    }),
  listRevisions: (tx) =>
    everyPolicy(async (id) => (await repositories.listRevisions(tx, id)).map((each) => nameOf(each.policyId))),
  findRevision: (tx) =>
    everyPolicy(async (id) => {
      const [revision] = await repositories.listRevisions(wholeOf(tx), id);
      return [await repositories.findRevision(tx, revision!.id)].flatMap((each) => (each ? [nameOf(id)] : []));
    }),
  listApplications: (tx) =>
    everyPolicy(async (id) =>
      (await repositories.listApplications(tx, id)).map(
        (each) => `${nameOf(id)} ${each.clusterIds.map(nameOf).join()}`,
      ),
    ),
  listPolicyObjects: async (tx) =>
    (await repositories.listPolicyObjects(tx)).map((each) => `${nameOf(each.clusterId)} ${nameOf(each.name)}`),
  listDesiredProblems: async (tx) =>
    (await repositories.listDesiredProblems(tx)).flatMap(({ clusterId, problems }) =>
      (problems as { policyId: string; message: string }[]).map(
        (each) =>
          `${nameOf(clusterId)} ${nameOf(each.policyId)} ${each.message.startsWith("waits") ? "told" : "not told"}`,
      ),
    ),
};

/** Read for gateways and jobs; with a reach they refuse. */
const wholeOnly: Readonly<Record<string, (tx: OrganisationTransaction) => Promise<unknown>>> = {
  findDesiredRevision: (tx) => repositories.findDesiredRevision(tx, west),
  findEvidenceLedger: (tx) => repositories.findEvidenceLedger(tx, west),
  findPublishedIdentitiesOf: (tx) => repositories.findPublishedIdentitiesOf(tx, [{ clusterId: west, name: "x" }]),
  listEvidenceProgress: (tx) => repositories.listEvidenceProgress(tx, [{ clusterId: west, incarnation: "x" }]),
  listOverdueEvidenceInserts: (tx) => repositories.listOverdueEvidenceInserts(tx, { before: new Date() }),
  takeEvidenceLedgers: (tx) => repositories.takeEvidenceLedgers(tx, [west]),
  findFleetGrant: (tx) => repositories.findFleetGrant(tx, west),
  findRedemption: (tx) => repositories.findRedemption(tx, west),
  listFleetGrants: (tx) => repositories.listFleetGrants(tx, { limit: 9 }),
  listRedemptions: (tx) => repositories.listRedemptions(tx, { limit: 9 }),
  getTopologyCursor: (tx) => repositories.getTopologyCursor(tx),
  listDesiredObjects: (tx) => repositories.listDesiredObjects(tx, { clusterId: west, since: 0n }),
  listDesiredRevisions: (tx) => repositories.listDesiredRevisions(tx),
  listDesiredObjectsOf: (tx) => repositories.listDesiredObjectsOf(tx, [{ clusterId: west, since: 0n }]),
  listRevisionNumbers: (tx) => repositories.listRevisionNumbers(tx, [west]),
  listInventoryDigests: (tx) => repositories.listInventoryDigests(tx, west),
  listInventoryPrints: (tx) => repositories.listInventoryPrints(tx),
  loadMeshFrame: (tx) => repositories.loadMeshFrame(tx),
  listInventoryHashes: (tx) => repositories.listInventoryHashes(tx, west),
  listSessionStandings: (tx) => repositories.listSessionStandings(tx, [west]),
  listTopologyEdges: (tx) => repositories.listTopologyEdges(tx),
  loadMeshSource: (tx) => repositories.loadMeshSource(tx),
};

/** Of the whole organisation: a permission for each stands before it. */
const organisationWide =
  /Audit|Member|Session|Password|Setting|SweptEvidence|Scope|SigningKeys|AccessSource|InUse|Holders|Role|ApiToken|Bindings|Invitation|Organisation|Provider|Factor|Recovery|AccountNotices/;

const all: Reach = {
  clusters: "all",
  inventory: "all",
  publications: "all",
  tiers: "all",
  policies: [{ clusters: "all", namespaces: "all", tiers: "all" }],
};
const only = (...given: string[]) => new Set(given);
const shopEverywhere = new Map([west, east].map((id) => [id, only("shop")] as const));

const reaches: Readonly<Record<"whole" | "cluster" | "namespace" | "tier", Reach>> = {
  whole: all,
  cluster: {
    clusters: only(west),
    inventory: new Map([[west, "all"]]),
    publications: new Map([[west, "all"]]),
    tiers: "all",
    policies: [{ clusters: only(west), namespaces: "all", tiers: "all" }],
  },
  namespace: {
    ...all,
    inventory: shopEverywhere,
    publications: shopEverywhere,
    policies: [{ clusters: "all", namespaces: only("shop"), tiers: "all" }],
  },
  tier: { ...all, tiers: only("team"), policies: [{ clusters: "all", namespaces: "all", tiers: only("team") }] },
};

const both = ["east", "west"];
const objectsOf = (cluster: string) => ["/n", "/pay", "/shop", "pay/p", "shop/p"].map((each) => `${cluster}/${each}`);
const shopOf = (cluster: string) => [`${cluster}//shop`, `${cluster}/shop/p`];
const meshOf = (cluster: string) =>
  ["/pay", "/shop", "pay/p", "shop/p", "pay/r", "shop/r"].map((x) => `${cluster}/${x}`);
const countsOf = (cluster: string, [pods, namespaces]: readonly number[]) => [
  `${cluster} Namespace ${namespaces}`,
  `${cluster} Pod ${pods}`,
];
const inBoth = (each: (cluster: string) => readonly string[]) => both.flatMap(each);

type Expected = Readonly<Record<keyof typeof reaches, readonly string[]>>;
const byCluster: Expected = { whole: both, cluster: ["west"], namespace: both, tier: both };
/** Of two clusters, which both have to be seen. */
const byPair: Expected = { whole: both, cluster: [], namespace: both, tier: both };
const byPolicy: Expected = {
  whole: ["guard", "shop", "draft", "nowhere"],
  cluster: ["guard", "shop"],
  namespace: ["shop", "nowhere"],
  tier: ["shop", "draft", "nowhere"],
};
const byPublication: Expected = {
  whole: inBoth((cluster) => [`${cluster} pay`, `${cluster} shop`]),
  cluster: [],
  namespace: inBoth((cluster) => [`${cluster} shop`]),
  tier: inBoth((cluster) => [`${cluster} pay`, `${cluster} shop`]),
};
const byObject: Expected = {
  whole: inBoth(objectsOf),
  cluster: objectsOf("west"),
  namespace: inBoth(shopOf),
  tier: inBoth(objectsOf),
};

const expected: Readonly<Record<string, Expected>> = {
  listClusters: byCluster,
  findCluster: byCluster,
  listGrants: byCluster,
  listCredentials: byCluster,
  listExaminations: byCluster,
  listRevokedClusters: byCluster,
  listRefusedConnections: { whole: ["-", ...both], cluster: ["west"], namespace: ["-", ...both], tier: ["-", ...both] },
  countReportedStates: byCluster,
  listTiers: {
    whole: ["security", "team"],
    cluster: ["security", "team"],
    namespace: ["security", "team"],
    tier: ["team"],
  },
  countInventory: {
    whole: inBoth((cluster) => [...countsOf(cluster, [2, 2]), `${cluster} Node 1`]),
    cluster: [...countsOf("west", [2, 2]), "west Node 1"],
    namespace: inBoth((cluster) => countsOf(cluster, [1, 1])),
    tier: inBoth((cluster) => [...countsOf(cluster, [2, 2]), `${cluster} Node 1`]),
  },
  listInventory: byObject,
  listInventoryOfKinds: byObject,
  findInventoryObject: {
    whole: ["east/pay/p", "west/pay/p"],
    cluster: ["west/pay/p"],
    namespace: [],
    tier: ["east/pay/p", "west/pay/p"],
  },
  countNamespaces: {
    whole: inBoth((cluster) => [`${cluster}/pay`, `${cluster}/shop`]),
    cluster: ["west/pay", "west/shop"],
    namespace: inBoth((cluster) => [`${cluster}/shop`]),
    tier: inBoth((cluster) => [`${cluster}/pay`, `${cluster}/shop`]),
  },
  loadMeshInventory: {
    whole: inBoth(meshOf),
    cluster: meshOf("west"),
    namespace: inBoth((cluster) => [...shopOf(cluster), `${cluster}/shop/r`]),
    tier: inBoth(meshOf),
  },
  listProbeTargets: byCluster,
  listClusterProbes: byCluster,
  listLatestProbes: byPair,
  listProbeHistory: { whole: ["west"], cluster: [], namespace: ["west"], tier: ["west"] },
  listCureApprovals: byPair,
  listRoutingObjects: { whole: both, cluster: ["west"], namespace: [], tier: both },
  listPublications: byPublication,
  countPublished: byPublication,
  listPolicies: {
    whole: ["guard west", "shop west,east", "draft ", "nowhere "],
    cluster: ["guard west", "shop west"],
    namespace: ["shop west,east", "nowhere "],
    tier: ["shop west,east", "draft ", "nowhere "],
  },
  findPolicy: byPolicy,
  findPolicyByName: byPolicy,
  listRevisions: byPolicy,
  findRevision: byPolicy,
  listApplications: {
    whole: ["guard west", "shop west,east"],
    cluster: ["guard west", "shop west"],
    namespace: ["shop west,east"],
    tier: ["shop west,east"],
  },
  listPolicyObjects: {
    whole: ["west guard", "west shop", "east shop"],
    cluster: ["west guard", "west shop"],
    namespace: ["west shop", "east shop"],
    tier: ["west shop", "east shop"],
  },
  listDesiredProblems: {
    whole: inBoth((cluster) => [`${cluster} shop told`, `${cluster} draft told`]),
    // The sentence names the other cluster.
    cluster: ["west shop not told", "west draft not told"],
    namespace: inBoth((cluster) => [`${cluster} shop told`]),
    tier: inBoth((cluster) => [`${cluster} shop told`, `${cluster} draft told`]),
  },
};

describe("a transaction with a reach", () => {
  it("is told of for every repository function that reads", () => {
    const reading = Object.keys(repositories).filter((name) =>
      /^(list|find|get|count|load|read)[A-Z]|InUse$/.test(name),
    );
    const known = [...Object.keys(narrowed), ...Object.keys(wholeOnly)];
    expect(
      reading.filter((name) => !organisationWide.test(name) && !known.includes(name)),
      "narrow it by tx.reach and put it into `narrowed`, or call needsWhole(tx) and put it into `wholeOnly`; where a permission of the whole organisation stands before it, into `organisationWide`",
    ).toEqual([]);
    expect(Object.keys(expected).toSorted()).toEqual(Object.keys(narrowed).toSorted());
  });

  const rows = Object.keys(narrowed).flatMap((name) =>
    (Object.keys(reaches) as (keyof typeof reaches)[]).map((reach) => ({ name, reach })),
  );
  it.each(rows)("$name, $reach", async ({ name, reach }) => {
    const client = database.forOrganisation(organisation, reaches[reach]);
    const seen = await client.transaction((tx) => narrowed[name]!(tx));
    expect(seen.toSorted()).toEqual(expected[name]![reach].toSorted());
  });

  it.each(Object.keys(wholeOnly))("%s is refused", async (name) => {
    const read = database.forOrganisation(organisation, all).transaction((tx) => wholeOnly[name]!(tx));
    await expect(read).rejects.toThrow("not narrowed");
    await expect(
      database.forOrganisation(organisation).transaction((tx) => wholeOnly[name]!(tx)),
    ).resolves.not.toThrow();
  });

  it("reads no more of the inventory for being asked about a part of it", async () => {
    const read = (reach: keyof typeof reaches, namespace?: string) =>
      database.forOrganisation(organisation, reaches[reach]).transaction(async (tx) => {
        const part = { clusterIds: [west], ...(namespace === undefined ? {} : { namespace }) };
        const { labelled, pods, owned } = await repositories.loadMeshInventory(tx, part);
        return [...labelled, ...pods, ...owned].map(place).toSorted();
      });
    expect(await read("whole")).toEqual(meshOf("west").toSorted());
    expect(await read("whole", "pay")).toEqual(["west//pay", "west/pay/p", "west/pay/r"]);
    expect(await read("namespace")).toEqual([...shopOf("west"), "west/shop/r"].toSorted());
    expect(await read("namespace", "pay")).toEqual([]);
  });

  it("sees a policy that it has just saved", async () => {
    const client = database.forOrganisation(organisation, reaches.cluster);
    const seen = client.transaction(async (tx) => {
      const id = randomUUID();
      expect(await repositories.listPolicies(tx)).toHaveLength(2);
      const key = { kind: "NetworkPolicy", namespace: "pay", name: "new" } as const;
      await repositories.createPolicy(tx, { id, tierId: team, ...key, createdBy: person, at: new Date(at) });
      const text = { manifestYaml: "", manifest: {}, digest: "", placementSelector: "all()", comment: "" };
      const clusterIds = [west];
      const by = { createdBy: person, at: new Date(at) };
      await repositories.appendRevision(tx, { id: randomUUID(), policyId: id, ...text, clusterIds, ...by });
      expect((await repositories.findPolicy(tx, id))?.name).toBe("new");
      throw new Error("rolled back");
    });
    await expect(seen).rejects.toThrow("rolled back");
  });
});
