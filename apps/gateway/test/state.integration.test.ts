import { create } from "@bufbuild/protobuf";
import {
  askForExamination,
  countReportedStates,
  findCluster,
  listAudit,
  listDesiredObjects,
  listExaminations,
  listInventoryHashes,
} from "@isthmus/db";
import {
  ApplyReportSchema,
  ApplyState,
  ExaminationSchema,
  FindingState,
  InventoryDigestSchema,
  SyncCompleteSchema,
  inventoryDigests,
  refText,
  type DesiredState,
} from "@isthmus/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway";
import { dialCredential, enrol, eventually, startStack, type Stack } from "./support/stack";
import { applyPolicy, chunkMessage, namespace, pod, replicaSet, sendDelta, sendFacts, sync } from "./support/state";

let stack: Stack;
let jobs: Gateway;
let sessions: Gateway;

beforeAll(async () => {
  stack = await startStack();
  jobs = await stack.gateway({ roles: ["jobs"] });
  sessions = await stack.gateway({ roles: ["sessions"] });
});
afterAll(async () => stack.stop());

const stored = async (clusterId: string) => {
  const rows = await stack.organisation.transaction((tx) => listInventoryHashes(tx, clusterId));
  return new Set(rows.map(({ ref }) => refText(ref)));
};
const clusterOf = (clusterId: string) => stack.organisation.transaction((tx) => findCluster(tx, clusterId));

describe("examination", () => {
  it("is kept, asked for again, and answered by its number", async () => {
    const { agent, clusterId } = await enrol(stack, sessions.port, "examined");
    const kept = async () =>
      (await stack.organisation.transaction((tx) => listExaminations(tx, clusterId)))[0] ?? { findings: [] };
    const send = (answers: bigint, seen: string) => {
      const findings = [{ id: "calico.version", group: "calico", state: FindingState.OK, seen }];
      const value = create(ExaminationSchema, { examinedAtMs: 1_764_000_000_000n, findings, answers });
      agent.send({ case: "examination", value });
    };
    const seen = (text: string) =>
      eventually(`an examination that saw ${text}`, async () => (await kept()).findings[0]?.seen === text || undefined);
    // Nobody has asked: a number that was never given answers nothing.
    send(7n, "3.31");
    await seen("3.31");
    const at = new Date();
    const ask = (unlessSince: Date) =>
      stack.organisation.transaction((tx) => askForExamination(tx, { clusterId, at, unlessSince }));
    expect(await ask(new Date(0))).toBe(true);
    expect(await ask(new Date(0))).toBe(false);
    expect((await agent.next("examine")).number).toBe(1n);
    expect(await kept()).toMatchObject({ waitingSince: at });
    send(1n, "3.32");
    await seen("3.32");
    expect(await kept()).toMatchObject({ waitingSince: null, examinedAt: new Date(1_764_000_000_000) });
    expect(agent.received("examine")).toHaveLength(1);
    agent.close();
  });
});

