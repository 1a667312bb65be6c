import { create } from "@bufbuild/protobuf";
import {
  announceSession,
  appendAudit,
  completeAgentSync,
  listInventoryDigests,
  noteSyncProgress,
  replaceInventoryChunks,
  type InventoryChunkDigest,
  type InventoryUpsert,
  type OrganisationTransaction,
} from "@isthmus/db";
import {
  INVENTORY_CHUNKS,
  InventoryAckSchema,
  InventoryWantedSchema,
  createChunkJoiner,
  differingChunks,
  refText,
  type InventoryChunk,
  type InventoryDigest,
} from "@isthmus/protocol";
import { createAnnouncer } from "./announcer";
import { inventoryObjects } from "./inventory-object";
import { LaneRefusal, untilStored, withLease, type LaneContext } from "./lane";
import type { SyncSlot } from "./sync-slots";

/** A session's first part: what the cluster holds is compared, asked for and stored. */
export interface InventorySync {
  /** Compares the agent's digests with what is stored, and asks for what differs once there is a place for it. */
  digest(message: InventoryDigest): Promise<void>;
  /** Takes a part of a chunk in; what has gathered is stored when it is much. */
  chunk(message: InventoryChunk): Promise<void>;
  /** Stores what has gathered. */
  flush(): Promise<void>;
  /** Calls the cluster connected, once all wanted chunks are durable. */
  complete(): Promise<void>;
  /** The session ended. */
  close(): void;
}

/** Gathered bodies that make a transaction: about a thousand pods. */
const FLUSH_BYTES = 1024 * 1024;

/** How often progress is announced at most, in ms. */
const PROGRESS_MS = 1_000;

/** Makes the sync of one session. */
export function createInventorySync(lane: LaneContext): InventorySync {
  return new Sync(lane);
}

class Sync implements InventorySync {
  readonly #lane: LaneContext;
  readonly #joiner = createChunkJoiner();
  readonly #wanted = new Set<number>();
  /** Chunks that came and are not stored yet. */
  #gathered = new Map<number, readonly InventoryUpsert[]>();
  #gatheredBytes = 0;
  #total = 0;
  #done = 0;
  #slot: SyncSlot | undefined;
  /** Counts digests: a place that was asked for by a former one is given back. */
  #round = 0;
  readonly #mayAnnounce: () => boolean;

  constructor(lane: LaneContext) {
    this.#lane = lane;
    const { clock } = lane.session;
    const announcer = createAnnouncer({
      clock,
      everyMs: PROGRESS_MS,
      signal: lane.signal,
      announce: () => this.#organisation().transaction((tx) => announceSession(tx, lane.owner.clusterId)),
    });
    this.#mayAnnounce = () => announcer.mayAnnounceNow();
    // The opening of the session is an announcement too.
    announcer.mayAnnounceNow();
  }

  async digest(message: InventoryDigest): Promise<void> {
    if (message.chunkDigests.length !== INVENTORY_CHUNKS) {
      throw new LaneRefusal("frame-invalid", "not 256 chunk digests");
    }
    const { owner } = this.#lane;
    this.#total = message.resourceCount;
    const wanted = await this.#stored(async (tx) => {
      const held = await listInventoryDigests(tx, owner.clusterId);
      const differing = differingChunks(message.chunkDigests, byChunk(held));
      const isWanted = new Set(differing);
      this.#done = held.reduce((sum, { chunk, objects }) => sum + (isWanted.has(chunk) ? 0 : objects), 0);
      await noteSyncProgress(tx, { ...owner, done: this.#done, total: this.#total });
      return differing;
    });
    this.#wanted.clear();
    for (const chunk of wanted) this.#wanted.add(chunk);
    this.#round += 1;
    if (wanted.length === 0) this.#ask(wanted);
    else this.#askInTurn(wanted, this.#round);
  }

