import {
  decideRedemption,
  deleteCluster,
  listAudit,
  listClusters,
  listRedemptions,
  MAX_WAITING_REDEMPTIONS,
  noteRedemption,
  publish,
  revokeCredentials,
  revokeFleetGrant,
} from "@isthmus/db";
import { generateLinkKey } from "@isthmus/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomBytes, randomUUID } from "node:crypto";
import type { Gateway } from "../src/gateway";
import { dialCredential, dialGrant, startStack, type Stack } from "./support/stack";
import type { TestAgent } from "./support/test-agent";

let stack: Stack;
let gateway: Gateway;
let other: Gateway;

beforeAll(async () => {
  stack = await startStack();
  [gateway, other] = await Promise.all([stack.gateway(), stack.gateway({ roles: ["sessions"] })]);
});
afterAll(async () => stack.stop());

type Grant = Awaited<ReturnType<Stack["grant"]>>;

const redemptionsOf = async (grant: Grant) => {
  const all = await stack.organisation.transaction((tx) => listRedemptions(tx, { limit: 1_000 }));
  return all.filter(({ grantId }) => grantId === grant.id);
};
const clustersOf = async (prefix: string) => {
  const all = await stack.organisation.transaction((tx) => listClusters(tx));
  return all.filter(({ name }) => name.startsWith(prefix));
};
const outcome = (agent: TestAgent): Promise<string> =>
  agent.opened().then(
    () => "opened",
    () => agent.refusal(),
  );

