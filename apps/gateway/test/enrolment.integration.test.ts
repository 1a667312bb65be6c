import {
  findCluster,
  listAudit,
  listRefusedConnections,
  listSigningKeys,
  publish,
  revokeCredentials,
  revokeGrants,
} from "@isthmus/db";
import { generateLinkKey } from "@isthmus/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway";
import { dialCredential, dialGrant, enrol, eventually, startStack, type Stack } from "./support/stack";
import { TestAgent } from "./support/test-agent";

let stack: Stack;
let gateway: Gateway;
let other: Gateway;

beforeAll(async () => {
  stack = await startStack();
  [gateway, other] = await Promise.all([stack.gateway(), stack.gateway({ roles: ["sessions"] })]);
});
afterAll(async () => stack.stop());

const refusalsOf = (clusterId: string) =>
  stack.organisation.transaction((tx) => listRefusedConnections(tx, { clusterId, since: new Date(0), limit: 10 }));
const auditOf = (targetId: string) => stack.organisation.transaction((tx) => listAudit(tx, { limit: 20, targetId }));

describe("a grant", () => {
  it("lets a cluster in, pins it and gives a credential that works at any gateway", async () => {
    const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(stack, gateway.port, "first");
    expect(welcome).toMatchObject({ clusterId, clusterName: "first", leaseTerm: 1n });
    expect(credentialId).not.toBe("");
    const cluster = await stack.organisation.transaction((tx) => findCluster(tx, clusterId));
    expect(cluster).toMatchObject({ kubeSystemUid: clusterUid, firstSyncedAt: null });
    const resumed = dialCredential(stack, { port: other.port, credentialId, key, clusterUid });
    expect((await resumed.opened()).leaseTerm).toBe(2n);
    expect(await agent.refusal()).toBe("taken-over");
    expect((await auditOf(clusterId)).map(({ action }) => action)).toContain("cluster.enrol");
    resumed.close();
  });

  it("is used up by one key, and lets the same key in again whose welcome was lost", async () => {
    const clusterId = await stack.cluster("once");
    const grant = await stack.grant(clusterId);
    const key = generateLinkKey();
    const first = dialGrant(stack, { port: gateway.port, grant, clusterUid: "uid-once", key });
    const { credential } = await first.opened();
    const again = dialGrant(stack, { port: gateway.port, grant, clusterUid: "uid-once", key });
    expect((await again.opened()).credential?.credentialId).toBe(credential?.credentialId);
    again.close();
    const thief = dialGrant(stack, { port: gateway.port, grant, clusterUid: "uid-once" });
    expect(await thief.refusal()).toBe("grant-used");
    expect(await refusalsOf(clusterId)).toMatchObject([{ code: "grant-used", clusterUid: "uid-once" }]);
  });

  it("is redeemed by one of two agents that come at the same moment", async () => {
    const grant = await stack.grant(await stack.cluster("race"));
    const agents = [gateway, other].map(({ port }) => dialGrant(stack, { port, grant, clusterUid: "uid-race" }));
    const outcomes = await Promise.all(
      agents.map((agent) =>
        agent.opened().then(
          () => "opened",
          () => agent.refusal(),
        ),
      ),
    );
    expect(outcomes.toSorted()).toEqual(["grant-used", "opened"]);
    for (const agent of agents) agent.close();
  });

  it("that expired is refused as such", async () => {
    const clusterId = await stack.cluster("late");
    const grant = await stack.grant(clusterId, { expiresAt: new Date(Date.now() - 1) });
    expect(await dialGrant(stack, { port: gateway.port, grant, clusterUid: "u" }).refusal()).toBe("grant-expired");
    expect(await refusalsOf(clusterId)).toMatchObject([{ code: "grant-expired" }]);
  });

  it("that was revoked is refused as such", async () => {
    const clusterId = await stack.cluster("revoked");
    const grant = await stack.grant(clusterId);
    await stack.organisation.transaction((tx) => revokeGrants(tx, { clusterId, at: new Date(), by: stack.personId }));
    expect(await dialGrant(stack, { port: gateway.port, grant, clusterUid: "u" }).refusal()).toBe("grant-revoked");
  });

  it.each([
    { name: "an unknown id", id: "7b1c8f86-6a9e-4c9b-9a3e-0b8a1f5f2d11", secret: "s" },
    { name: "an id that is no UUID", id: "' or 1=1", secret: "s" },
  ])("with $name is unknown", async (grant) => {
    expect(await dialGrant(stack, { port: gateway.port, grant, clusterUid: "u" }).refusal()).toBe("grant-unknown");
  });

  it("with a wrong secret is unknown, and stays as it was", async () => {
    const grant = await stack.grant(await stack.cluster("secret"));
    const wrong = { ...grant, secret: `${grant.secret}x` };
    expect(await dialGrant(stack, { port: gateway.port, grant: wrong, clusterUid: "u" }).refusal()).toBe(
      "grant-unknown",
    );
    const right = dialGrant(stack, { port: gateway.port, grant, clusterUid: "uid-secret" });
    await right.opened();
    right.close();
  });

  it("for a cluster that is enrolled under another name is refused, and not used up", async () => {
    const { clusterUid, agent } = await enrol(stack, gateway.port, "original");
    const clusterId = await stack.cluster("double");
    const grant = await stack.grant(clusterId);
    expect(await dialGrant(stack, { port: gateway.port, grant, clusterUid }).refusal()).toBe("cluster-enrolled");
    const right = dialGrant(stack, { port: gateway.port, grant, clusterUid: "uid-double" });
    await right.opened();
    right.close();
    agent.close();
  });
});