  /** Does not hold up the lane: what else the agent says is stored meanwhile. */
  #askInTurn(wanted: readonly number[], round: number): void {
    const { session, signal } = this.#lane;
    session.syncSlots.take(signal).then(
      (slot) => {
        if (signal.aborted || round !== this.#round) return slot.release();
        this.#slot?.release();
        this.#slot = slot;
        this.#ask(wanted);
      },
      () => undefined,
    );
  }

  #ask(chunks: readonly number[]): void {
    this.#lane.send({ case: "inventoryWanted", value: create(InventoryWantedSchema, { chunks: [...chunks] }) });
  }

  async chunk(message: InventoryChunk): Promise<void> {
    this.#slot?.touch();
    const joined = this.#joiner.take(message);
    if (joined.kind === "misfit") throw new LaneRefusal("out-of-order", joined.reason);
    if (joined.kind === "waiting") return;
    const { chunk, resources } = joined.message;
    const objects = await this.#lane.session.turns.run(() => inventoryObjects(resources));
    const stray = objects.find((object) => object.chunk !== chunk);
    if (stray) throw new LaneRefusal("frame-invalid", `${refText(stray.ref)} is not in chunk ${chunk}`);
    this.#gathered.set(chunk, objects);
    this.#gatheredBytes += objects.reduce((sum, { body }) => sum + body.length, 0);
    if (this.#gatheredBytes >= FLUSH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#gathered.size === 0) return;
    await this.#stored(async (tx) => {
      await this.#storeGathered(tx);
      if (this.#mayAnnounce()) await announceSession(tx, this.#lane.owner.clusterId);
    });
    this.#gatheredIsStored();
  }

  async complete(): Promise<void> {
    const missing = [...this.#wanted].filter((chunk) => !this.#gathered.has(chunk));
    if (missing.length > 0) throw new LaneRefusal("out-of-order", `${missing.length} wanted chunks were not sent`);
    const { owner, session } = this.#lane;
    const at = new Date(session.clock.now());
    await this.#stored(async (tx) => {
      await this.#storeGathered(tx);
      const { first } = await completeAgentSync(tx, { ...owner, at });
      if (!first) return;
      await appendAudit(tx, {
        actor: { kind: "agent", id: owner.credentialId, name: owner.clusterName },
        action: "cluster.join",
        target: { kind: "cluster", id: owner.clusterId, name: owner.clusterName },
        detail: { note: "the first sync is whole; evidence is expected from now on" },
        at,
      });
    });
    this.#gatheredIsStored();
    this.close();
    this.#lane.send({ case: "inventoryAck", value: create(InventoryAckSchema, { sequence: 0n }) });
  }

  close(): void {
    this.#slot?.release();
    this.#slot = undefined;
  }

  async #storeGathered(tx: OrganisationTransaction): Promise<void> {
    if (this.#gathered.size === 0) return;
    const { owner, session } = this.#lane;
    const objects = [...this.#gathered.values()].flat();
    const at = new Date(session.clock.now());
    await replaceInventoryChunks(tx, {
      clusterId: owner.clusterId,
      chunks: [...this.#gathered.keys()],
      objects,
      at,
    });
    const done = this.#done + objects.length;
    await noteSyncProgress(tx, { ...owner, done, total: Math.max(done, this.#total) });
  }

  /** A transaction may be tried several times: what it stored counts once it has committed. */
  #gatheredIsStored(): void {
    for (const [chunk, objects] of this.#gathered) {
      this.#done += objects.length;
      this.#wanted.delete(chunk);
    }
    this.#gathered = new Map();
    this.#gatheredBytes = 0;
  }

  #stored<T>(work: (tx: OrganisationTransaction) => Promise<T>): Promise<T> {
    return untilStored(this.#lane, () => withLease(this.#lane, work));
  }

  #organisation() {
    const { owner, session } = this.#lane;
    return session.database.forOrganisation(owner.organisationId);
  }
}

function byChunk(held: readonly InventoryChunkDigest[]): readonly Uint8Array[] {
  const digests = Array.from({ length: INVENTORY_CHUNKS }, () => new Uint8Array(0));
  for (const { chunk, digest } of held) digests[chunk] = new Uint8Array(digest);
  return digests;
}