describe("a grant for a fleet", () => {
  it("makes a cluster of each that redeems it, named and labelled, and says so in the audit log", async () => {
    const grant = await stack.grant({ namePrefix: "edge", labels: { env: "edge", region: "north" } });
    const clusterUid = "0a1b2c3d-0000-4000-8000-000000000001";
    const agent = dialGrant(stack, { port: gateway.port, grant, clusterUid });
    const { clusterId, clusterName, credential } = await agent.opened();
    expect(clusterName).toBe("edge-0a1b2c3d");
    expect(await clustersOf("edge-")).toMatchObject([
      { id: clusterId, kubeSystemUid: clusterUid, labels: { env: "edge", region: "north" } },
    ]);
    expect(await redemptionsOf(grant)).toMatchObject([
      {
        state: "completed",
        clusterId,
        clusterName,
        clusterUid,
        agentVersion: "test",
        instance: "test-agent",
        remoteAddress: expect.stringContaining("127.0.0.1"),
      },
    ]);
    const audit = await stack.organisation.transaction((tx) => listAudit(tx, { limit: 5, targetId: clusterId }));
    expect(audit).toMatchObject([
      { action: "cluster.enrol", detail: { after: { name: clusterName, labels: { env: "edge" }, grant: grant.id } } },
    ]);
    agent.close();
    const resumed = dialCredential(stack, {
      port: other.port,
      credentialId: credential?.credentialId ?? "",
      key: agent.key,
      clusterUid,
    });
    expect((await resumed.opened()).clusterId).toBe(clusterId);
    resumed.close();
  });

  it("is redeemed exactly as often as it says by many clusters at once, at two gateways", async () => {
    const grant = await stack.grant({ namePrefix: "rush" }, { redemptionsAllowed: 5 });
    const agents = Array.from({ length: 14 }, (_, index) =>
      dialGrant(stack, { port: (index % 2 === 0 ? gateway : other).port, grant, clusterUid: randomUUID() }),
    );
    const outcomes = await Promise.all(agents.map(outcome));
    expect(outcomes.toSorted()).toEqual([
      ...Array.from({ length: 9 }, () => "grant-used"),
      ...Array.from({ length: 5 }, () => "opened"),
    ]);
    expect(await clustersOf("rush-")).toHaveLength(5);
    const states = (await redemptionsOf(grant)).map(({ state, reason }) => `${state} ${reason}`.trim());
    expect(states.filter((state) => state === "completed")).toHaveLength(5);
    expect(states.filter((state) => state === "refused grant-used")).toHaveLength(9);
    for (const agent of agents) agent.close();
  });

  it("gives one key of one cluster one cluster and one credential, however often and wherever it comes", async () => {
    const grant = await stack.grant({ namePrefix: "again" }, { redemptionsAllowed: 3 });
    const [key, clusterUid] = [generateLinkKey(), randomUUID()];
    const agents = [gateway, other, gateway, other].map(({ port }) =>
      dialGrant(stack, { port, grant, clusterUid, key }),
    );
    const welcomes = await Promise.all(agents.map((agent) => agent.opened()));
    expect(new Set(welcomes.map(({ credential }) => credential?.credentialId)).size).toBe(1);
    expect(await clustersOf("again-")).toHaveLength(1);
    expect((await redemptionsOf(grant))[0]?.grant.redemptionsUsed).toBe(1);
    for (const agent of agents) agent.close();
  });

  it("gives names that are free", async () => {
    await stack.cluster("taken-aaaaaaaa");
    const grant = await stack.grant({ namePrefix: "taken" }, { redemptionsAllowed: 2 });
    const names = [];
    for (const clusterUid of ["aaaaaaaa-bbbb-4000-8000-000000000001", "aaaaaaaa-bbbb-4000-8000-000000000002"]) {
      const agent = dialGrant(stack, { port: gateway.port, grant, clusterUid });
      names.push((await agent.opened()).clusterName);
      agent.close();
    }
    expect(names).toEqual(["taken-aaaaaaaabbbb", "taken-aaaaaaaabbbb40008000"]);
  });

  it("lets nobody in as a cluster that is enrolled, nor back in one that was taken out", async () => {
    const grant = await stack.grant({ namePrefix: "guard" }, { redemptionsAllowed: 5 });
    const [key, clusterUid] = [generateLinkKey(), randomUUID()];
    const agent = dialGrant(stack, { port: gateway.port, grant, clusterUid, key });
    const { clusterId: id } = await agent.opened();
    const thief = dialGrant(stack, { port: other.port, grant, clusterUid });
    expect(await thief.refusal()).toBe("cluster-enrolled");
    await stack.organisation.transaction(async (tx) => {
      await revokeCredentials(tx, { clusterId: id, at: new Date() });
      await deleteCluster(tx, { id, by: stack.personId, at: new Date() });
      await publish(tx, { topic: "session", id });
    });
    expect(await agent.refusal(1_500)).toBe("cluster-deleted");
    const back = dialGrant(stack, { port: gateway.port, grant, clusterUid, key });
    expect(await back.refusal()).toBe("cluster-deleted");
    expect(await clustersOf("guard-")).toEqual([]);
  });

  it("that is revoked or has expired is refused as such, and that is written down", async () => {
    const revoked = await stack.grant({ namePrefix: "revoked" });
    await stack.organisation.transaction((tx) =>
      revokeFleetGrant(tx, { id: revoked.id, by: stack.personId, at: new Date() }),
    );
    const expired = await stack.grant({ namePrefix: "expired" }, { expiresAt: new Date(Date.now() - 1) });
    for (const [grant, code] of [
      [revoked, "grant-revoked"],
      [expired, "grant-expired"],
    ] as const) {
      const agent = dialGrant(stack, { port: gateway.port, grant, clusterUid: randomUUID() });
      expect(await agent.refusal()).toBe(code);
      expect(await redemptionsOf(grant)).toMatchObject([{ state: "refused", reason: code, clusterId: null }]);
    }
  });

  it("shown with a wrong secret leaves nothing behind", async () => {
    const grant = await stack.grant({ namePrefix: "secret" });
    const stranger = dialGrant(stack, {
      port: gateway.port,
      grant: { ...grant, secret: `${grant.secret}x` },
      clusterUid: randomUUID(),
    });
    expect(await stranger.refusal()).toBe("grant-unknown");
    expect(await redemptionsOf(grant)).toEqual([]);
  });
});

