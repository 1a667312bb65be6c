import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CALICO_KINDS, CORE_KINDS, recordAt, textAt } from "@isthmus/k8s";
import { ApplyState, FindingState, generateLinkKey, refText, type FlowBatch } from "@isthmus/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningChild } from "./support/child";
import { agentToken, install } from "./support/install";
import { LinkGateway } from "./support/link-gateway";
import { AGENT_UID, health, isRoot, manifestFor, placeReplica, type ReplicaPlace } from "./support/replica";
import { startSandbox, type RunningSandbox } from "./support/sandbox";
import { waitFor } from "./support/wait-for";

let sandbox: RunningSandbox;
let gateway: LinkGateway;
let place: ReplicaPlace;
let agent: RunningChild;
const foundBefore = new Set(filesOfAgents());

/** What the agent's user has outside of spools, where anybody may write; it is nobody else's user only where we are root. */
function filesOfAgents(): readonly string[] {
  if (!isRoot) return [];
  const places = ["/tmp", "/var/tmp", "/dev/shm", "/var/spool"];
  const spools = join(tmpdir(), "isthmus-agent-test-*/spool*");
  // Its exit code tells only that others' files come and go meanwhile.
  const found = spawnSync("find", [...places, "-xdev", "-user", String(AGENT_UID), "-not", "-path", spools]);
  return found.stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}

const buckets = (): number[] =>
  [...new Set([...gateway.batches.values()].map(({ bucketStart }) => Number(bucketStart)))].toSorted((a, b) => a - b);

const endsOf = (batch: FlowBatch): string[] =>
  batch.sourceWorkload.map((index, row) => {
    const name = (at: number | undefined): string => batch.strings[at ?? 0] ?? "";
    return `${name(batch.sourceWorkloadKind[row])} ${name(index)}`;
  });

const globalPolicy = (name: string, spec: Record<string, unknown> = {}) => ({
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkPolicy",
  metadata: { name: `isthmus-test.${name}` },
  spec: {
    tier: "isthmus-test",
    order: 10,
    selector: "app == 'nothing'",
    types: ["Ingress"],
    ingress: [{ action: "Allow" }],
    ...spec,
  },
});
const tier = {
  apiVersion: "projectcalico.org/v3",
  kind: "Tier",
  metadata: { name: "isthmus-test" },
  spec: { order: 500, defaultAction: "Pass" },
};
const textOf = (kind: string, name: string): string =>
  refText({ apiVersion: "projectcalico.org/v3", kind, namespace: "", name });
const resultOf = (kind: string, name: string, state: ApplyState) =>
  waitFor(
    `${kind} ${name} to be ${ApplyState[state]}`,
    () => {
      const result = gateway.results.get(textOf(kind, name));
      return result?.state === state ? result : undefined;
    },
    20_000,
  );

