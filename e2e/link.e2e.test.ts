import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  decideRedemption,
  findCluster,
  listInventory,
  listRedemptions,
  listSigningKeys,
  registerSigningKeys,
  SIGNING_KEY_LINGERS_MS,
} from "@isthmus/db";
import { generateLinkKey } from "@isthmus/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConnectProxy } from "../apps/agent/test/support/connect-proxy";
import type { RunningChild } from "../apps/agent/test/support/child";
import { agentToken, install } from "../apps/agent/test/support/install";
import { loopbackCertificate } from "../apps/agent/test/support/loopback-certificate";
import { health, manifestFor, placeReplica, type ReplicaPlace } from "../apps/agent/test/support/replica";
import { startSandbox, type RunningSandbox } from "../apps/agent/test/support/sandbox";
import { startStack, type Stack } from "../apps/gateway/test/support/stack";
import { eventually } from "./support/eventually";
import { TlsTerminator } from "./support/tls-terminator";

/*
 * One agent process, from the grant to the third signing key:
 *
 *   sandbox cluster ◀─ agent ─(CONNECT proxy)─▶ TLS terminator ─ clear ─▶ gateway 1, 2, …
 */
let stack: Stack;
let sandbox: RunningSandbox;
let terminator: TlsTerminator;
let terminatorUrl: string;
let certificate: { readonly cert: string; readonly key: string };
let place: ReplicaPlace;
let agent: RunningChild;
let grant: { readonly id: string; readonly secret: string };

const [second, third, fourth] = [generateLinkKey(), generateLinkKey(), generateLinkKey()];

const cluster = () =>
  stack.organisation.transaction(async (tx) => {
    const [redemption] = await listRedemptions(tx, { limit: 1 });
    return redemption?.clusterId ? await findCluster(tx, redemption.clusterId) : undefined;
  });
/** A session that began later than the one before, and has synced. */
const syncedAfter = (sessionId: string | undefined) =>
  eventually(
    "a later session that is synced",
    async () => {
      const session = (await cluster())?.session;
      const isLater = session && session.sessionId !== sessionId && session.disconnectedAt === null;
      return isLater && session.syncedAt !== null ? session : undefined;
    },
    { timeoutMs: 90_000 },
  );
const logged = (child: RunningChild, what: string, fits: (line: Record<string, unknown>) => boolean) =>
  eventually(what, () => Promise.resolve(child.lines.find(fits)), { timeoutMs: 60_000 });
const readiness = async (child: RunningChild) => (await health(child, "/readyz")).text;
const keyStates = async () => {
  const keys = await stack.database.global((tx) => listSigningKeys(tx));
  return Object.fromEntries(keys.map(({ keyId, state }) => [keyId, state]));
};

beforeAll(async () => {
  certificate = await loopbackCertificate();
  terminator = new TlsTerminator(certificate);
  await Promise.all([
    terminator.listen().then((url) => (terminatorUrl = url)),
    startStack().then((started) => (stack = started)),
    startSandbox({ clusters: [{ name: "eu", nodes: 1 }] }).then((started) => (sandbox = started)),
  ]);
  grant = await stack.grant({ namePrefix: "edge", labels: { env: "edge" } }, { needsApproval: true });
  const known = { key: stack.signingKey, grant };
  const objects = manifestFor(sandbox, known, terminatorUrl);
  await install(sandbox.api, objects);
  place = await placeReplica("agent-1", { objects, sandbox, gateway: known, token: await agentToken(sandbox.api) });
}, 180_000);

afterAll(async () => {
  await agent?.kill("SIGKILL");
  terminator?.close();
  await sandbox?.stop();
  await stack?.stop();
  place?.remove();
});

