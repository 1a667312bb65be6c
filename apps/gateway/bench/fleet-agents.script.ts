// Many light agents in one process, for the benchmark of a fleet: real keys, real handshakes, real frames. Orders come as
// lines of JSON on standard input, what happened goes out as lines of JSON.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { create } from "@bufbuild/protobuf";
import {
  HelloSchema,
  InventoryChunkSchema,
  InventoryDigestSchema,
  SyncCompleteSchema,
  ClusterFactsSchema,
  chunkDigest,
  chunkOf,
  decodeGatewayFrame,
  encodeAgentFrame,
  linkKeyFromPem,
  openAgentSession,
  stepAgentSession,
  type AgentBody,
  type AgentSession,
  type AgentSessionInput,
  type AgentSessionStep,
  type LinkKey,
} from "@isthmus/protocol";
import { backoffDelayMs } from "@isthmus/std";
import { WebSocket } from "ws";
import { fleetObjects } from "./fleet-objects";

/** What the generator is told at its start, as a file of JSON. */
export interface FleetOrders {
  readonly url: string;
  readonly pins: readonly string[];
  readonly pods: number;
  readonly agents: readonly {
    readonly clusterUid: string;
    readonly credentialId: string;
    readonly keyPem: string;
  }[];
}

/** What the generator tells of itself, a line each second. */
export interface FleetReport {
  readonly open: number;
  readonly synced: number;
  readonly refused: number;
  readonly closed: number;
  readonly sentBytes: number;
  /** When each agent got a revision newer than at the last `mark`, in ms since the epoch. */
  readonly deliveredAtMs: readonly number[];
  /** The longest that an agent waited for the answer to a heartbeat since the last `mark`, in ms. */
  readonly slowestHeartbeatMs: number;
}

const orders = JSON.parse(await readFile(process.argv[2] ?? "", "utf8")) as FleetOrders;
const held = fleetObjects(orders.pods);
const chunks = new Map<number, (typeof held)[number][]>();
for (const each of held) chunks.set(chunkOf(each.ref), [...(chunks.get(chunkOf(each.ref)) ?? []), each]);
const digests = Array.from({ length: 256 }, (_, chunk) => chunkDigest(chunks.get(chunk) ?? []));
const bytesOf = (body: AgentBody): Uint8Array => {
  const frame = encodeAgentFrame(body);
  if (!frame.ok) throw new Error(frame.error.message);
  return frame.value;
};
const chunkFrames = Array.from({ length: 256 }, (_, chunk) =>
  bytesOf({
    case: "inventoryChunk",
    value: create(InventoryChunkSchema, { chunk, resources: [...(chunks.get(chunk) ?? [])] }),
  }),
);
const digestFrame = bytesOf({
  case: "inventoryDigest",
  value: create(InventoryDigestSchema, { chunkDigests: digests, resourceCount: held.length }),
});
const completeFrame = bytesOf({ case: "syncComplete", value: create(SyncCompleteSchema) });
const factsFrame = bytesOf({
  case: "clusterFacts",
  value: create(ClusterFactsSchema, {
    kubernetesVersion: "v1.33.4",
    calicoVersion: "v3.31.0",
    calicoApi: "projectcalico.org/v3",
    podCidrs: ["10.0.0.0/16"],
    goldmane: "connected",
  }),
});
const totals = { refused: 0, closed: 0, sentBytes: 0, slowestHeartbeatMs: 0 };
let deliveredAtMs: number[] = [];
const RETRY = { baseMs: 500, maxMs: 30_000 };

class LightAgent {
  readonly #of: FleetOrders["agents"][number];
  readonly #key: LinkKey;
  #socket: WebSocket | undefined;
  #session: AgentSession | undefined;
  #attempt = 0;
  #retryMs: number | undefined;
  #revision = -1n;
  #marked = 0n;
  synced = false;

  constructor(of: FleetOrders["agents"][number]) {
    this.#of = of;
    const key = linkKeyFromPem(of.keyPem);
    if (!key.ok) throw new Error(key.error.message);
    this.#key = key.value;
  }

  get open(): boolean {
    return this.#session?.kind === "open";
  }

