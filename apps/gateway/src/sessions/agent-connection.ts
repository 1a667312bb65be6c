import { create } from "@bufbuild/protobuf";
import type { ProbeTarget } from "@isthmus/db";
import {
  DEFAULT_MAX_FRAME_BYTES,
  ExamineSchema,
  HeartbeatReplySchema,
  HANDSHAKE_MAX_FRAME_BYTES,
  acceptGatewaySession,
  decodeAgentFrame,
  encodeGatewayFrame,
  stepGatewaySession,
  type GatewayBody,
  type GatewayCloseReason,
  type GatewaySession,
  type GatewaySessionInput,
  type GatewaySessionOutput,
  type RefusalCode,
} from "@isthmus/protocol";
import type { SessionContext, SessionOwner } from "../context";
import { LaneRefusal } from "../lanes/lane";
import { admit } from "./admit";
import type { EntranceAnswer } from "./entrance";
import { openLanes, type OpenLanes } from "./open-lanes";
import { noteSessionEnd } from "./session-rows";

/** The socket of one agent, as little of it as a connection needs. */
export interface AgentSocket {
  readonly remoteAddress: string;
  send(bytes: Uint8Array): void;
  /** Stops or goes on reading: the pressure travels back to the agent through TCP. */
  setPaused(paused: boolean): void;
  /** The agent has proved itself: it may send as much as a session may. */
  proven(): void;
  /** Closes after what was sent has left. */
  close(reason: string): void;
}

/** One agent's connection: joins its socket, the pure session and the lanes. */
export interface AgentConnection {
  /** Set while the session is open. */
  owner(): SessionOwner | undefined;
  receive(bytes: Uint8Array): void;
  socketClosed(): void;
  tick(): void;
  /** Ends the session; `retryAfterMs` is when the agent should come back, where that is not the code's own. */
  refuse(code: RefusalCode, detail?: string, retryAfterMs?: number): void;
  drain(reason: string): void;
  /** Sends the desired state if it changed; with a revision, only if that is newer than what was sent. */
  deliverDesired(revision?: bigint): void;
  /** Asks for the examination of that number, once; 0 asks for nothing. */
  examine(number: bigint): void;
  /** Orders of the agent what of these is due. */
  orderProbes(targets: readonly ProbeTarget[]): void;
  /** Resolves when the session has ended and its rows say so. */
  ended(): Promise<void>;
}

/** What a connection tells whoever keeps the connections. */
export interface ConnectionEvents {
  /** It has proved itself: whether it may be admitted now, which `onJudged` ends. */
  onProven(connection: AgentConnection): EntranceAnswer;
  onJudged(connection: AgentConnection): void;
  onOpened(connection: AgentConnection): void;
  onClosed(connection: AgentConnection): void;
}

/** Takes over a socket that an agent opened. */
export function connectAgent(context: SessionContext, socket: AgentSocket, events: ConnectionEvents): AgentConnection {
  return new Connection(context, socket, events);
}

class Connection implements AgentConnection {
  readonly #context: SessionContext;
  readonly #socket: AgentSocket;
  readonly #events: ConnectionEvents;
  readonly #end: Promise<void>;
  #endNow: () => void = () => undefined;
  #session: GatewaySession;
  #lanes: OpenLanes | undefined;
  #owner: SessionOwner | undefined;
  #maxFrameBytes = HANDSHAKE_MAX_FRAME_BYTES;
  #paused = 0;
  #examinationAsked = 0n;
  #keptAliveAtMs = 0;

