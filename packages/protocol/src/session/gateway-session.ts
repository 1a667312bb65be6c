import { create } from "@bufbuild/protobuf";
import type { GatewayBody, ReceivedAgentBody } from "../codec";
import { answerHello, checkProof, type GatewayIdentity } from "../handshake";
import {
  DrainSchema,
  HeartbeatReplySchema,
  type Challenge,
  type Heartbeat,
  type Hello,
  type Proof,
  type Welcome,
} from "../messages";
import { refused, type RefusalCode } from "../refusal";
import { HANDSHAKE_TIMEOUT_MS, HEARTBEATS_MISSED } from "./agent-session";

/** The gateway's end of one connection: what it knows of it, without a socket, a store, a timer or a clock. */
export type GatewaySession =
  | { readonly kind: "awaiting-hello"; readonly startedAtMs: number }
  | {
      readonly kind: "awaiting-proof";
      readonly startedAtMs: number;
      readonly hello: Hello;
      readonly challenge: Challenge;
    }
  | { readonly kind: "admitting"; readonly startedAtMs: number; readonly hello: Hello; readonly challenge: Challenge }
  | OpenGatewaySession
  | { readonly kind: "closed"; readonly reason: GatewayCloseReason };

/** A session after Welcome. */
export interface OpenGatewaySession {
  readonly kind: "open";
  readonly hello: Hello;
  readonly capabilities: readonly string[];
  readonly heartbeatMs: number;
  readonly heardAtMs: number;
  /** The agent's clock minus ours as its last heartbeat says, half a round trip allowed for. */
  readonly clockOffsetMs: number;
  readonly roundTripMs: number;
  readonly draining: boolean;
}

/** Why a gateway's session ended. */
export type GatewayCloseReason =
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly detail?: string }
  | { readonly kind: "socket-closed" }
  | { readonly kind: "silent" };

/** What happens to a gateway's session. */
export type GatewaySessionInput =
  | { readonly kind: "frame"; readonly body: ReceivedAgentBody }
  /** The stores accepted the claim. */
  | { readonly kind: "admitted"; readonly welcome: Welcome }
  /** The stores, or a later event such as a revocation, refuse this session. */
  | { readonly kind: "refuse"; readonly code: RefusalCode; readonly detail?: string; readonly retryAfterMs?: number }
  | { readonly kind: "drain"; readonly reason: string }
  | { readonly kind: "tick" }
  | { readonly kind: "socket-closed" };

/** What a step asks its owner to do, in order. */
export type GatewaySessionOutput =
  | { readonly kind: "send"; readonly body: GatewayBody }
  /** Proof is good: look the claim up, then feed `admitted` or `refuse`. */
  | { readonly kind: "admit"; readonly hello: Hello; readonly challenge: Challenge; readonly proof: Proof }
  | { readonly kind: "opened" }
  | { readonly kind: "heartbeat"; readonly heartbeat: Heartbeat; readonly clockOffsetMs: number }
  /** A frame of a lane, for whoever keeps that lane; only after `opened`. */
  | { readonly kind: "deliver"; readonly body: AgentLaneBody }
  | { readonly kind: "close"; readonly reason: GatewayCloseReason };

/** Frames that belong to a lane and not to the session. */
export type AgentLaneBody = Exclude<ReceivedAgentBody, { case: "hello" | "proof" | "heartbeat" }>;

/** What a gateway's step needs beside its input. */
export interface GatewaySessionContext {
  readonly nowMs: number;
  readonly identity: GatewayIdentity;
  /** 32 fresh random bytes, used when a Hello is answered. */
  readonly nonce: () => Uint8Array;
}

/** A step's result. */
export interface GatewaySessionStep {
  readonly session: GatewaySession;
  readonly outputs: readonly GatewaySessionOutput[];
}

type Live = Exclude<GatewaySession, { kind: "closed" }>;

/** Begins a session on a socket that an agent has just opened. */
export function acceptGatewaySession(nowMs: number): GatewaySession {
  return { kind: "awaiting-hello", startedAtMs: nowMs };
}

/** Advances a gateway's session; a closed session stays closed and asks for nothing. */
export function stepGatewaySession(
  session: GatewaySession,
  input: GatewaySessionInput,
  context: GatewaySessionContext,
): GatewaySessionStep {
  if (session.kind === "closed") return { session, outputs: [] };
  switch (input.kind) {
    case "frame":
      return frame(session, input.body, context);
    case "admitted":
      return admitted(session, input.welcome, context.nowMs);
    case "refuse":
      return refuse(input.code, input.detail, input.retryAfterMs);
    case "drain":
      return drain(session, input.reason);
    case "tick":
      return tick(session, context.nowMs);
    case "socket-closed":
      return {
        session: { kind: "closed", reason: { kind: "socket-closed" } },
        outputs: [{ kind: "close", reason: { kind: "socket-closed" } }],
      };
  }
}