describe("a credential", () => {
  it("used from another cluster is refused, shown and audited, and the right cluster goes on", async () => {
    const { agent, clusterId, clusterUid, credentialId, key } = await enrol(stack, gateway.port, "stolen");
    const thief = dialCredential(stack, { port: other.port, credentialId, key, clusterUid: "uid-thief" });
    expect(await thief.refusal()).toBe("wrong-cluster");
    expect(await refusalsOf(clusterId)).toMatchObject([
      { code: "wrong-cluster", clusterUid: "uid-thief", remoteAddress: expect.stringContaining("127.0.0.1") },
    ]);
    const [audit] = await auditOf(clusterId);
    expect(audit).toMatchObject({
      action: "cluster.refuse",
      detail: { after: { code: "wrong-cluster", clusterUid: "uid-thief" } },
    });
    expect(agent.received("inventoryWanted")).toEqual([]);
    agent.close();
    const back = dialCredential(stack, { port: other.port, credentialId, key, clusterUid });
    await back.opened();
    back.close();
  });

  it("shown with another key is bad proof", async () => {
    const { agent, clusterUid, credentialId } = await enrol(stack, gateway.port, "keyless");
    const thief = dialCredential(stack, { port: gateway.port, credentialId, key: generateLinkKey(), clusterUid });
    expect(await thief.refusal()).toBe("bad-proof");
    agent.close();
  });

  it("that is revoked ends the session at once, on whichever gateway it is", async () => {
    const { agent, clusterId, clusterUid, credentialId, key } = await enrol(stack, other.port, "revocation");
    const startedAt = Date.now();
    await stack.organisation.transaction(async (tx) => {
      await revokeCredentials(tx, { clusterId, at: new Date() });
      await publish(tx, { topic: "session", id: clusterId });
    });
    expect(await agent.refusal(1_500)).toBe("credential-revoked");
    expect(Date.now() - startedAt).toBeLessThan(1_500);
    const again = dialCredential(stack, { port: gateway.port, credentialId, key, clusterUid });
    expect(await again.refusal()).toBe("credential-revoked");
  });

  it("that is revoked ends the session within seconds even when nobody announces it", async () => {
    const { agent, clusterId } = await enrol(stack, other.port, "silent-revocation");
    await stack.organisation.transaction((tx) => revokeCredentials(tx, { clusterId, at: new Date() }));
    expect(await agent.refusal(8_000)).toBe("credential-revoked");
  });

  it("is renewed under the same key", async () => {
    const { agent, clusterUid, credentialId, key } = await enrol(stack, gateway.port, "renewal");
    agent.send({ case: "renew", value: { $typeName: "isthmus.link.v1.RenewRequest" } });
    const renewed = await agent.next("credential");
    expect(renewed.credentialId).not.toBe(credentialId);
    agent.close();
    const resumed = dialCredential(stack, { port: gateway.port, credentialId: renewed.credentialId, key, clusterUid });
    await resumed.opened();
    resumed.close();
  });
});

describe("a gateway", () => {
  it("registers its signing key, which the agent checks against what it was told", async () => {
    expect(await stack.database.global((tx) => listSigningKeys(tx))).toMatchObject([
      { keyId: stack.signingKey.id, state: "current" },
    ]);
    const distrustful = new TestAgent({
      port: gateway.port,
      pinnedKeyIds: [generateLinkKey().id],
      claim: { case: "grantId", value: "x" },
      clusterUid: "u",
    });
    expect(await distrustful.closed()).toMatchObject({ kind: "distrusted", error: { code: "gateway-key-not-pinned" } });
  });

  it("rotates its key without a visit: the next key is announced, and then signs", async () => {
    const next = generateLinkKey();
    const states = async () => {
      const keys = await stack.database.global((tx) => listSigningKeys(tx));
      return Object.fromEntries(keys.map(({ keyId, state }) => [keyId, state]));
    };
    const before = await stack.gateway({ roles: ["sessions"], nextSigningKey: next });
    expect(await states()).toEqual({ [stack.signingKey.id]: "current", [next.id]: "next" });
    const { agent, clusterUid, credentialId, key } = await enrol(stack, before.port, "rotation");
    expect(agent.announcedKeyIds()).toEqual([next.id]);
    agent.close();
    const after = await stack.gateway({ roles: ["sessions"], signingKey: next });
    // Both sign while both run: a manifest that is made now holds both.
    expect(await states()).toEqual({ [stack.signingKey.id]: "current", [next.id]: "current" });
    const pinnedKeyIds = [stack.signingKey.id, ...agent.announcedKeyIds()];
    const back = dialCredential(stack, { port: after.port, credentialId, key, clusterUid, pinnedKeyIds });
    await back.opened();
    back.close();
    await Promise.all([before.stop(), after.stop()]);
  });

  it("answers health, readiness and metrics", async () => {
    const get = async (path: string) => await fetch(`http://127.0.0.1:${gateway.port}${path}`);
    expect((await get("/healthz")).status).toBe(200);
    expect((await get("/readyz")).status).toBe(200);
    expect(await (await get("/metrics")).text()).toContain("isthmus_gateway_sessions");
    expect((await get("/v1/agent")).status).toBe(404);
  });

  it("says where a session is, and since when it is not", async () => {
    const { agent, clusterId } = await enrol(stack, gateway.port, "status");
    const session = () =>
      stack.organisation.transaction((tx) => findCluster(tx, clusterId)).then((cluster) => cluster?.session);
    expect(await session()).toMatchObject({ disconnectedAt: null, syncedAt: null });
    agent.close();
    const closed = await eventually("the end of the session", async () => {
      const now = await session();
      return now?.disconnectedAt ? now : undefined;
    });
    expect(closed.disconnectReason).toBe("socket-closed");
  });
});