  dial(): void {
    this.#session = undefined;
    this.#revision = -1n;
    const socket = new WebSocket(orders.url, { perMessageDeflate: false, handshakeTimeout: 10_000 });
    this.#socket = socket;
    socket.on("open", () => this.#begin());
    socket.on("message", (data: Buffer) => {
      const frame = decodeGatewayFrame(data);
      if (frame.ok) this.#step({ kind: "frame", body: frame.value });
    });
    socket.on("close", () => this.#again());
    socket.on("error", () => undefined);
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket?.terminate();
  }

  mark(): void {
    this.#marked = this.#revision;
  }

  tick(): void {
    if (this.#session !== undefined) this.#step({ kind: "tick", spoolBytes: 0, spoolBatches: 0 });
    if (this.#session?.kind === "open")
      totals.slowestHeartbeatMs = Math.max(totals.slowestHeartbeatMs, this.#session.heartbeat.roundTripMs);
  }

  #again(): void {
    if (this.synced || this.#session?.kind === "open") totals.closed += 1;
    this.synced = false;
    this.#session = undefined;
    const waitMs = (this.#retryMs ?? 0) + backoffDelayMs(RETRY, this.#attempt, Math.random());
    this.#retryMs = undefined;
    this.#attempt += 1;
    setTimeout(() => this.dial(), waitMs);
  }

  #begin(): void {
    const { clusterUid, credentialId } = this.#of;
    const hello = create(HelloSchema, {
      versions: [1],
      capabilities: ["desired-diff", "evidence-gaps"],
      agentVersion: "bench",
      nonce: randomBytes(32),
      publicKey: this.#key.publicKey,
      clusterUid,
      claim: { case: "credentialId", value: credentialId },
      instance: "bench",
    });
    this.#apply(openAgentSession(hello, Date.now()));
  }

  #step(input: AgentSessionInput): void {
    if (this.#session === undefined) return;
    const context = { nowMs: Date.now(), key: this.#key, pinnedKeyIds: orders.pins, grantSecret: new Uint8Array(0) };
    this.#apply(stepAgentSession(this.#session, input, context));
  }

  #apply({ session, outputs }: AgentSessionStep): void {
    this.#session = session;
    for (const output of outputs) {
      if (output.kind === "send") this.#send(bytesOf(output.body));
      else if (output.kind === "opened") {
        this.#send(factsFrame);
        this.#send(digestFrame);
      } else if (output.kind === "deliver") this.#deliver(output.body);
      else if (output.kind === "close") {
        if (output.reason.kind === "refused") {
          totals.refused += 1;
          this.#retryMs = output.reason.refused.retryAfterMs;
        }
        this.#socket?.close();
      }
    }
  }

  #deliver(body: Extract<AgentSessionStep["outputs"][number], { kind: "deliver" }>["body"]): void {
    if (body.case === "inventoryWanted") {
      for (const chunk of body.value.chunks) this.#send(chunkFrames[chunk] ?? completeFrame);
      this.#send(completeFrame);
    } else if (body.case === "inventoryAck") {
      this.synced = true;
      this.#attempt = 0;
    } else if (body.case === "desired") {
      if (body.value.revision > this.#marked && this.#revision <= this.#marked) deliveredAtMs.push(Date.now());
      this.#revision = body.value.revision;
    }
  }

  #send(bytes: Uint8Array): void {
    totals.sentBytes += bytes.length;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(bytes);
  }
}

const agents = orders.agents.map((each) => new LightAgent(each));
const tell = (): void => {
  const open = agents.filter((agent) => agent.open).length;
  const synced = agents.filter((agent) => agent.synced).length;
  const report: FleetReport = { open, synced, ...totals, deliveredAtMs };
  process.stdout.write(`${JSON.stringify(report)}\n`);
};
setInterval(tell, 250);
let turn = 0;
// Ticks are spread over the second, as those of agents on a thousand machines are.
setInterval(() => {
  for (let index = turn; index < agents.length; index += 20) agents[index]?.tick();
  turn = (turn + 1) % 20;
}, 50);
createInterface({ input: process.stdin }).on("line", (order) => {
  if (order === "dial") for (const agent of agents) setTimeout(() => agent.dial(), 500 * Math.random());
  if (order === "cut") for (const agent of agents) agent.cut();
  if (order === "mark") {
    deliveredAtMs = [];
    totals.slowestHeartbeatMs = 0;
    for (const agent of agents) agent.mark();
  }
});
process.stdin.on("end", () => process.exit(0));
