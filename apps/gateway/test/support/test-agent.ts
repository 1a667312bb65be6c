import { randomBytes } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import {
  HelloSchema,
  decodeGatewayFrame,
  encodeAgentFrame,
  generateLinkKey,
  openAgentSession,
  stepAgentSession,
  type AgentBody,
  type AgentCloseReason,
  type AgentSession,
  type AgentSessionInput,
  type AgentSessionStep,
  type Hello,
  type LaneBody,
  type LinkKey,
  type Welcome,
} from "@isthmus/protocol";
import { WebSocket } from "ws";

/** How a test's agent dials. */
export interface DialOptions {
  readonly port: number;
  readonly pinnedKeyIds: readonly string[];
  readonly claim: Hello["claim"];
  readonly clusterUid: string;
  readonly key?: LinkKey;
  readonly grantSecret?: string;
  readonly capabilities?: readonly string[];
  readonly versions?: readonly number[];
  /** Changes each frame before it is sent, as an agent of another version would have made it. */
  readonly dress?: (body: AgentBody) => AgentBody;
}

type Body<C extends LaneBody["case"]> = Extract<LaneBody, { case: C }>["value"];

/** The agent's end of the real link: the protocol's own state machine on a real WebSocket. */
export class TestAgent {
  readonly key: LinkKey;
  readonly #options: DialOptions;
  readonly #socket: WebSocket;
  readonly #frames: LaneBody[] = [];
  readonly #all: LaneBody[] = [];
  #waiting: (() => void)[] = [];
  #session: AgentSession | undefined;
  #welcome: Welcome | undefined;
  #announced: readonly string[] = [];
  #isDraining = false;
  #sentBytes = 0;
  #heartbeats = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(options: DialOptions) {
    this.#options = options;
    this.key = options.key ?? generateLinkKey();
    this.#socket = new WebSocket(`ws://127.0.0.1:${options.port}/v1/agent`);
    this.#socket.on("open", () => this.#begin());
    this.#socket.on("message", (data: Buffer) => this.#received(data));
    this.#socket.on("close", () => this.#step({ kind: "socket-closed" }));
    this.#socket.on("error", () => this.#step({ kind: "socket-closed" }));
    this.#timer = setInterval(() => this.#step({ kind: "tick", spoolBytes: 0, spoolBatches: 0 }), 200);
  }

  #begin(): void {
    const hello = create(HelloSchema, {
      versions: [...(this.#options.versions ?? [1])],
      capabilities: [...(this.#options.capabilities ?? ["desired-diff"])],
      agentVersion: "test",
      nonce: randomBytes(32),
      publicKey: this.key.publicKey,
      clusterUid: this.#options.clusterUid,
      claim: this.#options.claim,
      instance: "test-agent",
    });
    this.#apply(openAgentSession(hello, Date.now()));
  }

  #received(data: Buffer): void {
    const frame = decodeGatewayFrame(data);
    if (!frame.ok) throw new Error(frame.error.message);
    if (frame.value.case === "heartbeat") this.#heartbeats += 1;
    this.#step({ kind: "frame", body: frame.value });
  }

  #step(input: AgentSessionInput): void {
    if (this.#session === undefined) {
      if (input.kind === "socket-closed") this.#session = { kind: "closed", reason: { kind: "socket-closed" } };
      return this.#wake();
    }
    const { grantSecret = "", pinnedKeyIds } = this.#options;
    const context = { nowMs: Date.now(), key: this.key, pinnedKeyIds, grantSecret: Buffer.from(grantSecret) };
    this.#apply(stepAgentSession(this.#session, input, context));
  }

  #apply({ session, outputs }: AgentSessionStep): void {
    this.#session = session;
    for (const output of outputs) {
      if (output.kind === "send") this.send(output.body);
      else if (output.kind === "opened") {
        this.#welcome = output.welcome;
        this.#announced = output.challenge.nextKeyIds;
      } else if (output.kind === "deliver") {
        this.#frames.push(output.body);
        this.#all.push(output.body);
      } else if (output.kind === "draining") this.#isDraining = true;
      else if (output.kind === "close") {
        clearInterval(this.#timer);
        this.#socket.close();
      }
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async #until<T>(what: string, find: () => T | undefined, timeoutMs = 10_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new Error(`waited in vain for ${what}; session ${JSON.stringify(this.#session?.kind)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  send(body: AgentBody): void {
    const frame = encodeAgentFrame(this.#options.dress?.(body) ?? body);
    if (!frame.ok) throw new Error(frame.error.message);
    this.#sentBytes += frame.value.length;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame.value);
  }

  /** Bytes of all frames sent. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Answers to heartbeats, and other signs of life, that came. */
  get heartbeats(): number {
    return this.#heartbeats;
  }

  /** The gateway has said that it goes away. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Undefined while the session goes on. */
  get closeReason(): AgentCloseReason | undefined {
    return this.#session?.kind === "closed" ? this.#session.reason : undefined;
  }

  /** Sends bytes as they are. */
  sendBytes(bytes: Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(bytes);
  }

  /** Keys that the gateway said may sign later. */
  announcedKeyIds(): readonly string[] {
    return this.#announced;
  }

  /** Frames of the lanes that came so far, taken or not. */
  received<C extends LaneBody["case"]>(kind: C): readonly Body<C>[] {
    return this.#all.flatMap((body) => (body.case === kind ? [body.value as Body<C>] : []));
  }

  /** Takes the oldest frame of a kind, waiting for it. */
  async next<C extends LaneBody["case"]>(kind: C, timeoutMs?: number): Promise<Body<C>> {
    return await this.#until(
      kind,
      () => {
        const index = this.#frames.findIndex((body) => body.case === kind);
        return index < 0 ? undefined : (this.#frames.splice(index, 1)[0]?.value as Body<C>);
      },
      timeoutMs,
    );
  }

  async opened(): Promise<Welcome> {
    return await this.#until("welcome", () => {
      if (this.#session?.kind === "closed")
        throw new Error(
          `closed: ${JSON.stringify(this.#session.reason, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))}`,
        );
      return this.#welcome;
    });
  }

  async closed(timeoutMs?: number): Promise<AgentCloseReason> {
    return await this.#until(
      "close",
      () => (this.#session?.kind === "closed" ? this.#session.reason : undefined),
      timeoutMs,
    );
  }

  /** The code with which the gateway refused. */
  async refusal(timeoutMs?: number): Promise<string> {
    const reason = await this.closed(timeoutMs);
    return reason.kind === "refused" ? reason.refused.code : reason.kind;
  }

  close(): void {
    this.#socket.close();
    clearInterval(this.#timer);
  }
}
