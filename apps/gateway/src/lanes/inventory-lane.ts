import { create } from "@bufbuild/protobuf";
import {
  announceInventory,
  appendAudit,
  completeAgentSync,
  deleteInventory,
  listInventoryHashes,
  noteSyncProgress,
  replaceInventoryChunks,
  storeClusterFacts,
  upsertInventory,
  type InventoryRef,
  type InventoryUpsert,
} from "@isthmus/db";
import {
  INVENTORY_CHUNKS,
  InventoryAckSchema,
  InventoryWantedSchema,
  differingChunks,
  inventoryDigests,
  refText,
  type ClusterFacts,
  type InventoryChunk,
  type InventoryDelta,
  type InventoryDigest,
  type ResourceState,
} from "@isthmus/protocol";
import { inventoryObject } from "./inventory-object";
import { LaneRefusal, untilStored, withLease, type LaneContext } from "./lane";

/** The state lane upwards: what a cluster holds. Its tasks run one after another on the session's state queue. */
export interface InventoryLane {
  /** Compares the agent's digests with what is stored and asks for the chunks that differ. */
  digest(message: InventoryDigest): Promise<void>;
  /** Notes a chunk; `flush` stores it. */
  chunk(message: InventoryChunk): void;
  /** Notes a delta; `flush` stores and acknowledges it. */
  delta(message: InventoryDelta): void;
  /** Stores everything noted, in one transaction: frames that came during a write share the next one. */
  flush(): Promise<void>;
  /** Calls the cluster connected, once all wanted chunks are durable. */
  syncComplete(): Promise<void>;
  facts(message: ClusterFacts): Promise<void>;
}

interface Progress {
  readonly wanted: Set<number>;
  total: number;
  done: number;
}

/** Makes the lane of one session. */
export function createInventoryLane(lane: LaneContext): InventoryLane {
  const progress: Progress = { wanted: new Set(), total: 0, done: 0 };
  let chunks: InventoryChunk[] = [];
  let deltas: InventoryDelta[] = [];
  let lastSequence = 0n;
  return {
    digest: (message) => answerDigest(lane, message, progress),
    chunk: (message) => {
      chunks.push(message);
    },
    delta: (message) => {
      if (message.sequence !== lastSequence + 1n) {
        throw new LaneRefusal("out-of-order", `delta ${message.sequence} after ${lastSequence}`);
      }
      lastSequence = message.sequence;
      deltas.push(message);
    },
    flush: async () => {
      const [someChunks, someDeltas] = [chunks, deltas];
      [chunks, deltas] = [[], []];
      if (someChunks.length > 0) await storeChunks(lane, someChunks, progress);
      if (someDeltas.length > 0) await storeDeltas(lane, someDeltas);
    },
    syncComplete: () => completeSync(lane, progress),
    facts: (message) => storeFacts(lane, message),
  };
}

async function answerDigest(lane: LaneContext, message: InventoryDigest, progress: Progress): Promise<void> {
  if (message.chunkDigests.length !== INVENTORY_CHUNKS) throw new LaneRefusal("frame-invalid", "not 256 chunk digests");
  const { clusterId } = lane.owner;
  const stored = await untilStored(lane, () => withLease(lane, (tx) => listInventoryHashes(tx, clusterId)));
  const wanted = differingChunks(message.chunkDigests, inventoryDigests(stored));
  progress.wanted.clear();
  for (const chunk of wanted) progress.wanted.add(chunk);
  progress.total = message.resourceCount;
  progress.done = stored.filter(({ chunk }) => !progress.wanted.has(chunk)).length;
  const { done, total } = progress;
  await untilStored(lane, () => withLease(lane, (tx) => noteSyncProgress(tx, { ...lane.owner, done, total })));
  lane.send({ case: "inventoryWanted", value: create(InventoryWantedSchema, { chunks: [...wanted] }) });
}

