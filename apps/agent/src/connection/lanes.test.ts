import { create } from "@bufbuild/protobuf";
import {
  ClusterFactsSchema,
  EvidenceAckSchema,
  EvidenceBatchSchema,
  ExaminationSchema,
  ExamineSchema,
  DesiredStateSchema,
  InventoryAckSchema,
  ProbeOrdersSchema,
  ProbeResultSchema,
  InventoryWantedSchema,
  WelcomeSchema,
  chunkOf,
  desiredParts,
  type AgentBody,
  type EvidenceBatch,
  type Examination,
} from "@isthmus/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { Inventory } from "../sources/kubernetes/inventory";
import { SessionLanes } from "./lanes";

let sent: AgentBody[];
let spooled: EvidenceBatch[];
let acknowledged: number;
let largest: number;
let synced: number;
let writable: boolean;
let inventory: Inventory;
let examination: Examination | undefined;
let asked: bigint[];
let lanes: SessionLanes;

const kinds = (): string[] => sent.map((body) => body.case);
const evidenceSent = (): number[] =>
  sent.flatMap((body) => (body.case === "evidence" ? [Number(body.value.sequence)] : []));
const pod = (name: string, phase = "Running") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "n", uid: name },
  status: { phase },
});
const wanted = (chunks: number[]) =>
  lanes.deliver({ case: "inventoryWanted", value: create(InventoryWantedSchema, { chunks }) });
const inventoryAck = (sequence: number) =>
  lanes.deliver({ case: "inventoryAck", value: create(InventoryAckSchema, { sequence: BigInt(sequence) }) });
const evidenceAck = (sequence: number) =>
  lanes.deliver({ case: "evidenceAck", value: create(EvidenceAckSchema, { sequence: BigInt(sequence) }) });

let probed: string[] = [];
let desired: number[];
let takes: boolean;
const capabilities: string[] = [];

beforeEach(() => {
  probed = [];
  desired = [];
  takes = false;
  capabilities.splice(0, capabilities.length, "inventory-parts");
  sent = [];
  spooled = [1, 2, 3, 4, 5].map((sequence) => create(EvidenceBatchSchema, { sequence: BigInt(sequence) }));
  acknowledged = 0;
  synced = 0;
  writable = true;
  examination = undefined;
  asked = [];
  inventory = new Inventory();
  lanes = new SessionLanes(
    {
      inventory,
      evidence: {
        nextAfter: (sequence, maxBytes) => {
          largest = maxBytes;
          return spooled.find((batch) => Number(batch.sequence) > sequence);
        },
        acknowledge: (sequence) => (acknowledged = sequence),
      },
      facts: () => create(ClusterFactsSchema),
      examination: () => examination,
      examine: (number) => asked.push(number),
      desired: (state) => desired.push(state.upserts.length) > 0 && takes,
      heldRevision: () => 3n,
      probe: (orders) => probed.push(...orders.map(({ id }) => id)),
      credential: () => undefined,
      synced: () => (synced += 1),
      send: (body) => sent.push(body),
      writable: () => writable,
      capabilities,
    },
    create(WelcomeSchema, { leaseTerm: 7n, evidenceWindow: 2 }),
  );
});