  constructor(context: SessionContext, socket: AgentSocket, events: ConnectionEvents) {
    this.#context = context;
    this.#socket = socket;
    this.#events = events;
    this.#session = acceptGatewaySession(context.clock.now());
    this.#end = new Promise((resolve) => {
      this.#endNow = resolve;
    });
  }

  owner(): SessionOwner | undefined {
    return this.#session.kind === "open" ? this.#owner : undefined;
  }

  ended(): Promise<void> {
    return this.#end;
  }

  receive(bytes: Uint8Array): void {
    if (this.#session.kind === "closed") return;
    const frame = decodeAgentFrame(bytes, this.#maxFrameBytes);
    if (!frame.ok) {
      // A frame whose kind this version does not know is skipped: a newer agent may send it.
      if (frame.error.code !== "frame-empty") this.refuse("frame-invalid", frame.error.message);
      return;
    }
    this.#context.metrics.framesIn.inc({ kind: frame.value.case });
    this.#step({ kind: "frame", body: frame.value }, bytes.length);
  }

  socketClosed(): void {
    this.#step({ kind: "socket-closed" });
  }

  tick(): void {
    // While we do not read we cannot hear, so silence says nothing then.
    if (this.#paused === 0) this.#step({ kind: "tick" });
    else this.#keepAlive();
  }

  /** The agent's heartbeats lie unread: it is told nevertheless that somebody is here, and counts that as life. */
  #keepAlive(): void {
    const nowMs = this.#context.clock.now();
    if (nowMs - this.#keptAliveAtMs < this.#context.limits.heartbeatMs) return;
    this.#keptAliveAtMs = nowMs;
    const value = create(HeartbeatReplySchema, { sequence: 0n, serverTimeMs: BigInt(nowMs) });
    this.#sendOpen({ case: "heartbeat", value });
  }

  refuse(code: RefusalCode, detail?: string, retryAfterMs?: number): void {
    this.#step({
      kind: "refuse",
      code,
      ...(detail === undefined ? {} : { detail }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  drain(reason: string): void {
    this.#step({ kind: "drain", reason });
  }

  deliverDesired(revision?: bigint): void {
    this.#lanes?.deliverDesired(revision);
  }

  examine(number: bigint): void {
    if (number <= this.#examinationAsked) return;
    this.#examinationAsked = number;
    this.#sendOpen({ case: "examine", value: create(ExamineSchema, { number }) });
  }

  orderProbes(targets: readonly ProbeTarget[]): void {
    this.#lanes?.orderProbes(targets);
  }

  #step(input: GatewaySessionInput, weight = 0): void {
    const { clock, identity, randomBytes } = this.#context;
    const step = stepGatewaySession(this.#session, input, {
      nowMs: clock.now(),
      identity,
      nonce: () => randomBytes(32),
    });
    this.#session = step.session;
    for (const output of step.outputs) this.#act(output, weight);
  }

  #act(output: GatewaySessionOutput, weight: number): void {
    switch (output.kind) {
      case "send":
        return this.#send(output.body);
      case "admit":
        void this.#admit(output);
        return;
      case "opened":
        return this.#opened();
      case "heartbeat":
        return this.#lanes?.heartbeat(output.heartbeat, output.clockOffsetMs);
      case "deliver":
        return this.#lanes?.deliver(output.body, weight);
      case "close":
        return this.#close(output.reason);
    }
  }

  #send(body: GatewayBody): void {
    const frame = encodeGatewayFrame(body);
    if (frame.ok) return this.#socket.send(frame.value);
    this.#context.log.error(
      { cluster: this.#owner?.clusterId, frame: body.case, ...frame.error },
      "a frame was not sent",
    );
  }

  async #admit({ hello, challenge, proof }: Extract<GatewaySessionOutput, { kind: "admit" }>): Promise<void> {
    const { capabilities } = challenge;
    const { remoteAddress } = this.#socket;
    const answer = this.#events.onProven(this);
    if (answer.kind === "come-back") return this.refuse("overloaded", undefined, answer.afterMs);
    try {
      const admitted = await admit(this.#context, { hello, proof, capabilities, remoteAddress });
      if (!admitted.ok) return this.refuse(admitted.error);
      this.#owner = admitted.value.owner;
      this.#step({ kind: "admitted", welcome: admitted.value.welcome });
      // The socket closed meanwhile: the lease was taken, so its end has to be noted.
      if (this.#lanes === undefined) await this.#noteEnd("connection lost");
    } catch (error) {
      this.#context.log.error({ err: error, remoteAddress }, "could not admit an agent");
      this.refuse("internal");
    } finally {
      this.#events.onJudged(this);
    }
  }

  #opened(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    this.#socket.proven();
    this.#maxFrameBytes = Math.max(this.#context.limits.maxFrameBytes, DEFAULT_MAX_FRAME_BYTES);
    this.#lanes = openLanes(
      { session: this.#context, owner, send: (body) => this.#sendOpen(body) },
      { onPressure: (full) => this.#pressure(full), onFailure: (error) => this.#laneFailed(error) },
    );
    this.#context.log.info(
      { cluster: owner.clusterId, name: owner.clusterName, term: String(owner.leaseTerm) },
      "session opened",
    );
    this.#events.onOpened(this);
    this.#lanes.deliverDesired();
  }

  #sendOpen(body: GatewayBody): void {
    if (this.#session.kind === "open") this.#send(body);
  }

  #pressure(full: boolean): void {
    this.#paused += full ? 1 : -1;
    this.#socket.setPaused(this.#paused > 0);
  }

  #laneFailed(error: unknown): void {
    if (error instanceof LaneRefusal) return this.refuse(error.code, error.message);
    if (this.#session.kind === "closed") return;
    this.#context.log.error({ err: error, cluster: this.#owner?.clusterId }, "a lane failed");
    this.refuse("internal");
  }

  #close(reason: GatewayCloseReason): void {
    const code = reason.kind === "refused" ? reason.code : reason.kind;
    if (reason.kind === "refused") {
      this.#context.metrics.refusals.inc({ code });
      this.#context.log[code === "draining" || code === "overloaded" ? "info" : "warn"](
        { cluster: this.#owner?.clusterId, from: this.#socket.remoteAddress, code, detail: reason.detail },
        "refused",
      );
    } else if (this.#owner) {
      this.#context.log.info({ cluster: this.#owner.clusterId, reason: code }, "session ended");
    }
    this.#socket.setPaused(false);
    this.#socket.close(code);
    this.#events.onClosed(this);
    const lanes = this.#lanes;
    void (lanes === undefined ? Promise.resolve() : lanes.close().then(() => this.#noteEnd(code))).then(this.#endNow);
  }

  async #noteEnd(reason: string): Promise<void> {
    const owner = this.#owner;
    if (owner === undefined) return;
    await noteSessionEnd(this.#context, owner, reason);
  }
}