function refuse(code: RefusalCode, detail?: string, retryAfterMs?: number): GatewaySessionStep {
  const reason: GatewayCloseReason = { kind: "refused", code, ...(detail === undefined ? {} : { detail }) };
  return {
    session: { kind: "closed", reason },
    outputs: [
      { kind: "send", body: { case: "refused", value: refused(code, detail, retryAfterMs) } },
      { kind: "close", reason },
    ],
  };
}

function tick(session: Live, nowMs: number): GatewaySessionStep {
  if (session.kind !== "open")
    return nowMs - session.startedAtMs >= HANDSHAKE_TIMEOUT_MS ? refuse("too-slow") : { session, outputs: [] };
  if (nowMs - session.heardAtMs < session.heartbeatMs * HEARTBEATS_MISSED) return { session, outputs: [] };
  return {
    session: { kind: "closed", reason: { kind: "silent" } },
    outputs: [{ kind: "close", reason: { kind: "silent" } }],
  };
}

function drain(session: Live, reason: string): GatewaySessionStep {
  if (session.kind !== "open") return refuse("draining");
  if (session.draining) return { session, outputs: [] };
  const value = create(DrainSchema, { reason });
  return { session: { ...session, draining: true }, outputs: [{ kind: "send", body: { case: "drain", value } }] };
}

function frame(session: Live, body: ReceivedAgentBody, context: GatewaySessionContext): GatewaySessionStep {
  switch (session.kind) {
    case "awaiting-hello":
      return body.case === "hello"
        ? greet(session, body.value, context)
        : refuse("out-of-order", `${body.case} before hello`);
    case "awaiting-proof":
      return body.case === "proof" ? prove(session, body.value) : refuse("out-of-order", `${body.case} before proof`);
    case "admitting":
      return refuse("out-of-order", `${body.case} before welcome`);
    case "open":
      return openFrame({ ...session, heardAtMs: context.nowMs }, body, context.nowMs);
  }
}

function greet(
  session: Extract<GatewaySession, { kind: "awaiting-hello" }>,
  hello: Hello,
  context: GatewaySessionContext,
): GatewaySessionStep {
  const challenge = answerHello(hello, context.identity, context.nonce());
  if (!challenge.ok) return refuse(challenge.error);
  return {
    session: { kind: "awaiting-proof", startedAtMs: session.startedAtMs, hello, challenge: challenge.value },
    outputs: [{ kind: "send", body: { case: "challenge", value: challenge.value } }],
  };
}

function prove(session: Extract<GatewaySession, { kind: "awaiting-proof" }>, proof: Proof): GatewaySessionStep {
  const { startedAtMs, hello, challenge } = session;
  if (!checkProof(hello, challenge, proof)) return refuse("bad-proof");
  return {
    session: { kind: "admitting", startedAtMs, hello, challenge },
    outputs: [{ kind: "admit", hello, challenge, proof }],
  };
}

function admitted(session: Live, welcome: Welcome, nowMs: number): GatewaySessionStep {
  if (session.kind !== "admitting") return refuse("internal", "admitted twice");
  return {
    session: {
      kind: "open",
      hello: session.hello,
      capabilities: session.challenge.capabilities,
      heartbeatMs: welcome.heartbeatMs,
      heardAtMs: nowMs,
      clockOffsetMs: 0,
      roundTripMs: 0,
      draining: false,
    },
    outputs: [{ kind: "send", body: { case: "welcome", value: welcome } }, { kind: "opened" }],
  };
}

function openFrame(session: OpenGatewaySession, body: ReceivedAgentBody, nowMs: number): GatewaySessionStep {
  switch (body.case) {
    case "hello":
    case "proof":
      return refuse("out-of-order", `${body.case} in an open session`);
    case "heartbeat": {
      const roundTripMs = body.value.lastRoundTripMs;
      const clockOffsetMs = Number(body.value.agentTimeMs) + Math.round(roundTripMs / 2) - nowMs;
      const reply = create(HeartbeatReplySchema, { sequence: body.value.sequence, serverTimeMs: BigInt(nowMs) });
      return {
        session: { ...session, roundTripMs, clockOffsetMs },
        outputs: [
          { kind: "send", body: { case: "heartbeat", value: reply } },
          { kind: "heartbeat", heartbeat: body.value, clockOffsetMs },
        ],
      };
    }
    default:
      return { session, outputs: [{ kind: "deliver", body }] };
  }
}
