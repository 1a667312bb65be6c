import { randomBytes, randomUUID } from "node:crypto";
import { noteRedemption } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openManifestLink } from "../src/features/clusters/server";
import { startTestWeb, type TestWeb } from "./people";

let web: TestWeb;
let acme: Awaited<ReturnType<TestWeb["organisation"]>>;
let other: typeof acme;

beforeAll(async () => {
  web = await startTestWeb();
  acme = await web.organisation("acme");
  other = await web.organisation("other");
});
afterAll(() => web?.stop());

/** An agent that has shown a grant's secret and waits. */
async function waiting(grantId: string, clusterUid: string = randomUUID()): Promise<string> {
  const id = randomUUID();
  const attempt = {
    id,
    grantId,
    clusterUid,
    publicKey: randomBytes(32),
    agentVersion: "1.2.3",
    instance: "agent-1",
    remoteAddress: "198.51.100.7",
    at: new Date(web.clock.now()),
  };
  await web.database.forOrganisation(acme.id).transaction((tx) => noteRedemption(tx, attempt, { state: "waiting" }));
  return id;
}
const overview = () => acme.as.clusters.enrolment();
const lineOf = async (id: string) => (await overview()).redemptions.find((each) => each.id === id);
const fleet = (namePrefix: string, more: { labels?: Record<string, string>; approval?: boolean } = {}) =>
  acme.as.clusters.connectFleet({
    namePrefix,
    labels: more.labels ?? {},
    grant: { redemptions: 3, approval: more.approval ?? false },
  });

