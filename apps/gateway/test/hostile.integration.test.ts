import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  EvidenceBatchSchema,
  GapRecordSchema,
  HeartbeatSchema,
  HelloSchema,
  InventoryDeltaSchema,
  InventoryDigestSchema,
  ProofSchema,
  generateLinkKey,
  proveAgent,
  sha256,
  type AgentBody,
  type FlowBatch,
  type Hello,
} from "@isthmus/protocol";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bucket, evidence, flowsOf, recentBucket } from "./support/evidence";
import { bundleChild, startChild, type GatewayChild } from "./support/gateway-child";
import { HostileLink, closeCode, upgraded, webSocketFrame } from "./support/hostile-link";
import { dialCredential, dialGrant, enrol, eventually, startStack, type Stack } from "./support/stack";
import type { TestAgent } from "./support/test-agent";

// A gateway's process under agents that mean it ill, while two that do not send evidence: each attack ends with a reason,
// the process goes on, and so do the others' acknowledgements.

let stack: Stack;
let bundle: Awaited<ReturnType<typeof bundleChild>>;
let gateway: GatewayChild;
const good: Sender[] = [];
let enrolled = 0;

beforeAll(async () => {
  [stack, bundle] = await Promise.all([startStack(), bundleChild()]);
  gateway = await startChild(stack, bundle.script, { dieAt: "never" });
  for (const name of ["good-a", "good-b"]) good.push(await Sender.start(name));
});
afterAll(async () => {
  for (const sender of good) sender.stop();
  await gateway.kill();
  await stack.stop();
  await bundle.remove();
});