function objectsOf(states: readonly ResourceState[]): readonly InventoryUpsert[] {
  return states.map((state) => {
    const object = inventoryObject(state);
    if (!object.ok) throw new LaneRefusal("frame-invalid", object.error);
    return object.value;
  });
}

async function storeChunks(lane: LaneContext, messages: readonly InventoryChunk[], progress: Progress): Promise<void> {
  const newest = new Map(messages.map((message) => [message.chunk, message]));
  const objects = [...newest.values()].flatMap((message) => {
    const members = objectsOf(message.resources);
    const stray = members.find(({ chunk }) => chunk !== message.chunk);
    if (stray) throw new LaneRefusal("frame-invalid", `${refText(stray.ref)} is not in chunk ${message.chunk}`);
    return members;
  });
  const chunks = [...newest.keys()];
  const { clusterId } = lane.owner;
  const at = new Date(lane.session.clock.now());
  progress.done += objects.length;
  const { done, total } = progress;
  await untilStored(lane, () =>
    withLease(lane, async (tx) => {
      await replaceInventoryChunks(tx, { clusterId, chunks, objects, at });
      await noteSyncProgress(tx, { ...lane.owner, done, total: Math.max(done, total) });
    }),
  );
  for (const chunk of chunks) progress.wanted.delete(chunk);
}

async function storeDeltas(lane: LaneContext, messages: readonly InventoryDelta[]): Promise<void> {
  const upserts = new Map<string, InventoryUpsert>();
  const deletes = new Map<string, InventoryRef>();
  for (const message of messages) {
    for (const { apiVersion, kind, namespace, name } of message.deletes) {
      const ref = { apiVersion, kind, namespace, name };
      deletes.set(refText(ref), ref);
      upserts.delete(refText(ref));
    }
    for (const object of objectsOf(message.upserts)) {
      upserts.set(refText(object.ref), object);
      deletes.delete(refText(object.ref));
    }
  }
  const { clusterId } = lane.owner;
  const at = new Date(lane.session.clock.now());
  await untilStored(lane, () =>
    withLease(lane, async (tx) => {
      await deleteInventory(tx, { clusterId, refs: [...deletes.values()] });
      await upsertInventory(tx, { clusterId, objects: [...upserts.values()], at });
      await announceInventory(tx, clusterId);
    }),
  );
  const sequence = messages.at(-1)?.sequence ?? 0n;
  lane.send({ case: "inventoryAck", value: create(InventoryAckSchema, { sequence }) });
}

async function completeSync(lane: LaneContext, progress: Progress): Promise<void> {
  if (progress.wanted.size > 0)
    throw new LaneRefusal("out-of-order", `${progress.wanted.size} wanted chunks were not sent`);
  const { owner } = lane;
  const at = new Date(lane.session.clock.now());
  await untilStored(lane, () =>
    withLease(lane, async (tx) => {
      const { first } = await completeAgentSync(tx, { ...owner, at });
      if (!first) return;
      await appendAudit(tx, {
        actor: { kind: "agent", id: owner.credentialId, name: owner.clusterName },
        action: "cluster.join",
        target: { kind: "cluster", id: owner.clusterId, name: owner.clusterName },
        detail: { note: "the first sync is whole; evidence is expected from now on" },
        at,
      });
    }),
  );
  lane.send({ case: "inventoryAck", value: create(InventoryAckSchema, { sequence: 0n }) });
}

async function storeFacts(lane: LaneContext, message: ClusterFacts): Promise<void> {
  const { kubernetesVersion, calicoVersion, calicoApi, podCidrs, serviceCidrs, goldmane, missingPermissions } = message;
  const { routingKinds } = message;
  const facts = {
    kubernetesVersion,
    calicoVersion,
    calicoApi,
    podCidrs,
    serviceCidrs,
    goldmane,
    missingPermissions,
    routingKinds,
  };
  const { clusterId } = lane.owner;
  const at = new Date(lane.session.clock.now());
  await untilStored(lane, () => withLease(lane, (tx) => storeClusterFacts(tx, { clusterId, facts, at })));
}