describe("a grant for a fleet", () => {
  it("is shown once with its manifest, and then without any secret", async () => {
    const made = await fleet("edge", { labels: { env: "edge" }, approval: true });
    expect(made.manifest).toMatch(/^# Isthmus agent for up to 3 clusters, whose names will begin with edge-\.\n/);
    const [, grantId = "", token = ""] = /\/connect\/([^/]+)\/([^/]+)$/.exec(made.manifestUrl) ?? [];
    const answer = await openManifestLink({ server: web.server, ip: "198.51.100.4" }, { grantId, token });
    expect(answer).toEqual({ kind: "manifest", text: made.manifest });
    expect((await overview()).grants).toMatchObject([
      {
        id: made.grantId,
        namePrefix: "edge",
        labels: { env: "edge" },
        needsApproval: true,
        state: "open",
        redemptionsAllowed: 3,
        redemptionsUsed: 0,
        mayManage: true,
      },
    ]);
    const { lines } = await acme.as.audit.list({ targetId: made.grantId });
    expect(lines.map(({ action, target }) => `${action} ${target.name}`)).toEqual([
      "grant.manifest-fetched edge",
      "grant.create edge",
    ]);
  });

  it.each([
    { name: "no beginning of a name", input: { namePrefix: "" }, message: /^namePrefix: the clusters' names need/ },
    { name: "one that is too long", input: { namePrefix: "a".repeat(31) }, message: /at most 30 characters/ },
    { name: "one that is no name", input: { namePrefix: "Edge" }, message: /^namePrefix: a name is lower case/ },
    { name: "a label that is none", input: { namePrefix: "a", labels: { "a b": "c" } }, message: /is no label/ },
    { name: "too many redemptions", input: { namePrefix: "a", grant: { redemptions: 1_001 } }, message: /1000/ },
  ])("is refused with $name", async ({ input, message }) => {
    await expect(acme.as.clusters.connectFleet(input)).rejects.toThrow(message);
  });

  it("is revoked once, which is said in the audit log, and what waits under it lapses", async () => {
    const { grantId } = await fleet("revoked", { approval: true });
    const id = await waiting(grantId);
    expect(await acme.as.clusters.revokeFleetGrant({ grantId })).toEqual({ revoked: true });
    expect(await acme.as.clusters.revokeFleetGrant({ grantId })).toEqual({ revoked: false });
    expect(await lineOf(id)).toMatchObject({ state: "lapsed", mayDecide: false });
    const { lines } = await acme.as.audit.list({ targetId: grantId, action: "grant.revoke" });
    expect(lines).toHaveLength(1);
  });
});

describe("a redemption that waits", () => {
  it("is shown with who asks and from where, and approved by a person, which the audit log has", async () => {
    const { grantId } = await fleet("asks", { approval: true });
    const id = await waiting(grantId, "uid-of-asks");
    expect(await lineOf(id)).toMatchObject({
      state: "waiting",
      cluster: null,
      clusterUid: "uid-of-asks",
      keyFingerprint: expect.stringMatching(/^SHA256:[\w-]{43}$/),
      agentVersion: "1.2.3",
      remoteAddress: "198.51.100.7",
      mayDecide: true,
    });
    await acme.as.clusters.decideRedemption({ redemptionId: id, decision: "approve" });
    expect(await lineOf(id)).toMatchObject({ state: "approved", decidedBy: expect.any(String), mayDecide: false });
    await expect(acme.as.clusters.decideRedemption({ redemptionId: id, decision: "refuse" })).rejects.toThrow(
      /does not wait any more/,
    );
    const { lines } = await acme.as.audit.list({ targetId: id });
    expect(lines).toMatchObject([{ action: "redemption.approve", detail: { after: { clusterUid: "uid-of-asks" } } }]);
  });

  it("is refused by a person", async () => {
    const { grantId } = await fleet("unwanted", { approval: true });
    const id = await waiting(grantId);
    await acme.as.clusters.decideRedemption({ redemptionId: id, decision: "refuse" });
    expect(await lineOf(id)).toMatchObject({ state: "refused", reason: "" });
  });

  it("is seen on the way of its own cluster, where the grant is of one", async () => {
    const { clusterId, grantId } = await acme.as.clusters.connect({ name: "alone", grant: { approval: true } });
    await waiting(grantId, "uid-of-alone");
    const { steps } = await acme.as.clusters.status({ clusterId });
    expect(steps.find(({ state }) => state === "active")).toMatchObject({
      id: "proved",
      detail: expect.stringContaining("uid-of-alone"),
    });
  });

  it("is nothing to another organisation", async () => {
    const { grantId } = await fleet("ours", { approval: true });
    const redemptionId = await waiting(grantId);
    expect(await other.as.clusters.enrolment()).toMatchObject({ grants: [], redemptions: [] });
    await expect(other.as.clusters.decideRedemption({ redemptionId, decision: "approve" })).rejects.toThrow(
      /no such redemption/,
    );
    await expect(other.as.clusters.revokeFleetGrant({ grantId })).rejects.toThrow(/no such grant/);
    expect(await lineOf(redemptionId)).toMatchObject({ state: "waiting" });
  });
});

describe("a role that is limited to labels", () => {
  it("makes, sees and decides within them, and learns of nothing beyond", async () => {
    const { personId, as } = await web.member(acme.id, "edge-operator", null);
    const scope = {
      clusters: { kind: "selector" as const, selector: 'env == "field"' },
      namespaces: "all" as const,
      tiers: "all" as const,
    };
    await acme.as.roles.bind({ roleId: "platform-operator", scope, holder: { kind: "person", personId } });
    await expect(as.clusters.connectFleet({ namePrefix: "b", labels: { env: "prod" } })).rejects.toThrow(
      /certain labels alone/,
    );
    const own = await as.clusters.connectFleet({
      namePrefix: "field",
      labels: { env: "field" },
      grant: { approval: true },
    });
    const beyond = await fleet("prod", { labels: { env: "prod" }, approval: true });
    const [mine, theirs] = [await waiting(own.grantId), await waiting(beyond.grantId)];
    const seen = await as.clusters.enrolment();
    expect(seen.grants.map(({ namePrefix }) => namePrefix)).toEqual(["field"]);
    expect(seen.redemptions.map(({ id }) => id)).toEqual([mine]);
    await expect(as.clusters.decideRedemption({ redemptionId: theirs, decision: "approve" })).rejects.toThrow(
      /no such redemption/,
    );
    await expect(as.clusters.revokeFleetGrant({ grantId: beyond.grantId })).rejects.toThrow(/no such grant/);
    await as.clusters.decideRedemption({ redemptionId: mine, decision: "approve" });
    expect(await lineOf(mine)).toMatchObject({ state: "approved" });
  });
});