describe("inventory", () => {
  it("is connected only when the sync is durable, and sends nothing on an unchanged reconnect", async () => {
    const { agent, clusterId, clusterUid, credentialId, key } = await enrol(stack, sessions.port, "inventory");
    const held = [
      namespace("boutique"),
      replicaSet("cart"),
      ...Array.from({ length: 60 }, (_, i) => pod(`cart-${i}`, { app: "cart", ip: `10.1.0.${i}` })),
    ];
    sendFacts(agent, "10.1.0.0/16");
    expect((await clusterOf(clusterId))?.firstSyncedAt).toBeNull();
    expect((await sync(agent, held)).length).toBeGreaterThan(10);
    expect(await clusterOf(clusterId)).toMatchObject({
      kubernetesVersion: "v1.33.4",
      podCidrs: ["10.1.0.0/16"],
      firstSyncedAt: expect.any(Date),
      session: { syncedAt: expect.any(Date), disconnectedAt: null },
    });
    expect(await stored(clusterId)).toEqual(new Set(held.map(({ ref }) => refText(ref))));
    agent.close();
    const again = dialCredential(stack, { port: sessions.port, credentialId, key, clusterUid });
    await again.opened();
    expect(await sync(again, held)).toEqual([]);
    const fewer = held.filter(({ ref }) => ref.name !== "cart-7");
    again.close();
    const third = dialCredential(stack, { port: sessions.port, credentialId, key, clusterUid });
    await third.opened();
    expect(await sync(third, fewer)).toHaveLength(1);
    expect(await stored(clusterId)).toEqual(new Set(fewer.map(({ ref }) => refText(ref))));
    third.close();
  });

  it("follows deltas in order, the last word winning", async () => {
    const { agent, clusterId } = await enrol(stack, sessions.port, "deltas");
    await sync(agent, [namespace("boutique")]);
    const [one, two] = [pod("a", { app: "a", ip: "10.2.0.1" }), pod("b", { app: "b", ip: "10.2.0.2" })];
    await sendDelta(agent, 1n, { upserts: [one, two] });
    await sendDelta(agent, 2n, { deletes: [one.ref] });
    expect(await stored(clusterId)).toEqual(new Set([refText(namespace("boutique").ref), refText(two.ref)]));
    agent.close();
  });

  it("refuses what does not hash to what it says, and keeps what it had", async () => {
    const { agent, clusterId } = await enrol(stack, sessions.port, "forged");
    await sync(agent, [namespace("boutique")]);
    const { ref } = pod("x", { app: "x", ip: "10.3.0.1" });
    const value = chunkMessage(0, []);
    agent.send({
      case: "inventoryChunk",
      value: {
        ...value,
        resources: [
          {
            $typeName: "isthmus.link.v1.ResourceState",
            ref: { $typeName: "isthmus.link.v1.ResourceRef", ...ref },
            uid: "u",
            hash: new Uint8Array(32),
            body: new Uint8Array([123, 125]),
          },
        ],
      },
    });
    expect(await agent.refusal()).toBe("frame-invalid");
    expect((await stored(clusterId)).size).toBe(1);
  });

  it("refuses to call a sync whole while wanted chunks are missing", async () => {
    const { agent, clusterId } = await enrol(stack, sessions.port, "hasty");
    const held = [namespace("boutique"), namespace("other")];
    const value = create(InventoryDigestSchema, { chunkDigests: [...inventoryDigests(held)], resourceCount: 2 });
    agent.send({ case: "inventoryDigest", value });
    const { chunks } = await agent.next("inventoryWanted");
    expect(chunks).toHaveLength(2);
    agent.send({ case: "inventoryChunk", value: chunkMessage(chunks[0]!, held) });
    agent.send({ case: "syncComplete", value: create(SyncCompleteSchema) });
    expect(await agent.refusal()).toBe("out-of-order");
    expect(await clusterOf(clusterId)).toMatchObject({ firstSyncedAt: null, session: { syncedAt: null } });
  });

  it("refuses a gap between deltas", async () => {
    const { agent } = await enrol(stack, sessions.port, "skipped");
    await sync(agent, []);
    await expect(
      Promise.race([sendDelta(agent, 2n, {}), agent.refusal().then((code) => Promise.reject(new Error(code)))]),
    ).rejects.toThrow("out-of-order");
  });
});

