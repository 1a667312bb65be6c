import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { decodeAgentFrame, encodeAgentFrame, type AgentBody, type GatewayBody, type ReceivedAgentBody } from "../codec";
import { generateLinkKey } from "../crypto";
import {
  DrainSchema,
  HeartbeatSchema,
  HelloSchema,
  InventoryAckSchema,
  ProofSchema,
  RenewRequestSchema,
  WelcomeSchema,
} from "../messages";
import { refused } from "../refusal";
import {
  HANDSHAKE_TIMEOUT_MS,
  openAgentSession,
  stepAgentSession,
  type AgentSession,
  type AgentSessionInput,
} from "./agent-session";
import {
  acceptGatewaySession,
  stepGatewaySession,
  type GatewaySession,
  type GatewaySessionInput,
  type GatewaySessionOutput,
} from "./gateway-session";

const gatewayKey = generateLinkKey();
const agentKey = generateLinkKey();
const identity = { key: gatewayKey, nextKeyIds: [], capabilities: ["desired-diff"] };
const hello = create(HelloSchema, {
  versions: [1],
  capabilities: ["desired-diff"],
  nonce: new Uint8Array(32).fill(1),
  publicKey: agentKey.publicKey,
  clusterUid: "uid",
  claim: { case: "credentialId", value: "c" },
});
const welcome = create(WelcomeSchema, { sessionId: "s", leaseTerm: 1n, heartbeatMs: 1_000 });
const T0 = 1_000_000;

const agentContext = (nowMs: number) => ({
  nowMs,
  key: agentKey,
  pinnedKeyIds: [gatewayKey.id],
  grantSecret: new Uint8Array(0),
});
const gatewayContext = (nowMs: number) => ({ nowMs, identity, nonce: () => new Uint8Array(32).fill(2) });

function asReceived(body: AgentBody): ReceivedAgentBody {
  const bytes = encodeAgentFrame(body);
  const read = bytes.ok ? decodeAgentFrame(bytes.value) : bytes;
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

/** Both ends joined by two queues: every frame that one sends reaches the other. */
class Link {
  agent: AgentSession;
  gateway: GatewaySession = acceptGatewaySession(T0);
  readonly log: string[] = [];
  nowMs = T0;
  admission: Extract<GatewaySessionInput, { kind: "admitted" | "refuse" }> = { kind: "admitted", welcome };

  constructor() {
    const opened = openAgentSession(hello, T0);
    this.agent = opened.session;
    for (const output of opened.outputs) if (output.kind === "send") this.toGateway(output.body);
  }

  toGateway(body: AgentBody): void {
    this.log.push(`> ${body.case}`);
    this.stepGateway({ kind: "frame", body: asReceived(body) });
  }

  toAgent(body: GatewayBody): void {
    this.log.push(`< ${body.case}`);
    this.stepAgent({ kind: "frame", body });
  }

  stepGateway(input: GatewaySessionInput): void {
    const { session, outputs } = stepGatewaySession(this.gateway, input, gatewayContext(this.nowMs));
    this.gateway = session;
    for (const output of outputs) this.#gatewayOutput(output);
  }

  #gatewayOutput(output: GatewaySessionOutput): void {
    if (output.kind === "send") this.toAgent(output.body);
    else if (output.kind === "admit") this.stepGateway(this.admission);
    else this.log.push(`gateway ${output.kind}${output.kind === "deliver" ? ` ${output.body.case}` : ""}`);
  }

  stepAgent(input: AgentSessionInput): void {
    const { session, outputs } = stepAgentSession(this.agent, input, agentContext(this.nowMs));
    this.agent = session;
    for (const output of outputs) {
      if (output.kind === "send") this.toGateway(output.body);
      else this.log.push(`agent ${output.kind}${output.kind === "deliver" ? ` ${output.body.case}` : ""}`);
    }
  }
}

const tick = { kind: "tick", spoolBytes: 0, spoolBatches: 0 } as const;

describe("both ends of a session", () => {
  it("open, measure the round trip and drain", () => {
    const link = new Link();
    expect(link.log).toEqual(["> hello", "< challenge", "> proof", "< welcome", "agent opened", "gateway opened"]);
    link.nowMs += 10;
    link.stepAgent(tick);
    expect(link.log.slice(6)).toEqual(["> heartbeat", "< heartbeat", "gateway heartbeat"]);
    link.stepGateway({ kind: "drain", reason: "bye" });
    expect(link.agent).toMatchObject({ kind: "open", draining: true });
    link.stepAgent({ kind: "socket-closed" });
    expect(link.agent).toEqual({ kind: "closed", reason: { kind: "drained" } });
  });

  it("carry a refusal to the agent", () => {
    const link = new Link();
    link.stepGateway({ kind: "refuse", code: "credential-revoked" });
    expect(link.agent).toMatchObject({
      kind: "closed",
      reason: { kind: "refused", refused: { code: "credential-revoked", retryable: false } },
    });
    expect(link.gateway).toMatchObject({ kind: "closed" });
  });

  it("stay closed: nothing that comes after asks for anything", () => {
    const link = new Link();
    link.stepGateway({ kind: "refuse", code: "internal" });
    const before = link.log.length;
    link.stepAgent(tick);
    link.stepGateway({ kind: "drain", reason: "late" });
    link.stepGateway({ kind: "tick" });
    link.stepAgent({ kind: "frame", body: { case: "inventoryAck", value: create(InventoryAckSchema) } });
    expect(link.log.length).toBe(before);
  });
});

