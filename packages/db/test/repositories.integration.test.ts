import { createHash, randomUUID } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contentHash, type ClusterPlan } from "@isthmus/policy-engine";
import { createDatabase, type Database, type OrganisationTransaction } from "../src/index";
import * as repositories from "../src/repositories";
import { startTestDatabase, type TestDatabase } from "../src/testing";
import { insertOneOfEverything, type Ids } from "../src/one-of-everything";

let server: TestDatabase;
let database: Database;
let ids: Ids;
const [mine, theirs] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  server = await startTestDatabase();
  const owner = new Client(server.ownerUrl);
  await owner.connect();
  await owner.query("set role isthmus_lookup");
  await owner.query("insert into organisation (id, name) values ($1, 'Mine'), ($2, 'Theirs')", [mine, theirs]);
  await owner.end();
  const app = new Client(server.appUrl);
  await app.connect();
  await app.query("begin");
  await app.query("select set_config('isthmus.organisation', $1, true)", [mine]);
  ids = await insertOneOfEverything(app, mine);
  await app.query("commit");
  await app.end();
  database = createDatabase(server.appUrl);
});
afterAll(async () => {
  await database?.close();
  await server?.stop();
});

const ref = { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkSet", namespace: "", name: "x" };
const since = new Date(0);

type Read = (tx: OrganisationTransaction) => Promise<unknown>;

/** Every function that reads, asked for what insertOneOfEverything put there. */
const reads: Readonly<Record<string, Read>> = {
  countAudit: (tx) => repositories.countAudit(tx, { throughId: 1n << 62n }),
  findAuditHead: (tx) => repositories.findAuditHead(tx),
  listAuditChain: (tx) => repositories.listAuditChain(tx, { afterId: 0n, throughId: 1n << 62n, limit: 10 }),
  countHolders: (tx) => repositories.countHolders(tx, "owner"),
  countRoleUses: async (tx) => [...(await repositories.countRoleUses(tx, since))],
  findApiTokenById: async (tx) =>
    repositories.findApiTokenById(tx, (await repositories.listApiTokens(tx))[0]?.id ?? randomUUID()),
  findCustomRole: async (tx) =>
    repositories.findCustomRole(tx, (await repositories.listCustomRoles(tx))[0]?.id ?? randomUUID()),
  findMember: (tx) => repositories.findMember(tx, ids.person),
  findMemberByEmail: (tx) => repositories.findMemberByEmail(tx, `${ids.person}@example.org`),
  listApiTokens: (tx) => repositories.listApiTokens(tx),
  listBindings: (tx) => repositories.listBindings(tx),
  listCureApprovals: (tx) => repositories.listCureApprovals(tx),
  listCustomRoles: (tx) => repositories.listCustomRoles(tx),
  listInvitations: (tx) => repositories.listInvitations(tx),
  clusterNameInUse: (tx) => repositories.clusterNameInUse(tx, "eu-west"),
  countInventory: (tx) => repositories.countInventory(tx),
  countNamespaces: (tx) => repositories.countNamespaces(tx),
  countPublished: (tx) => repositories.countPublished(tx),
  countReportedStates: (tx) => repositories.countReportedStates(tx),
  findActiveMember: (tx) => repositories.findActiveMember(tx, ids.person),
  findCluster: (tx) => repositories.findCluster(tx, ids.cluster),
  findDesiredRevision: (tx) => repositories.findDesiredRevision(tx, ids.cluster),
  findInventoryObject: (tx) => repositories.findInventoryObject(tx, { clusterId: ids.cluster, ...ref }),
  findPasswordHash: (tx) => repositories.findPasswordHash(tx, ids.person),
  findMembershipStanding: async (tx) => (await repositories.findMembershipStanding(tx, ids.person)) !== "none",
  findProvider: (tx) => repositories.findProvider(tx, ids.provider),
  countRecoveryCodes: async (tx) => (await repositories.countRecoveryCodes(tx, ids.person)) > 0,
  findSecondFactor: (tx) => repositories.findSecondFactor(tx, ids.person),
  findSessionOrigin: (tx) => repositories.findSessionOrigin(tx, ids.session),
  findPolicy: (tx) => repositories.findPolicy(tx, ids.policy),
  findPolicyByName: (tx) =>
    repositories.findPolicyByName(tx, { kind: "GlobalNetworkPolicy", namespace: "", name: "deny" }),
  findEvidenceLedger: async (tx) => (await repositories.findEvidenceLedger(tx, ids.cluster)).progress,
  findPublishedIdentitiesOf: async (tx) => [
    ...(await repositories.findPublishedIdentitiesOf(tx, [{ clusterId: ids.cluster, name: "isthmus-0123456789-0" }])),
  ],
  listEvidenceProgress: (tx) =>
    repositories.listEvidenceProgress(tx, [{ clusterId: ids.cluster, incarnation: "goldmane/0" }]),
  listOverdueEvidenceInserts: (tx) => repositories.listOverdueEvidenceInserts(tx, { before: new Date("2100-01-01") }),
  findRevision: (tx) => repositories.findRevision(tx, ids.revision),
  findRetentionSetting: async (tx) => Object.entries(await repositories.findRetentionSetting(tx)),
  findSweptEvidence: async (tx) => Object.entries(await repositories.findSweptEvidence(tx)),
  getSetting: (tx) => repositories.getSetting(tx, "k"),
  getTopologyCursor: (tx) => repositories.getTopologyCursor(tx),
  listApplications: (tx) => repositories.listApplications(tx, ids.policy),
  listAudit: (tx) => repositories.listAudit(tx, { limit: 10 }),
  listAuditFacets: async (tx) => Object.values(await repositories.listAuditFacets(tx)).flat(),
  listClusterProbes: (tx) => repositories.listClusterProbes(tx),
  listClusters: (tx) => repositories.listClusters(tx),
  listCredentials: (tx) => repositories.listCredentials(tx, ids.cluster),
  listDesiredObjects: (tx) => repositories.listDesiredObjects(tx, { clusterId: ids.cluster, since: 0n }),
  listDesiredProblems: (tx) => repositories.listDesiredProblems(tx),
  listDesiredRevisions: (tx) => repositories.listDesiredRevisions(tx),
  listExaminations: (tx) => repositories.listExaminations(tx),
  listGrants: (tx) => repositories.listGrants(tx, ids.cluster),
  listFleetGrants: (tx) => repositories.listFleetGrants(tx, { limit: 10 }),
  findFleetGrant: (tx) => repositories.findFleetGrant(tx, ids.grant),
  listRedemptions: (tx) => repositories.listRedemptions(tx, { limit: 10 }),
  findRedemption: (tx) => repositories.findRedemption(tx, ids.redemption),
  listInventory: (tx) =>
    repositories.listInventory(tx, { clusterId: ids.cluster, kinds: ["GlobalNetworkSet"], limit: 10 }),
  listDesiredObjectsOf: async (tx) => [
    ...(await repositories.listDesiredObjectsOf(tx, [{ clusterId: ids.cluster, since: 0n }])),
  ],
  listRevisionNumbers: async (tx) => [...(await repositories.listRevisionNumbers(tx, [ids.cluster]))],
  listInventoryDigests: (tx) => repositories.listInventoryDigests(tx, ids.cluster),
  listInventoryPrints: async (tx) => [...(await repositories.listInventoryPrints(tx))],
  loadMeshFrame: async (tx) => Object.values(await repositories.loadMeshFrame(tx)).flat(),
  listInventoryHashes: (tx) => repositories.listInventoryHashes(tx, ids.cluster),
  listInventoryOfKinds: (tx) => repositories.listInventoryOfKinds(tx, ["GlobalNetworkSet"]),
  listLatestProbes: (tx) => repositories.listLatestProbes(tx),
  listMembers: (tx) => repositories.listMembers(tx),
  listPolicies: (tx) => repositories.listPolicies(tx),
  listPolicyObjects: (tx) => repositories.listPolicyObjects(tx),
  listProbeHistory: (tx) =>
    repositories.listProbeHistory(tx, { sourceClusterId: ids.cluster, targetClusterId: ids.other }),
  listProbeTargets: (tx) => repositories.listProbeTargets(tx),
  listProviders: (tx) => repositories.listProviders(tx),
  listPublications: (tx) => repositories.listPublications(tx),
  listRefusedConnections: (tx) => repositories.listRefusedConnections(tx, { since, limit: 10 }),
  listRoutingObjects: (tx) => repositories.listRoutingObjects(tx, ["GlobalNetworkSet"]),
  listRevisions: (tx) => repositories.listRevisions(tx, ids.policy),
  listRevokedClusters: async (tx) => [...(await repositories.listRevokedClusters(tx))],
  listSessionStandings: (tx) => repositories.listSessionStandings(tx, [ids.cluster]),
  listAccountProviders: (tx) => repositories.listAccountProviders(tx, ids.person),
  findAccountNotices: (tx) => repositories.findAccountNotices(tx, ids.person),
  listRecoveredProviders: (tx) => repositories.listRecoveredProviders(tx, ids.person),
  findPasswordMark: (tx) => repositories.findPasswordMark(tx, ids.person),
  listTiers: (tx) => repositories.listTiers(tx),
  listTopologyEdges: (tx) => repositories.listTopologyEdges(tx),
  readAccessSource: async (tx) =>
    Object.values(await repositories.readAccessSource(tx, { personId: ids.person })).flat(),
  loadMeshInventory: async (tx) => Object.values(await repositories.loadMeshInventory(tx)).flat(),
  loadMeshSource: async (tx) => Object.values(await repositories.loadMeshSource(tx)).flat(),
};

/** Functions that read in order to say what is *not* there, or what belongs to no organisation. */
const others = [
  "readOrganisations",
  "findOrganisation",
  "endedSignInSessions",
  "listSigningKeys",
  "readScope",
  "readRolesAndClusters",
];

/** How much a read gave: rows of a list, or whether there was an answer. */
function amount(answer: unknown): number {
  if (Array.isArray(answer)) return answer.length;
  if (typeof answer === "number") return answer;
  return answer === undefined || answer === null || answer === false ? 0 : 1;
}

describe("every repository function that reads", () => {
  it("is in this test", () => {
    const reading = Object.keys(repositories).filter((name) =>
      /^(list|find|get|count|load|read|ended)[A-Z]|InUse$/.test(name),
    );
    expect(reading.toSorted()).toEqual([...Object.keys(reads), ...others].toSorted());
  });

  it.each(Object.keys(reads))("%s: something for its organisation, nothing for another", async (name) => {
    const read = reads[name]!;
    expect(amount(await database.forOrganisation(mine).transaction(read)), "its organisation").toBeGreaterThan(0);
    expect(amount(await database.forOrganisation(theirs).transaction(read)), "another organisation").toBe(0);
  });

  it("a session of another organisation is not alive here", async () => {
    const ask: Read = (tx) => repositories.endedSignInSessions(tx, { ids: [ids.session], now: since });
    expect(await database.forOrganisation(mine).transaction(ask)).toEqual([]);
    expect(await database.forOrganisation(theirs).transaction(ask)).toEqual([ids.session]);
  });
});

describe("what changes things", () => {
  it("reaches nothing of another organisation", async () => {
    const [at, by] = [new Date(), randomUUID()];
    await database.forOrganisation(theirs).transaction(async (tx) => {
      const planted = repositories.setPassword(tx, { personId: ids.person, passwordHash: "planted" });
      await expect(planted).rejects.toMatchObject({ code: "P2025" });
      const personId = ids.person;
      const of = { personId, providerId: ids.provider, sessionId: ids.session, at };
      expect(await repositories.disconnectIdentity(tx, of)).toMatchObject({ state: "none" });
      expect(await repositories.mayRecover(tx, personId)).toBe("no-member");
      expect(await repositories.takeSecondFactor(tx, { personId, at })).toBe("no-member");
      const reset = {
        personId,
        mark: createHash("sha256").update("a hash").digest("hex"),
        passwordHash: "planted",
        at,
      };
      expect(await repositories.resetPassword(tx, reset)).toBe("no-member");
      expect(await repositories.revokeGrants(tx, { clusterId: ids.cluster, by, at })).toEqual([]);
      expect(await repositories.revokeCredentials(tx, { clusterId: ids.cluster, at })).toBe(0);
      expect(await repositories.revokeFleetGrant(tx, { id: ids.grant, by, at })).toBe(false);
      expect(await repositories.decideRedemption(tx, { id: ids.redemption, state: "approved", by, at })).toBe(false);
      await expect(repositories.deleteCluster(tx, { id: ids.cluster, by, at })).rejects.toMatchObject({
        code: "P2025",
      });
    });
    await database.forOrganisation(mine).transaction(async (tx) => {
      expect(await repositories.findPasswordHash(tx, ids.person)).toBe("a hash");
      expect(await repositories.findCluster(tx, ids.cluster)).toBeDefined();
      expect((await repositories.listGrants(tx, ids.cluster))[0]?.revokedAt).toBeNull();
    });
  });
});

describe("a plan by which sets trade addresses", () => {
  const at = new Date();
  const swap = (a: string, b: string): ClusterPlan => ({
    clusterId: ids.cluster,
    publishedSets: [],
    problems: [],
    resources: [["a", a] as const, ["b", b] as const].map(([name, net]) => {
      const labels = { "isthmus.io/identity": name };
      const manifest = { ...ref, metadata: { name, labels }, spec: { nets: [net] } };
      return {
        ref: { ...ref, name },
        manifest,
        hash: contentHash(manifest),
        position: 1_000_000,
        origin: { kind: "tier", tier: "t" },
      };
    }),
  });
  const store = (plan: ClusterPlan, digest: string) =>
    database.forOrganisation(mine).transaction((tx) => repositories.storeClusterPlan(tx, { plan, digest, at }));
  const held = () =>
    database.forOrganisation(mine).transaction(async (tx) => {
      const objects = await repositories.listDesiredObjects(tx, { clusterId: ids.cluster, since: 0n });
      return objects.filter(({ withdrawn }) => !withdrawn);
    });
  const nets = async () =>
    (await held()).map(({ body }) =>
      (body as { readonly spec: { readonly nets: readonly string[] } }).spec.nets.join(),
    );
  const report = (revision: bigint) =>
    database.forOrganisation(mine).transaction(async (tx) => {
      const objects = await repositories.listDesiredObjects(tx, { clusterId: ids.cluster, since: 0n });
      const results = objects
        .filter(({ withdrawn }) => !withdrawn)
        .map(({ ref: of, hash }) => ({
          ref: of,
          hash,
          state: "applied" as const,
          message: "",
          uid: "u",
          resourceVersion: "1",
          observedAt: at,
        }));
      await repositories.storeApplyReport(tx, { clusterId: ids.cluster, revision, results });
    });

  it("has them keep those until the cluster has said that the other one holds them", async () => {
    const first = await store(swap("10.0.0.1/32", "10.0.0.2/32"), "one");
    expect([first.finished, await nets()]).toEqual([true, ["10.0.0.1/32", "10.0.0.2/32"]]);
    await report(first.revision);
    const traded = swap("10.0.0.2/32", "10.0.0.1/32");
    const second = await store(traded, "two");
    const both = "10.0.0.1/32,10.0.0.2/32";
    expect([second.finished, second.changed, await nets()]).toEqual([false, true, [both, both]]);
    expect(await store(traded, "two")).toMatchObject({ finished: false, changed: false, revision: second.revision });
    await report(second.revision);
    const third = await store(traded, "two");
    expect([third.finished, third.changed, await nets()]).toEqual([true, true, ["10.0.0.2/32", "10.0.0.1/32"]]);
    expect(await store(traded, "two")).toMatchObject({ finished: true, changed: false, revision: third.revision });
  });

  it("withdraws what is gone at the place that the plan gave it", async () => {
    const { revision } = await store({ ...swap("", ""), resources: [] }, "none");
    const gone = await database
      .forOrganisation(mine)
      .transaction((tx) => repositories.listDesiredObjects(tx, { clusterId: ids.cluster, since: revision - 1n }));
    expect(gone.map(({ ref: { name }, withdrawn, position }) => [name, withdrawn, position])).toEqual([
      ["a", true, 1_000_001],
      ["b", true, 1_000_001],
    ]);
  });
});