describe("SessionLanes", () => {
  it("hands orders to probe on, and sends results", () => {
    const value = create(ProbeOrdersSchema, { orders: [{ id: "a", address: "10.0.0.1" }] });
    lanes.deliver({ case: "probeOrders", value });
    expect(probed).toEqual(["a"]);
    lanes.reportProbe(create(ProbeResultSchema, { id: "a" }));
    expect(kinds().at(-1)).toBe("probeReport");
  });

  it("sends facts, digest, the wanted chunks, and says when that is all", () => {
    spooled = [];
    inventory.upserted(pod("a"));
    lanes.begin();
    expect(kinds()).toEqual(["clusterFacts", "inventoryDigest"]);
    wanted([3, 200]);
    expect(kinds().slice(2)).toEqual(["inventoryChunk", "inventoryChunk", "syncComplete"]);
    expect(synced).toBe(0);
    inventoryAck(0);
    expect(synced).toBe(1);
  });

  it("takes no batch out that is larger than a frame", () => {
    lanes.begin();
    expect(evidenceSent()).toEqual([1, 2]);
    expect(largest).toBeLessThan(4 * 1024 * 1024);
    expect(largest).toBeGreaterThan(4 * 1024 * 1024 - 1_000);
  });

  it("sends the newest examination with the facts, and passes on that another is asked for", () => {
    examination = create(ExaminationSchema, { answers: 1n });
    lanes.begin();
    expect(kinds().slice(0, 3)).toEqual(["clusterFacts", "examination", "inventoryDigest"]);
    lanes.deliver({ case: "examine", value: create(ExamineSchema, { number: 2n }) });
    expect(asked).toEqual([2n]);
  });

  it("holds changes back until the sync is sent, and then keeps few under way", () => {
    spooled = [];
    lanes.begin();
    inventory.upserted(pod("a"));
    lanes.pump();
    expect(kinds()).not.toContain("inventoryDelta");
    wanted([]);
    const phases = ["1", "2", "3", "4", "5", "6"];
    for (const phase of phases) {
      inventory.upserted(pod("a", phase));
      lanes.pump();
    }
    const deltas = sent.flatMap((body) => (body.case === "inventoryDelta" ? [body.value] : []));
    expect(deltas.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4]);
    inventoryAck(4);
    const last = sent.at(-1);
    expect(last?.case === "inventoryDelta" && Buffer.from(last.value.upserts[0]!.body).toString()).toContain('"6"');
  });

  describe("what is too large for one frame", () => {
    const large = (name: string) => ({
      ...pod(name),
      metadata: { ...pod(name).metadata, labels: { l: "x".repeat(400_000) } },
    });
    const chunk = chunkOf({ apiVersion: "v1", kind: "Pod", namespace: "n", name: "p0" });
    const inOneChunk = Array.from({ length: 3_000 }, (_, n) => `p${n}`)
      .filter((name) => chunkOf({ apiVersion: "v1", kind: "Pod", namespace: "n", name }) === chunk)
      .slice(0, 8);
    const partsSent = () =>
      sent.flatMap((body) => (body.case === "inventoryChunk" ? [[body.value.part, body.value.parts]] : []));

    it("is sent as several, where the gateway can join them, and no more than the socket takes", () => {
      for (const name of inOneChunk) inventory.upserted(large(name));
      lanes.begin();
      writable = false;
      wanted([chunk]);
      expect(partsSent()).toEqual([]);
      writable = true;
      lanes.pump();
      expect(partsSent()).toEqual([0, 1, 2, 3].map((part) => [part, 4]));
      expect(sent.at(-1)?.case).not.toBe("inventoryChunk");
      expect(kinds().filter((kind) => kind === "syncComplete")).toHaveLength(1);
    });

    it("is one chunk where it cannot", () => {
      capabilities.pop();
      for (const name of inOneChunk) inventory.upserted(large(name));
      lanes.begin();
      wanted([chunk]);
      expect(partsSent()).toEqual([[0, 0]]);
    });
  });

  describe("a desired state in parts", () => {
    const parts = desiredParts(
      create(DesiredStateSchema, {
        revision: 9n,
        upserts: Array.from({ length: 30 }, (_, n) => ({
          ref: { apiVersion: "v1", kind: "K", namespace: "", name: `o${n}` },
          body: new Uint8Array(100_000),
        })),
      }),
    );

    it("is applied when it is whole", () => {
      takes = true;
      lanes.begin();
      for (const value of parts.slice(0, -1)) lanes.deliver({ case: "desired", value });
      expect(desired).toEqual([]);
      lanes.deliver({ case: "desired", value: parts.at(-1)! });
      expect(desired).toEqual([30]);
      expect(kinds()).not.toContain("applyReport");
    });

    it("is asked for again, by naming the revision held, where a part is missing", () => {
      lanes.begin();
      lanes.deliver({ case: "desired", value: parts[1]! });
      expect(desired).toEqual([]);
      expect(sent.at(-1)).toMatchObject({ case: "applyReport", value: { revision: 3n, results: [] } });
    });
  });

  it("keeps evidence within the window, in order, under the lease term", () => {
    lanes.begin();
    expect(evidenceSent()).toEqual([1, 2]);
    evidenceAck(1);
    expect(evidenceSent()).toEqual([1, 2, 3]);
    evidenceAck(3);
    expect(evidenceSent()).toEqual([1, 2, 3, 4, 5]);
    expect(acknowledged).toBe(3);
    expect(sent.every((body) => body.case !== "evidence" || body.value.leaseTerm === 7n)).toBe(true);
    expect(lanes.idle).toBe(false);
    evidenceAck(5);
    expect(lanes.idle).toBe(true);
  });

  it("adds nothing to a full socket", () => {
    writable = false;
    lanes.begin();
    wanted([1]);
    expect(kinds()).toEqual(["clusterFacts", "inventoryDigest"]);
    writable = true;
    lanes.pump();
    expect(kinds()).toContain("syncComplete");
    expect(evidenceSent()).toEqual([1, 2]);
  });

  it("begins nothing new while it drains", () => {
    lanes.begin();
    lanes.drain();
    evidenceAck(2);
    expect(evidenceSent()).toEqual([1, 2]);
    expect(lanes.idle).toBe(true);
  });
});