describe("a grant that needs a person's approval", () => {
  const decide = async (grant: Grant, state: "approved" | "refused") => {
    const [waiting] = await redemptionsOf(grant);
    return stack.organisation.transaction((tx) =>
      decideRedemption(tx, { id: waiting?.id ?? "", state, by: stack.personId, at: new Date() }),
    );
  };
  const places: readonly { name: string; place: () => Promise<Parameters<Stack["grant"]>[0]> }[] = [
    { name: "of a fleet", place: () => Promise.resolve({ namePrefix: "asked" }) },
    { name: "of one cluster", place: () => stack.cluster("asked-for") },
  ];

  it.each(places)("$name, lets the same agent in once it is approved, and nobody before", async ({ place }) => {
    const grant = await stack.grant(await place(), { needsApproval: true });
    const agentOf = { grant, clusterUid: randomUUID(), key: generateLinkKey() };
    const first = dialGrant(stack, { port: gateway.port, ...agentOf });
    const refusal = await first.closed();
    expect(refusal).toMatchObject({
      kind: "refused",
      refused: { code: "grant-pending", retryable: true, retryAfterMs: 10_000 },
    });
    expect(await redemptionsOf(grant)).toMatchObject([{ state: "waiting", grant: { redemptionsUsed: 0 } }]);
    const second = dialGrant(stack, { port: other.port, ...agentOf });
    expect(await second.refusal()).toBe("grant-pending");
    expect(await redemptionsOf(grant)).toHaveLength(1);
    expect(await decide(grant, "approved")).toBe(true);
    expect(await decide(grant, "refused")).toBe(false);
    const otherKey = dialGrant(stack, { port: gateway.port, grant, clusterUid: agentOf.clusterUid });
    expect(await otherKey.refusal()).toBe("grant-pending");
    const third = dialGrant(stack, { port: other.port, ...agentOf });
    await third.opened();
    expect(await redemptionsOf(grant)).toMatchObject([
      { state: "waiting" },
      { state: "completed", decidedBy: stack.personId, grant: { redemptionsUsed: 1 } },
    ]);
    third.close();
  });

  it("refuses for good what a person has refused, whatever key it comes with", async () => {
    const grant = await stack.grant({ namePrefix: "unwanted" }, { needsApproval: true, redemptionsAllowed: 2 });
    const clusterUid = randomUUID();
    const first = dialGrant(stack, { port: gateway.port, grant, clusterUid });
    expect(await first.refusal()).toBe("grant-pending");
    expect(await decide(grant, "refused")).toBe(true);
    for (const key of [first.key, generateLinkKey()]) {
      const again = dialGrant(stack, { port: other.port, grant, clusterUid, key });
      expect(await again.closed()).toMatchObject({ refused: { code: "grant-refused", retryable: false } });
    }
    expect(await clustersOf("unwanted-")).toEqual([]);
  });

  it("lets as many wait as anybody can look at, and no stranger fill the database", async () => {
    const grant = await stack.grant({ namePrefix: "crowd" }, { needsApproval: true, redemptionsAllowed: 1_000 });
    const strangers = Array.from({ length: MAX_WAITING_REDEMPTIONS }, () => ({
      id: randomUUID(),
      grantId: grant.id,
      clusterUid: randomUUID(),
      publicKey: randomBytes(32),
      agentVersion: "",
      instance: "",
      remoteAddress: "",
      at: new Date(),
    }));
    await stack.organisation.transaction(async (tx) => {
      for (const stranger of strangers) await noteRedemption(tx, stranger, { state: "waiting" });
      for (const stranger of strangers.map((each) => ({ ...each, id: randomUUID(), publicKey: randomBytes(32) })))
        await noteRedemption(tx, stranger, { state: "refused", reason: "grant-full" });
    });
    const late = dialGrant(stack, { port: gateway.port, grant, clusterUid: randomUUID() });
    expect(await late.refusal()).toBe("grant-full");
    const kept = await redemptionsOf(grant);
    expect(kept).toHaveLength(2 * MAX_WAITING_REDEMPTIONS);
    expect(kept.some(({ publicKey }) => Buffer.compare(publicKey, late.key.publicKey) === 0)).toBe(true);
  });
});