async function identityState(): Promise<Record<string, unknown>> {
  const secret = await sandbox.api.get(CORE_KINDS.secrets, { namespace: "isthmus", name: "isthmus-agent-identity" });
  if (!secret.ok) throw new Error(secret.error.message);
  const text = Buffer.from(textAt(secret.value, "data", "state.json"), "base64").toString();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

beforeAll(async () => {
  gateway = new LinkGateway();
  const url = await gateway.listen();
  sandbox = await startSandbox();
  const objects = manifestFor(sandbox, gateway, url);
  await install(sandbox.api, objects);
  place = await placeReplica("agent-1", { objects, sandbox, gateway, token: await agentToken(sandbox.api) });
}, 120_000);

afterAll(async () => {
  await agent?.kill("SIGTERM");
  await gateway?.close();
  await sandbox?.stop();
  place?.remove();
});

describe("the agent against a sandbox cluster, with the manifest's arguments and permissions", () => {
  it("tells its secret to nobody but a gateway whose key is pinned", async () => {
    const stranger = new LinkGateway();
    const url = await stranger.listen();
    const wrong = place.start([`--gateway=${url}`]);
    await waitFor("the agent to distrust", () => wrong.lines.find((line) => line["code"] === "gateway-key-not-pinned"));
    expect(stranger.proofs).toEqual([]);
    expect(await wrong.kill("SIGTERM")).toBe("0");
    await stranger.close();
  });

  it("redeems its grant and brings the whole inventory", async () => {
    gateway.refuseWith = "overloaded";
    agent = place.start();
    // It examines its cluster before it is let in, as where a gateway is far away.
    await waitFor("an examination", () => agent.lines.some(({ msg }) => msg === "the cluster was examined"), 60_000);
    expect((await health(agent, "/readyz")).text).toContain("no session with a gateway: overloaded");
    gateway.refuseWith = undefined;
    await waitFor("the first sync", () => gateway.syncs === 1);
    expect(gateway.hellos.at(-1)?.claim).toEqual({ case: "grantId", value: gateway.grant.id });
    await waitFor("all pods", async () => {
      const pods = await sandbox.api.list(CORE_KINDS.pods, {});
      return pods.ok && gateway.names("Pod").length >= pods.value.items.length;
    });
    expect(gateway.names("Node")).toContain("eu-west-node-1");
    expect(gateway.names("Tier")).toContain("default");
    expect(gateway.names("Secret")).toEqual([]);
    const facts = await waitFor("facts with Goldmane", () =>
      gateway.facts?.goldmane === "connected" ? gateway.facts : undefined,
    );
    expect(facts).toMatchObject({ calicoApi: "projectcalico.org/v3", missingPermissions: [] });
    expect(facts.podCidrs.length).toBeGreaterThan(0);
    expect((await health(agent, "/healthz")).status).toBe(200);
    expect((await health(agent, "/readyz")).status).toBe(200);
    expect((await health(agent, "/metrics")).text).toMatch(/inventory_resources [1-9]/u);
  });

  it("examines again once it is let in, so that nobody reads for ten minutes that it has no credential", async () => {
    const credentialStates = (): readonly (FindingState | undefined)[] =>
      gateway.examinations.map(({ findings }) => findings.find(({ id }) => id === "identity.credential")?.state);
    const latest = (): FindingState | undefined => credentialStates().at(-1);
    await waitFor("an examination that has seen the credential", () => latest() === FindingState.OK, 30_000);
    expect(credentialStates()[0]).toBe(FindingState.WARNING);
  });

  it("renews its credential at half-life and keeps the new one", async () => {
    await waitFor("a renewal", () => gateway.renewals === 1, 10_000);
    const kept = (): Promise<string> => identityState().then((state) => JSON.stringify(state["credential"] ?? ""));
    await waitFor(
      "the new credential in the Secret",
      async () => (await kept()).includes(gateway.credentialId),
      10_000,
    );
  });

  it("follows changes with deltas", async () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "made-later", labels: { a: "b" } } };
    await install(sandbox.api, [namespace]);
    await waitFor("the new namespace", () => gateway.names("Namespace").includes("made-later"), 10_000);
    const made = await sandbox.api.get(CORE_KINDS.namespaces, { name: "made-later" });
    if (!made.ok) throw new Error(made.error.message);
    await sandbox.api.remove(CORE_KINDS.namespaces, { name: "made-later" }, made.value.metadata.uid ?? "");
    await waitFor("the namespace to be gone", () => !gateway.names("Namespace").includes("made-later"), 20_000);
  });

  it("streams flows with their workloads, bucket by bucket without a hole", async () => {
    await waitFor("two buckets", () => buckets().length >= 2, 90_000);
    const found = buckets();
    const first = found[0] ?? 0;
    expect(found).toEqual(found.map((_, index) => first + index * 15));
    const workloads = [...gateway.batches.values()].flatMap(endsOf);
    expect(workloads).toContain("Deployment frontend");
    expect(gateway.gaps).toEqual([]);
  });

  it("keeps what nobody acknowledged over kill -9, and sends it once more, unchanged", async () => {
    gateway.acknowledges = false;
    const before = gateway.received.length;
    await waitFor("batches on the way", () => gateway.received.length > before, 60_000);
    await agent.kill("SIGKILL");
    const unacknowledged = gateway.received.slice(before);
    gateway.acknowledges = true;
    agent = place.start();
    await waitFor("what was not acknowledged", () => unacknowledged.every((id) => gateway.batches.has(id)));
    expect(gateway.hellos.at(-1)?.claim.case).toBe("credentialId");
    const found = buckets();
    expect(found).toEqual(found.map((_, index) => (found[0] ?? 0) + index * 15));
    expect(gateway.gaps).toEqual([]);
  });

  it("spools while no gateway is there", async () => {
    gateway.drop();
    gateway.refuseWith = "overloaded";
    const before = buckets().length;
    await waitFor(
      "a spooled batch",
      async () => /spool_batches [1-9]/u.test((await health(agent, "/metrics")).text),
      60_000,
    );
    expect((await health(agent, "/readyz")).status).toBe(503);
    expect((await health(agent, "/healthz")).status).toBe(200);
    gateway.refuseWith = undefined;
    await waitFor("the spooled batches", () => buckets().length > before, 60_000);
    const found = buckets();
    expect(found).toEqual(found.map((_, index) => (found[0] ?? 0) + index * 15));
    await waitFor(
      "an empty spool",
      async () => /spool_batches 0/u.test((await health(agent, "/metrics")).text),
      30_000,
    );
  });

  it("goes on while its disk takes nothing, says so, and has every bucket afterwards", async () => {
    const { pid } = agent.process;
    // As small a file-size limit as nothing but a segment's head fits in: writes fail as on a full disk, with EFBIG.
    const as = isRoot ? { uid: AGENT_UID, gid: AGENT_UID } : {};
    const allow = (bytes: string): number | null =>
      spawnSync("prlimit", [`--pid=${pid}`, `--fsize=${bytes}:`], as).status;
    expect(allow("1024")).toBe(0);
    await waitFor("the disk to be noticed", async () =>
      /spool_takes_writes 0/u.test((await health(agent, "/metrics")).text),
    );
    await waitFor("the gateway to be told", () => gateway.facts?.goldmane.includes("cannot be written"));
    const syncs = gateway.syncs;
    const before = buckets().length;
    expect((await health(agent, "/readyz")).status).toBe(200);
    expect(allow("unlimited")).toBe(0);
    await waitFor("new buckets", () => buckets().length > before + 1);
    expect((await health(agent, "/metrics")).text).toMatch(/spool_takes_writes 1/u);
    const found = buckets();
    expect(found).toEqual(found.map((_, index) => (found[0] ?? 0) + index * 15));
    expect([gateway.gaps, gateway.syncs]).toEqual([[], syncs]);
  }, 90_000);

  it("leaves a gateway that drains, and comes back", async () => {
    const hellos = gateway.hellos.length;
    await waitFor("a session", () => gateway.open);
    gateway.drain();
    await waitFor("another session", () => gateway.hellos.length > hellos, 20_000);
    await waitFor("a session", () => gateway.open);
  });

  it("applies a plan in order, and reports what the API server made of it", async () => {
    await waitFor("readiness", async () => (await health(agent, "/readyz")).status === 200);
    gateway.desire([
      { manifest: tier, position: 1 },
      { manifest: globalPolicy("a"), position: 2 },
    ]);
    const result = await resultOf("GlobalNetworkPolicy", "isthmus-test.a", ApplyState.APPLIED);
    const found = await sandbox.api.get(CALICO_KINDS.globalNetworkPolicies, { name: "isthmus-test.a" });
    if (!found.ok) throw new Error(found.error.message);
    expect(found.value.metadata.uid).toBe(result.uid);
    expect(found.value.metadata.labels).toMatchObject({ "isthmus.io/managed": "true" });
    expect(found.value.metadata.annotations?.["isthmus.io/desired-hash"]).toMatch(/^[0-9a-f]{64}$/u);
  });

  it("reports drift, leaves it, and sets it right when asked again", async () => {
    const found = await sandbox.api.get(CALICO_KINDS.globalNetworkPolicies, { name: "isthmus-test.a" });
    if (!found.ok) throw new Error(found.error.message);
    const changed = { ...found.value, spec: { ...recordAt(found.value, "spec"), order: 11 } };
    const written = await sandbox.api.update(CALICO_KINDS.globalNetworkPolicies, changed);
    expect(written.ok).toBe(true);
    const drifted = await resultOf("GlobalNetworkPolicy", "isthmus-test.a", ApplyState.DRIFTED);
    expect(drifted.message).toContain("spec.order");
    const still = await sandbox.api.get(CALICO_KINDS.globalNetworkPolicies, { name: "isthmus-test.a" });
    expect(still.ok && recordAt(still.value, "spec")["order"]).toBe(11);
    gateway.desire([
      { manifest: tier, position: 1 },
      { manifest: globalPolicy("a"), position: 2 },
    ]);
    await resultOf("GlobalNetworkPolicy", "isthmus-test.a", ApplyState.APPLIED);
    const repaired = await sandbox.api.get(CALICO_KINDS.globalNetworkPolicies, { name: "isthmus-test.a" });
    expect(repaired.ok && recordAt(repaired.value, "spec")["order"]).toBe(10);
  });

  it("leaves alone what is not ours, and passes on why the API server refuses", async () => {
    const theirs = { ...globalPolicy("theirs"), spec: { ...globalPolicy("theirs").spec, order: 77 } };
    const made = await sandbox.api.create(CALICO_KINDS.globalNetworkPolicies, theirs);
    if (!made.ok) throw new Error(made.error.message);
    gateway.desire([
      { manifest: tier, position: 1 },
      { manifest: globalPolicy("a"), position: 2 },
      { manifest: globalPolicy("theirs"), position: 2 },
      { manifest: globalPolicy("bad", { ingress: [{ action: "Explode" }] }), position: 2 },
      { manifest: globalPolicy("late"), position: 3 },
    ]);
    const notOurs = await resultOf("GlobalNetworkPolicy", "isthmus-test.theirs", ApplyState.NOT_OURS);
    expect(notOurs.message).toContain("left alone");
    const failed = await resultOf("GlobalNetworkPolicy", "isthmus-test.bad", ApplyState.FAILED);
    expect(failed.message).toContain("Explode");
    const late = await resultOf("GlobalNetworkPolicy", "isthmus-test.late", ApplyState.PENDING);
    expect(late.message).toContain("waits for");
    const untouched = await sandbox.api.get(CALICO_KINDS.globalNetworkPolicies, { name: "isthmus-test.theirs" });
    expect(untouched.ok && recordAt(untouched.value, "spec")["order"]).toBe(77);
  });

  it("removes what it made, with the UID that was recorded, and nothing else", async () => {
    const uid = gateway.results.get(textOf("GlobalNetworkPolicy", "isthmus-test.a"))?.uid ?? "";
    gateway.desire(
      [{ manifest: tier, position: 1 }],
      [{ text: textOf("GlobalNetworkPolicy", "isthmus-test.a"), recordedUid: uid }],
    );
    await resultOf("GlobalNetworkPolicy", "isthmus-test.a", ApplyState.REMOVED);
    const gone = await sandbox.api.get(CALICO_KINDS.globalNetworkPolicies, { name: "isthmus-test.a" });
    expect(!gone.ok && gone.error.code).toBe("not-found");
    const theirs = await sandbox.api.get(CALICO_KINDS.globalNetworkPolicies, { name: "isthmus-test.theirs" });
    expect(theirs.ok).toBe(true);
  });

  it("keeps its key and credential in its Secret, and keys that the gateway announces", async () => {
    const next = generateLinkKey();
    gateway.nextKeyIds = [next.id];
    gateway.drop();
    const state = await waitFor(
      "the announced key",
      async () => {
        const found = await identityState();
        return JSON.stringify(found).includes(gateway.nextKeyIds[0] ?? "") ? found : undefined;
      },
      20_000,
    );
    expect(state["credential"]).toMatchObject({ grantId: gateway.grant.id });
    gateway.key = next;
    gateway.nextKeyIds = [];
    for (const round of ["with the announced key", "with the key that is no longer announced"]) {
      const before = gateway.sessions;
      gateway.drop();
      await waitFor(`a session ${round}`, () => gateway.sessions > before, 20_000);
    }
  });

  it("resumes from the gateway's marks when its spool was destroyed", async () => {
    await waitFor(
      "an empty spool",
      async () => /spool_batches 0/u.test((await health(agent, "/metrics")).text),
      30_000,
    );
    await agent.kill("SIGKILL");
    const found = buckets();
    const incarnation = [...gateway.batches.values()].at(-1)?.incarnation ?? "";
    const through = (found.at(-1) ?? 0) + 15;
    gateway.marks = [{ $typeName: "isthmus.link.v1.EvidenceMark", incarnation, durableThrough: BigInt(through) }];
    for (const name of readdirSync(place.spoolDir)) rmSync(join(place.spoolDir, name));
    const received = gateway.received.length;
    agent = place.start();
    await waitFor("the next bucket", () => gateway.received.length > received, 60_000);
    expect(gateway.received.slice(received).some((id) => id.includes(`/${through}/`))).toBe(true);
    const after = buckets();
    expect(after).toEqual(after.map((_, index) => (after[0] ?? 0) + index * 15));
    expect(gateway.gaps).toEqual([]);
  });

  it("names the buckets that a restarted Goldmane never sent", async () => {
    const before = buckets();
    const pods = await sandbox.api.list(CORE_KINDS.pods, { labelSelector: "k8s-app=goldmane" });
    if (!pods.ok) throw new Error(pods.error.message);
    const [pod] = pods.value.items;
    await sandbox.api.remove(
      CORE_KINDS.pods,
      pod!.metadata as { namespace: string; name: string },
      pod!.metadata.uid ?? "",
    );
    const gap = await waitFor("a gap record", () => gateway.gaps[0], 60_000);
    expect(gap.reason).toBe("source-restarted");
    await waitFor(
      "a bucket of the new Goldmane",
      () => {
        const incarnations = new Set([...gateway.batches.values()].map(({ incarnation }) => incarnation));
        return incarnations.size === 2;
      },
      60_000,
    );
    const lost = new Set<number>();
    for (let at = Number(gap.from); at < Number(gap.to); at += 15) lost.add(at);
    const known = new Set([...buckets(), ...lost]);
    const first = before[0] ?? 0;
    const last = buckets().at(-1) ?? 0;
    for (let at = first; at <= last; at += 15) expect(known.has(at), `bucket ${at}`).toBe(true);
  });

  it("writes nothing but its spool, and stays under 200 MB", async () => {
    const resident = Number(/process_resident_memory_bytes (\d+)/u.exec((await health(agent, "/metrics")).text)?.[1]);
    process.stdout.write(`agent resident: ${Math.round(resident / 1e6)} MB\n`);
    expect(resident).toBeLessThan(200e6);
    expect(filesOfAgents().filter((path) => !foundBefore.has(path))).toEqual([]);
  });

  it("stops cleanly", async () => {
    expect(await agent.kill("SIGTERM")).toBe("0");
  });
});