describe("desired state", () => {
  it("reaches a cluster on another gateway than the one that compiled in under a second, and is followed to its end", async () => {
    const { agent, clusterId, clusterUid, credentialId, key } = await enrol(stack, sessions.port, "desired");
    sendFacts(agent, "10.4.0.0/16");
    await sync(agent, [
      namespace("boutique"),
      replicaSet("payment"),
      pod("payment-1", { app: "payment", ip: "10.4.0.1" }),
    ]);
    const policy = await applyPolicy(stack, { tier: "boutique", clusterIds: [clusterId] });
    await eventually("a leader", async () =>
      (await fetch(`http://127.0.0.1:${jobs.port}/readyz`)).ok ? true : undefined,
    );
    const appliedAt = performance.now();
    await policy.apply();
    const frame = await untilHolds(() => agent.next("desired", 5_000), policy.name);
    const tookMs = performance.now() - appliedAt;
    expect(tookMs).toBeLessThan(1_000);
    expect(frame.upserts.map(({ ref }) => ref?.kind)).toEqual(["Tier", "NetworkPolicy"]);

    agent.send({ case: "applyReport", value: report(frame, ApplyState.APPLIED) });
    const objects = () => stack.organisation.transaction((tx) => listDesiredObjects(tx, { clusterId, since: 0n }));
    await eventually("recorded UIDs", async () =>
      (await objects()).every(({ recordedUid }) => recordedUid !== "") ? true : undefined,
    );

    // A later word without a UID does not take back the one on record.
    agent.send({ case: "applyReport", value: report(frame, ApplyState.DRIFTED, "") });
    await eventually("the drift", async () =>
      (await stack.organisation.transaction((tx) => countReportedStates(tx))).some(
        (each) => each.clusterId === clusterId && each.state === "drifted",
      )
        ? true
        : undefined,
    );

    await policy.withdraw();
    const removal = await agent.next("desired", 5_000);
    expect(removal.baseRevision).toBe(frame.revision);
    expect(removal.removals.map(({ ref, recordedUid }) => [ref?.kind, recordedUid])).toEqual([
      ["NetworkPolicy", "uid-boutique.pay"],
      ["Tier", "uid-boutique"],
    ]);
    agent.close();

    const audit = await stack.organisation.transaction((tx) =>
      listAudit(tx, { limit: 10, targetId: clusterId, actionPrefix: "cluster.plan" }),
    );
    expect(audit[0]).toMatchObject({
      actor: { kind: "system", name: "compiler" },
      detail: { after: { remove: { count: 2 } } },
    });

    // Offline never deletes, and never forgets: the complete state of the next session names the removals again.
    const back = dialCredential(stack, { port: sessions.port, credentialId, key, clusterUid });
    await back.opened();
    const complete = await back.next("desired");
    expect(complete).toMatchObject({ baseRevision: 0n, upserts: [], revision: removal.revision });
    expect(complete.removals.map(({ recordedUid }) => recordedUid)).toEqual(["uid-boutique.pay", "uid-boutique"]);
    back.send({ case: "applyReport", value: report(complete, ApplyState.REMOVED) });
    await eventually("forgotten objects", async () => ((await objects()).length === 0 ? true : undefined));
    back.close();
  });
});

describe("a difference that an agent cannot use", () => {
  it("is followed by the complete state", async () => {
    const { agent, clusterId } = await enrol(stack, sessions.port, "misfit");
    sendFacts(agent, "10.5.0.0/16");
    await sync(agent, [
      namespace("boutique"),
      replicaSet("payment"),
      pod("payment-1", { app: "payment", ip: "10.5.0.1" }),
    ]);
    const one = await applyPolicy(stack, { tier: "misfit-a", clusterIds: [clusterId] });
    await one.apply();
    const first = await untilHolds(() => agent.next("desired", 5_000), one.name);
    const two = await applyPolicy(stack, { tier: "misfit-b", clusterIds: [clusterId] });
    await two.apply();
    const difference = await untilHolds(() => agent.next("desired", 5_000), two.name);
    expect(difference.baseRevision).toBe(first.revision);
    expect(difference.upserts.map(({ ref }) => ref?.name)).not.toContain("misfit-a");
    agent.send({ case: "applyReport", value: create(ApplyReportSchema, { revision: first.revision - 1n }) });
    const complete = await agent.next("desired", 5_000);
    expect(complete).toMatchObject({ baseRevision: 0n, revision: difference.revision });
    expect(complete.upserts.map(({ ref }) => ref?.name)).toEqual(expect.arrayContaining([one.name, two.name]));
    agent.close();
  });
});

async function untilHolds(next: () => Promise<DesiredState>, name: string): Promise<DesiredState> {
  for (;;) {
    const frame = await next();
    if (frame.upserts.some(({ ref }) => ref?.name === name)) return frame;
  }
}

function report({ revision, upserts, removals }: DesiredState, state: ApplyState, uid?: string) {
  const ofUpserts = upserts.flatMap(({ ref, hash }) =>
    ref ? [{ ref, hash, state, uid: uid ?? `uid-${ref.name}`, observedAtMs: BigInt(Date.now()) }] : [],
  );
  const ofRemovals = removals.flatMap(({ ref }) => (ref ? [{ ref, state, observedAtMs: BigInt(Date.now()) }] : []));
  return create(ApplyReportSchema, { revision, results: [...ofUpserts, ...ofRemovals] });
}
