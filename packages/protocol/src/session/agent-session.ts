import type { GatewayBody, AgentBody } from "../codec";
import type { LinkKey } from "../crypto";
import { checkChallenge, proveAgent, type ChallengeError } from "../handshake";
import { create } from "@bufbuild/protobuf";
import { HeartbeatSchema, type Challenge, type Hello, type Refused, type Welcome } from "../messages";

/** Ms within which the handshake must end. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** How many heartbeat intervals without a reply make a connection dead. */
export const HEARTBEATS_MISSED = 3;

/** The agent's end of one connection: what it knows of it, without a socket, a timer or a clock. */
export type AgentSession =
  | { readonly kind: "awaiting-challenge"; readonly startedAtMs: number; readonly hello: Hello }
  | {
      readonly kind: "awaiting-welcome";
      readonly startedAtMs: number;
      readonly hello: Hello;
      readonly challenge: Challenge;
    }
  | OpenAgentSession
  | { readonly kind: "closed"; readonly reason: AgentCloseReason };

/** A session after Welcome. */
export interface OpenAgentSession {
  readonly kind: "open";
  readonly challenge: Challenge;
  readonly welcome: Welcome;
  readonly draining: boolean;
  readonly heartbeat: AgentHeartbeat;
}

interface AgentHeartbeat {
  readonly sequence: bigint;
  readonly sentAtMs: number;
  readonly answered: boolean;
  /** When anything last came from the gateway. */
  readonly heardAtMs: number;
  readonly roundTripMs: number;
  /** Gateway's clock minus ours, by the last heartbeat's midpoint. */
  readonly clockOffsetMs: number;
}

/** Why an agent's session ended. */
export type AgentCloseReason =
  | { readonly kind: "refused"; readonly refused: Refused }
  | { readonly kind: "distrusted"; readonly error: ChallengeError }
  | { readonly kind: "out-of-order"; readonly message: string }
  | { readonly kind: "silent" }
  | { readonly kind: "drained" }
  | { readonly kind: "socket-closed" };

/** What happens to an agent's session. */
export type AgentSessionInput =
  | { readonly kind: "frame"; readonly body: GatewayBody }
  | { readonly kind: "tick"; readonly spoolBytes: number; readonly spoolBatches: number }
  | { readonly kind: "socket-closed" };

/** What a step asks its owner to do, in order. */
export type AgentSessionOutput =
  | { readonly kind: "send"; readonly body: AgentBody }
  | { readonly kind: "opened"; readonly welcome: Welcome; readonly challenge: Challenge }
  /** A frame of a lane, for whoever keeps that lane; only after `opened`. */
  | { readonly kind: "deliver"; readonly body: LaneBody }
  | { readonly kind: "draining" }
  | { readonly kind: "close"; readonly reason: AgentCloseReason };

/** Frames that belong to a lane and not to the session. */
export type LaneBody = Extract<
  GatewayBody,
  { case: "inventoryWanted" | "inventoryAck" | "desired" | "evidenceAck" | "credential" | "examine" | "probeOrders" }
>;

/** What an agent's step needs beside its input. */
export interface AgentSessionContext {
  readonly nowMs: number;
  readonly key: LinkKey;
  readonly pinnedKeyIds: readonly string[];
  /** The grant's secret; empty when resuming. */
  readonly grantSecret: Uint8Array;
}

/** A step's result. */
export interface AgentSessionStep {
  readonly session: AgentSession;
  readonly outputs: readonly AgentSessionOutput[];
}

/** Begins a session on a socket that has just opened; `hello` carries 32 fresh random bytes as nonce. */
export function openAgentSession(hello: Hello, nowMs: number): AgentSessionStep {
  return {
    session: { kind: "awaiting-challenge", startedAtMs: nowMs, hello },
    outputs: [{ kind: "send", body: { case: "hello", value: hello } }],
  };
}

/** Advances an agent's session; a closed session stays closed and asks for nothing. */
export function stepAgentSession(
  session: AgentSession,
  input: AgentSessionInput,
  context: AgentSessionContext,
): AgentSessionStep {
  if (session.kind === "closed") return { session, outputs: [] };
  switch (input.kind) {
    case "socket-closed":
      return close(session.kind === "open" && session.draining ? { kind: "drained" } : { kind: "socket-closed" });
    case "tick":
      return tick(session, input, context);
    case "frame":
      return frame(session, input.body, context);
  }
}

function close(reason: AgentCloseReason): AgentSessionStep {
  return { session: { kind: "closed", reason }, outputs: [{ kind: "close", reason }] };
}