describe("an agent behind a load balancer that ends TLS", () => {
  it("goes no further than TLS where the authority is not known, and than the key where that is not pinned", async () => {
    terminator.target = (await stack.gateway({ nextSigningKey: second })).port;
    agent = place.start([`--pin=${generateLinkKey().id}`]);
    await logged(agent, "a certificate that is not known", ({ detail }) => /certificate/.test(String(detail)));
    writeFileSync(join(place.folder, "grant/ca.crt"), certificate.cert);
    await logged(agent, "a key that is not pinned", ({ code }) => code === "gateway-key-not-pinned");
    expect(await stack.organisation.transaction((tx) => listRedemptions(tx, { limit: 1 }))).toEqual([]);
    expect(await agent.kill("SIGTERM")).toBe("0");
  });

  it("waits for a person, says so, and enters by itself when it is approved", async () => {
    agent = place.start();
    await logged(agent, "that it waits", ({ code }) => code === "grant-pending");
    expect(await readiness(agent)).toContain("grant-pending, this cluster waits for a person");
    const [waiting] = await stack.organisation.transaction((tx) => listRedemptions(tx, { limit: 1 }));
    expect(waiting).toMatchObject({ state: "waiting", clusterId: null, instance: "agent-1" });
    await stack.organisation.transaction((tx) =>
      decideRedemption(tx, { id: waiting?.id ?? "", state: "approved", by: stack.personId, at: new Date() }),
    );
    await syncedAfter(undefined);
    const joined = await cluster();
    expect(joined).toMatchObject({ labels: { env: "edge" }, kubeSystemUid: waiting?.clusterUid });
    expect(joined?.name).toBe(`edge-${waiting?.clusterUid.slice(0, 8)}`);
    const nodes = await stack.organisation.transaction((tx) =>
      listInventory(tx, { clusterId: joined?.id ?? "", kinds: ["Node"], limit: 5 }),
    );
    expect(nodes).toHaveLength(1);
  });

  it("comes back with its credential when the load balancer cuts it off", async () => {
    const before = (await cluster())?.session?.sessionId;
    terminator.drop();
    expect((await syncedAfter(before)).credentialId).not.toBeNull();
  });
});

describe("the change of the signing key", () => {
  it("needs no visit: the agent knows the next key, also after it was started anew", async () => {
    const before = (await cluster())?.session?.sessionId;
    const after = await stack.gateway({ signingKey: second, nextSigningKey: third });
    expect(await keyStates()).toEqual({
      [stack.signingKey.id]: "current",
      [second.id]: "current",
      [third.id]: "next",
    });
    terminator.target = after.port;
    terminator.drop();
    const moved = await syncedAfter(before);
    await agent.kill("SIGKILL");
    agent = place.start();
    await syncedAfter(moved.sessionId);
    expect(agent.lines.filter(({ code }) => code === "gateway-key-not-pinned")).toEqual([]);
  });

  it("retires the former key ten minutes after the last gateway that signed with it", async () => {
    const own = (state: "current" | "next", { id, publicKey } = second) => ({ keyId: id, publicKey, state });
    const at = new Date(Date.now() + SIGNING_KEY_LINGERS_MS + 1_000);
    const keys = [own("current"), own("next", third)];
    await stack.database.global((tx) => registerSigningKeys(tx, { keys, at }));
    expect(await keyStates()).toEqual({ [second.id]: "current", [third.id]: "next" });
  });

  it("an agent that was away when the next key was announced stays out until a gateway with a former key is back", async () => {
    const before = (await cluster())?.session?.sessionId;
    await agent.kill("SIGTERM");
    // The key goes from the second to the fourth, which was announced while the agent was away.
    const late = await stack.gateway({ signingKey: fourth });
    terminator.target = late.port;
    agent = place.start();
    await logged(agent, "that it does not know the key", ({ code }) => code === "gateway-key-not-pinned");
    expect((await cluster())?.session?.sessionId).toBe(before);
    const cure = await stack.gateway({ signingKey: third, nextSigningKey: fourth });
    terminator.target = cure.port;
    const cured = await syncedAfter(before);
    terminator.target = late.port;
    terminator.drop();
    await syncedAfter(cured.sessionId);
  });
});

describe("an agent behind an HTTP CONNECT proxy", () => {
  it.each([
    { name: "without a password", credentials: undefined, user: "" },
    { name: "with a password", credentials: "agent:s3cret", user: "agent:s3cret@" },
  ])("$name, has a whole session, and another when the proxy has died and is back", async ({ credentials, user }) => {
    const proxy = new ConnectProxy(credentials);
    const port = await proxy.listen();
    const before = (await cluster())?.session?.sessionId;
    await agent.kill("SIGTERM");
    agent = place.start([], { HTTPS_PROXY: `http://${user}127.0.0.1:${port}` });
    const through = await syncedAfter(before);
    const target = `${terminatorUrl.replace("wss://", "")} 200`;
    expect(new Set(proxy.asked)).toEqual(new Set([target]));
    proxy.close();
    await logged(agent, "that the proxy is gone", ({ detail }) => String(detail).includes("through the proxy"));
    const successor = new ConnectProxy(credentials);
    await successor.listen(port);
    await syncedAfter(through.sessionId);
    expect(new Set(successor.asked)).toEqual(new Set([target]));
    expect(JSON.stringify(agent.lines)).not.toContain("s3cret");
    successor.close();
  });
});
