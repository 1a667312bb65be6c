import { create } from "@bufbuild/protobuf";
import {
  ApplyReportSchema,
  DEFAULT_MAX_FRAME_BYTES,
  INVENTORY_CHUNKS,
  InventoryChunkSchema,
  InventoryDeltaSchema,
  InventoryDigestSchema,
  ProbeReportSchema,
  RenewRequestSchema,
  SyncCompleteSchema,
  chunkParts,
  createDesiredJoiner,
  type AgentBody,
  type ClusterFacts,
  type CredentialIssued,
  type DesiredState,
  type EvidenceBatch,
  type Examination,
  type InventoryChunk,
  type LaneBody,
  type ProbeOrder,
  type ProbeResult,
  type ResourceResult,
  type ResourceState,
  type Welcome,
} from "@isthmus/protocol";
import type { Changes, DeltaLimits } from "../sources/kubernetes/inventory";
import { AROUND_BYTES } from "../spool/entry";

/** The largest frame that a gateway takes of this session. */
export const maxFrameBytesOf = ({ maxFrameBytes }: Pick<Welcome, "maxFrameBytes">): number =>
  maxFrameBytes || DEFAULT_MAX_FRAME_BYTES;

/** The inventory as the state lane needs it. */
export interface InventoryToSend {
  readonly size: number;
  digest(): readonly Uint8Array[];
  chunk(number: number): readonly ResourceState[];
  takeChanges(limits: DeltaLimits): Changes;
}

/** The spool as the evidence lane needs it. */
export interface EvidenceToSend {
  /** One of more than `maxBytes` comes as the gap that it leaves. */
  nextAfter(sequence: number, maxBytes: number): EvidenceBatch | undefined;
  acknowledge(sequence: number): void;
}

/** What the lanes of a session work with. None of it is a socket. */
export interface LaneParts {
  readonly inventory: InventoryToSend;
  readonly evidence: EvidenceToSend;
  readonly facts: () => ClusterFacts;
  /** The newest examination; undefined before the first. */
  readonly examination: () => Examination | undefined;
  /** The gateway asks for another. */
  readonly examine: (number: bigint) => void;
  /** False where it is a difference to a revision that is not held. */
  readonly desired: (state: DesiredState) => boolean;
  readonly heldRevision: () => bigint;
  readonly probe: (orders: readonly ProbeOrder[]) => void;
  readonly credential: (issued: CredentialIssued) => void;
  /** The gateway has all of the inventory: from now on this cluster is connected. */
  readonly synced: () => void;
  /** What both ends of this session named. */
  readonly capabilities: readonly string[];
  readonly send: (body: AgentBody) => void;
  /** False while so much waits in the socket that nothing should be added. */
  readonly writable: () => boolean;
}

const MAX_DELTAS_UNDER_WAY = 4;
const DELTA_LIMITS: DeltaLimits = { maxResources: 500, maxBytes: 512 * 1024 };
const RESULTS_A_REPORT = 200;

type SyncPhase = "digest-sent" | "sending-chunks" | "complete-sent" | "synced";

/** The lanes of one open session: what was sent, what is to be sent, and what the gateway has acknowledged. */
export class SessionLanes {
  readonly #parts: LaneParts;
  readonly #welcome: Welcome;
  #phase: SyncPhase = "digest-sent";
  #wanted: number[] = [];
  /** What is left of the chunk under way. */
  #chunkParts: InventoryChunk[] = [];
  readonly #desired = createDesiredJoiner();
  #deltaSequence = 0n;
  #deltaAcknowledged = 0n;
  #evidenceSent = 0;
  #evidenceUnderWay: number[] = [];
  #draining = false;
  readonly #maxBatchBytes: number;

  constructor(parts: LaneParts, welcome: Welcome) {
    this.#parts = parts;
    this.#welcome = welcome;
    this.#maxBatchBytes = maxFrameBytesOf(welcome) - AROUND_BYTES;
  }

  /** Nothing that was sent waits for an acknowledgement. */
  get idle(): boolean {
    return this.#evidenceUnderWay.length === 0 && this.#deltaAcknowledged === this.#deltaSequence;
  }