function tick(
  session: Exclude<AgentSession, { kind: "closed" }>,
  input: Extract<AgentSessionInput, { kind: "tick" }>,
  { nowMs }: AgentSessionContext,
): AgentSessionStep {
  if (session.kind !== "open") {
    return nowMs - session.startedAtMs >= HANDSHAKE_TIMEOUT_MS ? close({ kind: "silent" }) : { session, outputs: [] };
  }
  const { heartbeat, welcome } = session;
  if (nowMs - heartbeat.heardAtMs >= welcome.heartbeatMs * HEARTBEATS_MISSED) return close({ kind: "silent" });
  if (heartbeat.sequence > 0n && nowMs - heartbeat.sentAtMs < welcome.heartbeatMs) return { session, outputs: [] };
  const sequence = heartbeat.sequence + 1n;
  const value = create(HeartbeatSchema, {
    sequence,
    agentTimeMs: BigInt(nowMs),
    lastRoundTripMs: heartbeat.roundTripMs,
    spoolBytes: BigInt(input.spoolBytes),
    spoolBatches: BigInt(input.spoolBatches),
  });
  return {
    session: { ...session, heartbeat: { ...heartbeat, sequence, sentAtMs: nowMs, answered: false } },
    outputs: [{ kind: "send", body: { case: "heartbeat", value } }],
  };
}

function frame(
  session: Exclude<AgentSession, { kind: "closed" }>,
  body: GatewayBody,
  context: AgentSessionContext,
): AgentSessionStep {
  if (body.case === "refused") return close({ kind: "refused", refused: body.value });
  switch (session.kind) {
    case "awaiting-challenge":
      if (body.case !== "challenge") return outOfOrder(session, body);
      return answerChallenge(session, body.value, context);
    case "awaiting-welcome":
      if (body.case !== "welcome") return outOfOrder(session, body);
      return welcomed(session.challenge, body.value, context.nowMs);
    case "open":
      return openFrame(
        { ...session, heartbeat: { ...session.heartbeat, heardAtMs: context.nowMs } },
        body,
        context.nowMs,
      );
  }
}

function outOfOrder(session: AgentSession, body: GatewayBody): AgentSessionStep {
  return close({ kind: "out-of-order", message: `\`${body.case}\` came while ${session.kind}` });
}

function answerChallenge(
  session: Extract<AgentSession, { kind: "awaiting-challenge" }>,
  challenge: Challenge,
  { key, pinnedKeyIds, grantSecret }: AgentSessionContext,
): AgentSessionStep {
  const checked = checkChallenge(session.hello, challenge, pinnedKeyIds);
  if (!checked.ok) return close({ kind: "distrusted", error: checked.error });
  const value = proveAgent(session.hello, challenge, { key, grantSecret });
  return {
    session: { kind: "awaiting-welcome", startedAtMs: session.startedAtMs, hello: session.hello, challenge },
    outputs: [{ kind: "send", body: { case: "proof", value } }],
  };
}

function welcomed(challenge: Challenge, welcome: Welcome, nowMs: number): AgentSessionStep {
  const heartbeat = {
    sequence: 0n,
    sentAtMs: nowMs,
    answered: true,
    heardAtMs: nowMs,
    roundTripMs: 0,
    clockOffsetMs: 0,
  };
  return {
    session: { kind: "open", challenge, welcome, draining: false, heartbeat },
    outputs: [{ kind: "opened", welcome, challenge }],
  };
}

function openFrame(session: OpenAgentSession, body: GatewayBody, nowMs: number): AgentSessionStep {
  switch (body.case) {
    case "heartbeat": {
      if (body.value.sequence !== session.heartbeat.sequence || session.heartbeat.answered)
        return { session, outputs: [] };
      const roundTripMs = Math.max(0, nowMs - session.heartbeat.sentAtMs);
      const clockOffsetMs =
        Number(body.value.serverTimeMs) - (session.heartbeat.sentAtMs + Math.round(roundTripMs / 2));
      return {
        session: { ...session, heartbeat: { ...session.heartbeat, answered: true, roundTripMs, clockOffsetMs } },
        outputs: [],
      };
    }
    case "drain":
      return { session: { ...session, draining: true }, outputs: session.draining ? [] : [{ kind: "draining" }] };
    case "inventoryWanted":
    case "inventoryAck":
    case "desired":
    case "evidenceAck":
    case "credential":
    case "examine":
    case "probeOrders":
      return { session, outputs: [{ kind: "deliver", body }] };
    case "challenge":
    case "welcome":
    case "refused":
      return outOfOrder(session, body);
  }
}