/** An agent that sends one bucket after another, the next once the last is acknowledged. */
class Sender {
  readonly #agent: TestAgent;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  private constructor(agent: TestAgent, leaseTerm: bigint) {
    this.#agent = agent;
    this.#timer = setInterval(() => {
      if (this.#acknowledged() < BigInt(this.#sent)) return;
      this.#sent += 1;
      const [part] = bucket(recentBucket(4 + (this.#sent % 200)), flowsOf(3));
      agent.send({ case: "evidence", value: evidence(this.#sent, leaseTerm, part!) });
    }, 20);
  }

  static async start(name: string): Promise<Sender> {
    const { agent, welcome } = await enrol(stack, gateway.port, name);
    return new Sender(agent, welcome.leaseTerm);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#agent.close();
  }

  /** Resolves when what was sent after now is acknowledged; rejects where it is not in time. */
  async goesOn(): Promise<void> {
    const mark = BigInt(this.#sent + 1);
    const isBeyond = async (): Promise<true | undefined> => (this.#acknowledged() >= mark ? true : undefined);
    await eventually("an acknowledgement of another session", isBeyond, 30_000);
  }

  #acknowledged(): bigint {
    return this.#agent.received("evidenceAck").at(-1)?.sequence ?? 0n;
  }
}

async function othersGoOn(): Promise<void> {
  await Promise.all(good.map((sender) => sender.goesOn()));
}

const MEBI = 1024 * 1024;
const residentBytes = (): number =>
  1024 * Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1] ?? 0);

const hello = (changed: Partial<Hello> = {}): Extract<AgentBody, { case: "hello" }> => ({
  case: "hello",
  value: create(HelloSchema, {
    versions: [1],
    capabilities: [],
    agentVersion: "hostile",
    nonce: randomBytes(32),
    publicKey: generateLinkKey().publicKey,
    clusterUid: "uid",
    claim: { case: "grantId", value: "00000000-0000-4000-8000-000000000000" },
    instance: "hostile",
    ...changed,
  }),
});
const heartbeat: AgentBody = { case: "heartbeat", value: create(HeartbeatSchema, { sequence: 1n }) };
const proof: AgentBody = { case: "proof", value: create(ProofSchema, { signature: new Uint8Array(64) }) };
const flows = (): FlowBatch => bucket(recentBucket(), flowsOf(1))[0]!;
const batch = (changed: FlowBatch = flows()): AgentBody => ({ case: "evidence", value: evidence(1, 1n, changed) });

/** A handshake as it should be, up to the challenge. */
async function challenged(link: HostileLink, sent = hello()) {
  link.send(sent);
  const challenge = await eventually("a challenge", async () =>
    link.heard.flatMap((body) => (body.case === "challenge" ? [body.value] : [])).at(0),
  );
  return { hello: sent.value, challenge };
}

interface Attack {
  readonly name: string;
  readonly act: (link: HostileLink) => unknown;
  readonly ends: string;
}

const BEFORE_WELCOME: readonly Attack[] = [
  { name: "a proof before anything", act: (link) => link.send(proof), ends: "out-of-order" },
  { name: "evidence before anything", act: (link) => link.send(batch()), ends: "out-of-order" },
  { name: "a heartbeat before anything", act: (link) => link.send(heartbeat), ends: "out-of-order" },
  {
    name: "a second hello",
    act: (link) => [hello(), hello()].forEach((each) => link.send(each)),
    ends: "out-of-order",
  },
  {
    name: "evidence in place of the proof",
    act: async (link) => {
      await challenged(link);
      link.send(batch());
    },
    ends: "out-of-order",
  },
  {
    name: "a signature of nothing",
    act: async (link) => {
      await challenged(link);
      link.send(proof);
    },
    ends: "bad-proof",
  },
  { name: "text", act: (link) => link.bytes("hello"), ends: "frame-invalid" },
  { name: "bytes that are no frame", act: (link) => link.bytes(Buffer.alloc(100, 0xff)), ends: "frame-invalid" },
  {
    name: "a frame over what a handshake needs",
    act: (link) => link.bytes(Buffer.alloc(17_000)),
    ends: "frame-invalid",
  },
  { name: "a frame over 4 MiB", act: (link) => link.bytes(Buffer.alloc(4 * MEBI + 1)), ends: "closed 1006" },
  {
    name: "a hello without a nonce",
    act: (link) => link.send(hello({ nonce: new Uint8Array() })),
    ends: "frame-invalid",
  },
  {
    name: "a version that nobody speaks",
    act: (link) => link.send(hello({ versions: [99] })),
    ends: "version-unsupported",
  },
  {
    name: "a claim that is no id",
    act: async (link) => {
      const key = generateLinkKey();
      const sent = hello({ publicKey: key.publicKey, claim: { case: "grantId", value: "'; drop table cluster" } });
      const { challenge } = await challenged(link, sent);
      link.send({ case: "proof", value: proveAgent(sent.value, challenge, { key, grantSecret: randomBytes(32) }) });
    },
    ends: "grant-unknown",
  },
];

describe("before it is let in, an agent that sends", () => {
  it.each(BEFORE_WELCOME)("$name is told $ends, and the others go on", async ({ act, ends }) => {
    const link = await HostileLink.open(gateway.port);
    await act(link);
    expect(await link.end()).toBe(ends);
    await othersGoOn();
  });

  it("another's recorded proof is told bad-proof: a signature fits one connection", async () => {
    const key = generateLinkKey();
    const clusterId = await stack.cluster("replayed");
    const grant = await stack.grant(clusterId);
    const sent = hello({
      publicKey: key.publicKey,
      clusterUid: "uid-replayed",
      claim: { case: "grantId", value: grant.id },
    });
    const first = await HostileLink.open(gateway.port);
    const { challenge } = await challenged(first, sent);
    const secret = Buffer.from(grant.secret);
    const recorded: AgentBody = {
      case: "proof",
      value: proveAgent(sent.value, challenge, { key, grantSecret: secret }),
    };
    first.send(recorded);
    await eventually("a welcome", async () => first.heard.find((body) => body.case === "welcome"));
    const second = await HostileLink.open(gateway.port);
    await challenged(second, sent);
    second.send(recorded);
    expect(await second.end()).toBe("bad-proof");
    first.close();
    await othersGoOn();
  });

  it("compressed frames finds no compression: it is offered and not taken, and a compressed frame ends the socket", async () => {
    const link = await HostileLink.open(gateway.port);
    expect(link.extensions).toBe("");
    link.close();
    const socket = await upgraded(gateway.port, "permessage-deflate; client_max_window_bits");
    socket.write(webSocketFrame(0xc2, 100, Buffer.alloc(100)));
    expect(await closeCode(socket)).toBe(1002);
    await othersGoOn();
  });

  it("half a frame and leaves is forgotten", async () => {
    const socket = await upgraded(gateway.port);
    socket.write(webSocketFrame(0x82, 100_000, Buffer.alloc(1_000)));
    await sleep(50);
    socket.destroy();
    await othersGoOn();
  });

  it("a frame that claims 2^62 bytes is told so by the WebSocket", async () => {
    const socket = await upgraded(gateway.port);
    socket.write(webSocketFrame(0x82, 2 ** 62, Buffer.alloc(10)));
    expect([1009, 1002]).toContain(await closeCode(socket));
    await othersGoOn();
  });
});

const intruder = async () => {
  enrolled += 1;
  return await enrol(stack, gateway.port, `hostile-${enrolled}`);
};
const field = (number: number, content: Uint8Array): Buffer => {
  const varint = (value: number): number[] =>
    value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(content.length)]), content]);
};
const twoBytes = (first: number): Buffer => Buffer.alloc(4 * MEBI - 64, Buffer.from([first, 0]));
const nested = (depth: number): AgentBody => {
  const body = Buffer.from(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`);
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "n", name: "deep" };
  const upsert = { ref, uid: "u", hash: sha256(body), body };
  return { case: "inventoryDelta", value: create(InventoryDeltaSchema, { sequence: 1n, upserts: [upsert] }) };
};
type Content = MessageInitShape<typeof EvidenceBatchSchema>["content"];
const gap = (from: bigint, to: bigint): Content => ({
  case: "gap",
  value: create(GapRecordSchema, { incarnation: "g", from, to, reason: "x" }),
});

interface Inside {
  readonly name: string;
  readonly act: (agent: TestAgent) => unknown;
  readonly ends: string;
}

const INSIDE: readonly Inside[] = [
  { name: "another hello", act: (agent) => agent.send(hello()), ends: "out-of-order" },
  { name: "a proof", act: (agent) => agent.send(proof), ends: "out-of-order" },
  { name: "bytes that are no frame", act: (agent) => agent.sendBytes(Buffer.alloc(50, 0xff)), ends: "frame-invalid" },
  {
    name: "a digest of the wrong size",
    act: (agent) => agent.send({ case: "inventoryDigest", value: create(InventoryDigestSchema) }),
    ends: "frame-invalid",
  },
  {
    name: "a delta out of its sequence",
    act: (agent) => agent.send({ case: "inventoryDelta", value: create(InventoryDeltaSchema, { sequence: 7n }) }),
    ends: "out-of-order",
  },
  {
    name: "evidence under a forged term",
    act: (agent) => agent.send({ case: "evidence", value: evidence(1, 99n, flows()) }),
    ends: "lease-lost",
  },
  {
    name: "two million policies in a batch of no term",
    act: (agent) => agent.sendBytes(field(9, field(3, twoBytes(0x3a)))),
    ends: "lease-lost",
  },
  {
    name: "two million resources in a chunk",
    act: (agent) => agent.sendBytes(field(5, twoBytes(0x12))),
    ends: "frame-invalid",
  },
  {
    name: "a million fields that nobody knows",
    act: (agent) => agent.sendBytes(Buffer.alloc(3 * MEBI, Buffer.from([0xa0, 0x38, 0]))),
    ends: "frame-invalid",
  },
  {
    name: "groups within groups",
    act: (agent) => agent.sendBytes(Buffer.alloc(4 * MEBI, Buffer.from([0xa3, 0x38]))),
    ends: "frame-invalid",
  },
];

describe("once it is let in, an agent that sends", () => {
  it.each(INSIDE)("$name is told $ends, and the others go on", async ({ act, ends }) => {
    const { agent } = await intruder();
    await act(agent);
    expect(await agent.refusal()).toBe(ends);
    await othersGoOn();
  });

  it.each([
    { name: "rows that stand for a hundred times their size", change: expanded },
    { name: "an index that is nowhere", change: (part: FlowBatch) => void (part.sourceName[0] = 1_000_000) },
    { name: "a bucket in the year 5000", change: (part: FlowBatch) => void (part.bucketStart = 95_617_584_000n) },
    { name: "a number of parts that no table holds", change: (part: FlowBatch) => void (part.parts = 4_000_000_000) },
  ])("a batch with $name has it dropped, and goes on itself", async ({ change }) => {
    const { agent, welcome } = await intruder();
    const part = flows();
    change(part);
    agent.send({ case: "evidence", value: evidence(1, welcome.leaseTerm, part) });
    agent.send({ case: "evidence", value: evidence(2, welcome.leaseTerm, flows()) });
    await eventually("its acknowledgement", async () =>
      agent.received("evidenceAck").at(-1)?.sequence === 2n ? true : undefined,
    );
    agent.close();
    await othersGoOn();
  });

  it.each([
    { name: "nothing in it", content: undefined },
    { name: "a gap that ends before it begins", content: gap(30n, 15n) },
  ])("evidence with $name has it dropped, and goes on itself", async ({ content }) => {
    const { agent, welcome } = await intruder();
    const { leaseTerm } = welcome;
    const value = create(EvidenceBatchSchema, { sequence: 1n, leaseTerm, ...(content && { content }) });
    agent.send({ case: "evidence", value });
    agent.send({ case: "evidence", value: evidence(2, leaseTerm, flows()) });
    await eventually("its acknowledgement", async () =>
      agent.received("evidenceAck").at(-1)?.sequence === 2n ? true : undefined,
    );
    agent.close();
    await othersGoOn();
  });

  it("JSON a million deep loses its session, and nothing else happens", async () => {
    const { agent } = await intruder();
    agent.send(nested(1_000_000));
    expect(["frame-invalid", "internal"]).toContain(await agent.refusal());
    await othersGoOn();
  });

  it("another cluster's credential or UID is refused, and that cluster's session goes on", async () => {
    const victim = await intruder();
    const thief = { port: gateway.port, credentialId: victim.credentialId, key: generateLinkKey() };
    const [stolen, moved, grant] = [
      dialCredential(stack, { ...thief, clusterUid: victim.clusterUid }),
      dialCredential(stack, { ...thief, key: victim.key, clusterUid: "uid-of-another" }),
      dialGrant(stack, {
        port: gateway.port,
        grant: await stack.grant(await stack.cluster("posing")),
        clusterUid: victim.clusterUid,
      }),
    ];
    expect([await stolen.refusal(), await moved.refusal(), await grant.refusal()]).toEqual([
      "bad-proof",
      "wrong-cluster",
      "cluster-enrolled",
    ]);
    victim.agent.send({ case: "evidence", value: evidence(1, victim.welcome.leaseTerm, flows()) });
    await victim.agent.next("evidenceAck");
    victim.agent.close();
    await othersGoOn();
  });
});

/** 5,000 rows of a few bytes, each with a label of 600,000 characters. */
function expanded(part: FlowBatch): void {
  part.strings[part.sourceLabels[0]!] = "x".repeat(600_000);
  for (const column of Object.values(part)) {
    if (Array.isArray(column) && ![part.strings, part.hits, part.traces].includes(column as never))
      (column as unknown[]).push(...Array.from({ length: 4_999 }, () => column[0] as unknown));
  }
}

describe("in numbers", () => {
  it("connections that say nothing keep no agent out", async () => {
    const silent = await Promise.all(Array.from({ length: 200 }, () => HostileLink.open(gateway.port)));
    const { agent } = await intruder();
    agent.close();
    const ends = await Promise.all(silent.map((link) => link.end()));
    expect(new Set(ends)).toEqual(new Set(["too-slow"]));
    await othersGoOn();
  });

  it("connections that say nothing are told too-slow, more than there is room for are sent away at once, and the others go on", async () => {
    const crowd = Array.from({ length: 2_100 }, () => HostileLink.dial(gateway.port));
    await othersGoOn();
    const ends = await Promise.all(crowd.map((link) => link.end()));
    const counts = new Map<string, number>();
    for (const end of ends) counts.set(end, (counts.get(end) ?? 0) + 1);
    expect([...counts.keys()].filter((end) => !["closed 1013", "overloaded", "too-slow"].includes(end))).toEqual([]);
    expect(counts.get("too-slow")).toBeGreaterThanOrEqual(1);
    expect(crowd.length - (counts.get("too-slow") ?? 0)).toBeGreaterThanOrEqual(1_100);
    await othersGoOn();
    const { agent } = await intruder();
    agent.close();
  });

  it("requests that never end are ended", async () => {
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        const socket = connect(gateway.port, "127.0.0.1");
        socket.on("error", () => undefined).resume();
        await once(socket, "connect");
        if (at % 2 === 0) socket.write("GET /v1/agent HTTP/1.1\r\nHost: gateway\r\nX: ");
        return socket;
      }),
    );
    await othersGoOn();
    const drips = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write("x")), 1_000);
    await eventually("their end", async () => (sockets.every(({ closed }) => closed) ? true : undefined), 30_000);
    clearInterval(drips);
    await othersGoOn();
  });

  it("bombs one after another leave the process as large as it was", async () => {
    const before = residentBytes();
    for (let round = 0; round < 10; round += 1) {
      const { agent } = await intruder();
      agent.sendBytes(field(9, field(3, twoBytes(0x42))));
      expect(await agent.refusal()).toBe("lease-lost");
    }
    expect(residentBytes() - before).toBeLessThan(200 * MEBI);
    await othersGoOn();
  });
});