  /** Begins: facts and the newest examination first, then the digest that shows which chunks differ. */
  begin(): void {
    this.sendFacts();
    this.sendExamination();
    const chunkDigests = [...this.#parts.inventory.digest()];
    const value = create(InventoryDigestSchema, { chunkDigests, resourceCount: this.#parts.inventory.size });
    this.#parts.send({ case: "inventoryDigest", value });
    this.pump();
  }

  sendFacts(): void {
    this.#parts.send({ case: "clusterFacts", value: this.#parts.facts() });
  }

  sendExamination(): void {
    const value = this.#parts.examination();
    if (value !== undefined) this.#parts.send({ case: "examination", value });
  }

  requestRenewal(): void {
    this.#parts.send({ case: "renew", value: create(RenewRequestSchema) });
  }

  /** The gateway is going away: what is under way is finished, nothing new begins. */
  drain(): void {
    this.#draining = true;
  }

  /** Reports results; the revision is the one held. */
  report(revision: bigint, results: readonly ResourceResult[]): void {
    for (let from = 0; from === 0 || from < results.length; from += RESULTS_A_REPORT) {
      const value = create(ApplyReportSchema, { revision, results: results.slice(from, from + RESULTS_A_REPORT) });
      this.#parts.send({ case: "applyReport", value });
    }
  }

  reportProbe(result: ProbeResult): void {
    this.#parts.send({ case: "probeReport", value: create(ProbeReportSchema, { results: [result] }) });
  }

  /** Takes a frame of the gateway's in. */
  deliver(body: LaneBody): void {
    switch (body.case) {
      case "inventoryWanted":
        this.#wanted = body.value.chunks.filter((chunk) => chunk < INVENTORY_CHUNKS);
        this.#chunkParts = [];
        this.#phase = "sending-chunks";
        break;
      case "inventoryAck":
        this.#acknowledgeInventory(body.value.sequence);
        break;
      case "desired":
        this.#takeDesired(body.value);
        break;
      case "evidenceAck":
        this.#acknowledgeEvidence(Number(body.value.sequence));
        break;
      case "credential":
        this.#parts.credential(body.value);
        break;
      case "examine":
        this.#parts.examine(body.value.number);
        break;
      case "probeOrders":
        this.#parts.probe(body.value.orders);
        break;
    }
    this.pump();
  }

  #takeDesired(part: DesiredState): void {
    const joined = this.#desired.take(part);
    if (joined.kind === "waiting") return;
    const isTaken = joined.kind === "whole" && this.#parts.desired(joined.message);
    // A revision that does not fit is answered with the one held, so that the gateway sees it and sends all.
    if (!isTaken) this.report(this.#parts.heldRevision(), []);
  }

  /** Sends what may be sent now. */
  pump(): void {
    if (this.#draining) return;
    this.#pumpChunks();
    this.#pumpDeltas();
    this.#pumpEvidence();
  }

  #acknowledgeInventory(sequence: bigint): void {
    if (sequence > this.#deltaAcknowledged) this.#deltaAcknowledged = sequence;
    if (this.#phase !== "complete-sent") return;
    this.#phase = "synced";
    this.#parts.synced();
  }

  #acknowledgeEvidence(sequence: number): void {
    this.#evidenceUnderWay = this.#evidenceUnderWay.filter((sent) => sent > sequence);
    this.#parts.evidence.acknowledge(sequence);
  }

  #pumpChunks(): void {
    while (this.#phase === "sending-chunks" && this.#parts.writable()) {
      const value = this.#nextChunkPart();
      if (value === undefined) {
        this.#phase = "complete-sent";
        this.#parts.send({ case: "syncComplete", value: create(SyncCompleteSchema) });
        return;
      }
      this.#parts.send({ case: "inventoryChunk", value });
    }
  }

  #nextChunkPart(): InventoryChunk | undefined {
    const next = this.#chunkParts.shift();
    if (next !== undefined) return next;
    const chunk = this.#wanted.shift();
    if (chunk === undefined) return undefined;
    const whole = create(InventoryChunkSchema, { chunk, resources: [...this.#parts.inventory.chunk(chunk)] });
    const isCut = this.#parts.capabilities.includes("inventory-parts");
    const [first = whole, ...rest] = isCut ? chunkParts(whole) : [whole];
    this.#chunkParts = rest;
    return first;
  }

  #pumpDeltas(): void {
    const underWay = (): number => Number(this.#deltaSequence - this.#deltaAcknowledged);
    while (this.#phase !== "digest-sent" && this.#phase !== "sending-chunks" && this.#parts.writable()) {
      if (underWay() >= MAX_DELTAS_UNDER_WAY) return;
      const { upserts, deletes } = this.#parts.inventory.takeChanges(DELTA_LIMITS);
      if (upserts.length + deletes.length === 0) return;
      this.#deltaSequence += 1n;
      const value = create(InventoryDeltaSchema, {
        sequence: this.#deltaSequence,
        upserts: [...upserts],
        deletes: [...deletes],
      });
      this.#parts.send({ case: "inventoryDelta", value });
    }
  }

  #pumpEvidence(): void {
    while (this.#evidenceUnderWay.length < this.#welcome.evidenceWindow && this.#parts.writable()) {
      const batch = this.#parts.evidence.nextAfter(this.#evidenceSent, this.#maxBatchBytes);
      if (batch === undefined) return;
      this.#evidenceSent = Number(batch.sequence);
      this.#evidenceUnderWay.push(this.#evidenceSent);
      this.#parts.send({ case: "evidence", value: { ...batch, leaseTerm: this.#welcome.leaseTerm } });
    }
  }
}