describe("the gateway's end", () => {
  const proof: ReceivedAgentBody = { case: "proof", value: create(ProofSchema, { signature: new Uint8Array(64) }) };
  const renew: ReceivedAgentBody = { case: "renew", value: create(RenewRequestSchema) };
  const rows: readonly { name: string; inputs: readonly GatewaySessionInput[]; code: string }[] = [
    { name: "proof before hello", inputs: [{ kind: "frame", body: proof }], code: "out-of-order" },
    { name: "a lane before hello", inputs: [{ kind: "frame", body: renew }], code: "out-of-order" },
    {
      name: "two hellos",
      inputs: [
        { kind: "frame", body: { case: "hello", value: hello } },
        { kind: "frame", body: { case: "hello", value: hello } },
      ],
      code: "out-of-order",
    },
    {
      name: "a forged proof",
      inputs: [
        { kind: "frame", body: { case: "hello", value: hello } },
        { kind: "frame", body: proof },
      ],
      code: "bad-proof",
    },
    {
      name: "a version of the future",
      inputs: [{ kind: "frame", body: { case: "hello", value: create(HelloSchema, { ...hello, versions: [99] }) } }],
      code: "version-unsupported",
    },
    { name: "a drain before welcome", inputs: [{ kind: "drain", reason: "x" }], code: "draining" },
    { name: "an admission nobody asked for", inputs: [{ kind: "admitted", welcome }], code: "internal" },
  ];
  it.each(rows)("refuses $name as $code", ({ inputs, code }) => {
    let session = acceptGatewaySession(T0);
    for (const input of inputs) session = stepGatewaySession(session, input, gatewayContext(T0)).session;
    expect(session).toMatchObject({ kind: "closed", reason: { kind: "refused", code } });
  });

  it("ends a handshake that takes too long, and not a moment before", () => {
    const early = stepGatewaySession(
      acceptGatewaySession(T0),
      { kind: "tick" },
      gatewayContext(T0 + HANDSHAKE_TIMEOUT_MS - 1),
    );
    expect(early.session.kind).toBe("awaiting-hello");
    const late = stepGatewaySession(
      acceptGatewaySession(T0),
      { kind: "tick" },
      gatewayContext(T0 + HANDSHAKE_TIMEOUT_MS),
    );
    expect(late.session).toMatchObject({ kind: "closed", reason: { code: "too-slow" } });
  });

  it("ends a session that has been silent for three heartbeats; any frame counts as life", () => {
    const link = new Link();
    link.nowMs = T0 + 2_500;
    link.toGateway(renew);
    link.nowMs = T0 + 5_499;
    link.stepGateway({ kind: "tick" });
    expect(link.gateway.kind).toBe("open");
    link.nowMs = T0 + 5_500;
    link.stepGateway({ kind: "tick" });
    expect(link.gateway).toEqual({ kind: "closed", reason: { kind: "silent" } });
  });

  it("reads the agent's clock", () => {
    const link = new Link();
    const value = create(HeartbeatSchema, { sequence: 1n, agentTimeMs: BigInt(T0 + 700), lastRoundTripMs: 100 });
    link.stepGateway({ kind: "frame", body: { case: "heartbeat", value } });
    expect(link.gateway).toMatchObject({ clockOffsetMs: 750, roundTripMs: 100 });
  });
});

describe("the agent's end", () => {
  it("distrusts a gateway that is not pinned and sends no proof", () => {
    const { session } = openAgentSession(hello, T0);
    const greeted = stepGatewaySession(
      acceptGatewaySession(T0),
      { kind: "frame", body: { case: "hello", value: hello } },
      gatewayContext(T0),
    );
    const challenge = greeted.outputs.find((output) => output.kind === "send");
    if (challenge?.kind !== "send") throw new Error("no challenge");
    const step = stepAgentSession(
      session,
      { kind: "frame", body: challenge.body },
      { ...agentContext(T0), pinnedKeyIds: [agentKey.id] },
    );
    expect(step.session).toMatchObject({
      kind: "closed",
      reason: { kind: "distrusted", error: { code: "gateway-key-not-pinned" } },
    });
    expect(step.outputs.some((output) => output.kind === "send")).toBe(false);
  });

  const early: readonly { name: string; body: GatewayBody }[] = [
    { name: "welcome", body: { case: "welcome", value: welcome } },
    { name: "drain", body: { case: "drain", value: create(DrainSchema) } },
    { name: "inventoryAck", body: { case: "inventoryAck", value: create(InventoryAckSchema) } },
  ];
  it.each(early)("closes on $name before the challenge", ({ body }) => {
    const step = stepAgentSession(openAgentSession(hello, T0).session, { kind: "frame", body }, agentContext(T0));
    expect(step.session).toMatchObject({ kind: "closed", reason: { kind: "out-of-order" } });
  });

  it("hears a refusal at any point", () => {
    const body: GatewayBody = { case: "refused", value: refused("draining") };
    const step = stepAgentSession(openAgentSession(hello, T0).session, { kind: "frame", body }, agentContext(T0));
    expect(step.session).toMatchObject({ kind: "closed", reason: { kind: "refused" } });
  });

  it("beats once an interval, and closes after three without a word", () => {
    const link = new Link();
    link.stepAgent(tick);
    link.stepAgent(tick);
    expect(link.log.filter((line) => line === "> heartbeat")).toHaveLength(1);
    link.nowMs += 1_000;
    link.stepAgent(tick);
    expect(link.log.filter((line) => line === "> heartbeat")).toHaveLength(2);
    link.nowMs += 3_000;
    link.stepAgent(tick);
    expect(link.agent).toEqual({ kind: "closed", reason: { kind: "silent" } });
  });
});
