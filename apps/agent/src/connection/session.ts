import {
  HANDSHAKE_MAX_FRAME_BYTES,
  decodeGatewayFrame,
  encodeAgentFrame,
  openAgentSession,
  stepAgentSession,
  type AgentBody,
  type AgentCloseReason,
  type AgentSession,
  type AgentSessionContext,
  type AgentSessionInput,
  type AgentSessionOutput,
  type Challenge,
  type Hello,
  type Welcome,
} from "@isthmus/protocol";
import { maxFrameBytesOf, type SessionLanes } from "./lanes";
import { dial, type DialTarget, type LinkSocket } from "./socket";

/** What one session needs beside its socket. */
export interface SessionOptions {
  readonly target: DialTarget;
  readonly hello: Hello;
  readonly context: () => AgentSessionContext;
  readonly spool: () => { readonly bytes: number; readonly batches: number };
  /** The session is open: makes its lanes. */
  readonly opened: (opened: OpenedSession) => SessionLanes;
  readonly ticked: (lanes: SessionLanes) => void;
  /** Why it is to be left for another; empty while it is not. */
  readonly leaves: () => string;
  readonly roundTrip: (ms: number) => void;
  readonly signal: AbortSignal;
}

/** What an opened session brings. */
export interface OpenedSession {
  readonly welcome: Welcome;
  readonly challenge: Challenge;
  readonly send: (body: AgentBody) => void;
  readonly writable: () => boolean;
}

/** How a session ended. */
export interface SessionEnd {
  readonly reason: AgentCloseReason;
  /** What the socket said, for a person. */
  readonly detail: string;
}

const TICK_MS = 1_000;
const MAX_UNSENT_BYTES = 1024 * 1024;
/** How long a drained session may finish what is under way. */
const DRAIN_MS = 3_000;

/** Dials and keeps one session; resolves when it has ended. It never rejects. */
export function runSession(options: SessionOptions): Promise<SessionEnd> {
  return new Promise((resolve) => new RunningSession(options, resolve).begin());
}

class RunningSession {
  readonly #options: SessionOptions;
  readonly #resolve: (end: SessionEnd) => void;
  #socket: LinkSocket | undefined;
  #session: AgentSession | undefined;
  #lanes: SessionLanes | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drainUntilMs = Number.POSITIVE_INFINITY;
  #maxFrameBytes = HANDSHAKE_MAX_FRAME_BYTES;
  #ended = false;

  constructor(options: SessionOptions, resolve: (end: SessionEnd) => void) {
    this.#options = options;
    this.#resolve = resolve;
  }

  begin(): void {
    this.#options.signal.addEventListener("abort", this.#stop, { once: true });
    this.#socket = dial(this.#options.target, {
      opened: () => {
        const { session, outputs } = openAgentSession(this.#options.hello, this.#options.context().nowMs);
        this.#session = session;
        this.#act(outputs);
      },
      received: (bytes) => this.#receive(bytes),
      closed: (detail) => this.#closed(detail),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  readonly #stop = (): void => this.#socket?.close();

  #receive(bytes: Uint8Array): void {
    const frame = decodeGatewayFrame(bytes);
    if (frame.ok) return this.#step({ kind: "frame", body: frame.value });
    // A frame whose kind this version does not know is skipped: a newer gateway may send it.
    if (frame.error.code !== "frame-empty") this.#finish({ kind: "out-of-order", message: frame.error.message }, "");
  }

  #tick(): void {
    const { bytes, batches } = this.#options.spool();
    this.#step({ kind: "tick", spoolBytes: bytes, spoolBatches: batches });
    if (this.#lanes === undefined) return;
    this.#options.ticked(this.#lanes);
    this.#lanes.pump();
    const why = this.#options.leaves();
    if (why !== "") return this.#finish({ kind: "socket-closed" }, why);
    const { nowMs } = this.#options.context();
    if (this.#session?.kind === "open") this.#options.roundTrip(this.#session.heartbeat.roundTripMs);
    if (nowMs >= this.#drainUntilMs || (this.#drainUntilMs < Number.POSITIVE_INFINITY && this.#lanes.idle)) {
      this.#finish({ kind: "drained" }, "");
    }
  }

  #step(input: AgentSessionInput): void {
    if (this.#session === undefined) return;
    const { session, outputs } = stepAgentSession(this.#session, input, this.#options.context());
    this.#session = session;
    this.#act(outputs);
  }

  #act(outputs: readonly AgentSessionOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case "send":
          this.#send(output.body);
          break;
        case "opened":
          this.#open(output.welcome, output.challenge);
          break;
        case "deliver":
          this.#lanes?.deliver(output.body);
          break;
        case "draining":
          this.#lanes?.drain();
          this.#drainUntilMs = this.#options.context().nowMs + DRAIN_MS;
          break;
        case "close":
          this.#finish(output.reason, "");
          break;
      }
    }
  }

  #open(welcome: Welcome, challenge: Challenge): void {
    this.#maxFrameBytes = maxFrameBytesOf(welcome);
    const send = (body: AgentBody): void => this.#send(body);
    const writable = (): boolean => (this.#socket?.unsentBytes() ?? MAX_UNSENT_BYTES) < MAX_UNSENT_BYTES;
    this.#lanes = this.#options.opened({ welcome, challenge, send, writable });
    this.#lanes.begin();
  }

  #send(body: AgentBody): void {
    if (this.#ended) return;
    const bytes = encodeAgentFrame(body, this.#maxFrameBytes);
    if (bytes.ok) this.#socket?.send(bytes.value);
    else this.#finish({ kind: "out-of-order", message: `\`${body.case}\`: ${bytes.error.message}` }, "");
  }

  #closed(detail: string): void {
    const closed: AgentCloseReason = { kind: "socket-closed" };
    this.#finish(this.#session?.kind === "closed" ? this.#session.reason : closed, detail);
  }

  #finish(reason: AgentCloseReason, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#stop);
    this.#socket?.close();
    this.#resolve({ reason, detail });
  }
}
