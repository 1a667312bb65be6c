import { create } from "@bufbuild/protobuf";
import {
  announceInventory,
  deleteInventory,
  storeClusterFacts,
  upsertInventory,
  type InventoryRef,
  type InventoryUpsert,
} from "@isthmus/db";
import {
  InventoryAckSchema,
  refText,
  type ClusterFacts,
  type InventoryChunk,
  type InventoryDelta,
  type InventoryDigest,
} from "@isthmus/protocol";
import { createAnnouncer, type Announcer } from "./announcer";
import { inventoryObjects } from "./inventory-object";
import { createInventorySync } from "./inventory-sync";
import { LaneRefusal, untilStored, withLease, type LaneContext } from "./lane";

/** The state lane upwards: what a cluster holds. Its tasks run one after another on the session's state queue. */
export interface InventoryLane {
  /** Compares the agent's digests with what is stored and asks, in its turn, for the chunks that differ. */
  digest(message: InventoryDigest): Promise<void>;
  /** Takes a chunk in; it is stored with others, and before the sync is called complete. */
  chunk(message: InventoryChunk): Promise<void>;
  /** Notes a delta; `flush` stores and acknowledges it. */
  delta(message: InventoryDelta): void;
  /** Stores everything noted, in one transaction: deltas that came during a write share the next one. */
  flush(): Promise<void>;
  /** Calls the cluster connected, once all wanted chunks are durable. */
  syncComplete(): Promise<void>;
  facts(message: ClusterFacts): Promise<void>;
  /** The session ended: its place among those who sync is another's. */
  close(): void;
}

/** At most one announcement of changes in this many ms for each session. */
const ANNOUNCE_MS = 250;

/** Makes the lane of one session. */
export function createInventoryLane(lane: LaneContext): InventoryLane {
  const { owner, session, signal } = lane;
  const sync = createInventorySync(lane);
  const organisation = session.database.forOrganisation(owner.organisationId);
  const announcer = createAnnouncer({
    clock: session.clock,
    everyMs: ANNOUNCE_MS,
    signal,
    announce: () => organisation.transaction((tx) => announceInventory(tx, owner.clusterId)),
  });
  let deltas: InventoryDelta[] = [];
  let lastSequence = 0n;
  return {
    digest: (message) => sync.digest(message),
    chunk: (message) => sync.chunk(message),
    delta: (message) => {
      if (message.sequence !== lastSequence + 1n) {
        throw new LaneRefusal("out-of-order", `delta ${message.sequence} after ${lastSequence}`);
      }
      lastSequence = message.sequence;
      deltas.push(message);
    },
    flush: async () => {
      const some = deltas;
      deltas = [];
      if (some.length === 0) return;
      await sync.flush();
      await storeDeltas(lane, some, announcer);
    },
    syncComplete: () => sync.complete(),
    facts: (message) => storeFacts(lane, message),
    close: () => sync.close(),
  };
}

async function storeDeltas(
  lane: LaneContext,
  messages: readonly InventoryDelta[],
  announcer: Announcer,
): Promise<void> {
  const upserts = new Map<string, InventoryUpsert>();
  const deletes = new Map<string, InventoryRef>();
  for (const message of messages) {
    for (const { apiVersion, kind, namespace, name } of message.deletes) {
      const ref = { apiVersion, kind, namespace, name };
      deletes.set(refText(ref), ref);
      upserts.delete(refText(ref));
    }
    const objects = await lane.session.turns.run(() => inventoryObjects(message.upserts));
    for (const object of objects) {
      upserts.set(refText(object.ref), object);
      deletes.delete(refText(object.ref));
    }
  }
  const { clusterId } = lane.owner;
  const at = new Date(lane.session.clock.now());
  const announceNow = announcer.mayAnnounceNow();
  await untilStored(lane, () =>
    withLease(lane, async (tx) => {
      await deleteInventory(tx, { clusterId, refs: [...deletes.values()] });
      await upsertInventory(tx, { clusterId, objects: [...upserts.values()], at });
      if (announceNow) await announceInventory(tx, clusterId);
    }),
  );
  const sequence = messages.at(-1)?.sequence ?? 0n;
  lane.send({ case: "inventoryAck", value: create(InventoryAckSchema, { sequence }) });
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
