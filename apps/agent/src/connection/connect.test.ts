import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { create } from "@bufbuild/protobuf";
import {
  ClusterFactsSchema,
  InventoryAckSchema,
  InventoryWantedSchema,
  WelcomeSchema,
  acceptGatewaySession,
  decodeAgentFrame,
  encodeGatewayFrame,
  generateLinkKey,
  stepGatewaySession,
  type GatewayBody,
  type GatewaySessionInput,
} from "@isthmus/protocol";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { Inventory } from "../sources/kubernetes/inventory";
import { keepConnected, type ConnectOptions } from "./connect";

/** What a gateway does with the sessions that come, one after another. */
type Manner = "drops" | "syncs, then drops" | "stays";

const gatewayKey = generateLinkKey();
let server: WebSocketServer;
let stop: AbortController;

beforeEach(async () => {
  stop = new AbortController();
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
});
afterEach(() => {
  stop.abort();
  for (const client of server.clients) client.terminate();
  server.close();
});

function serve(socket: WebSocket, manner: Manner): void {
  let session = acceptGatewaySession(0);
  const send = (body: GatewayBody): void => {
    const frame = encodeGatewayFrame(body);
    if (frame.ok) socket.send(frame.value);
  };
  const answers: Readonly<Record<string, () => void>> = {
    inventoryDigest: () =>
      manner === "drops"
        ? socket.terminate()
        : send({ case: "inventoryWanted", value: create(InventoryWantedSchema, { chunks: [] }) }),
    syncComplete: () => {
      send({ case: "inventoryAck", value: create(InventoryAckSchema, { sequence: 0n }) });
      if (manner !== "stays") socket.close();
    },
  };
  const step = (input: GatewaySessionInput): void => {
    const identity = { key: gatewayKey, nextKeyIds: [], capabilities: [] };
    const next = stepGatewaySession(session, input, { nowMs: 0, identity, nonce: () => randomBytes(32) });
    session = next.session;
    for (const output of next.outputs) {
      const acts: Readonly<Record<string, () => void>> = {
        send: () => send((output as Extract<typeof output, { kind: "send" }>).body),
        admit: () => step({ kind: "admitted", welcome: create(WelcomeSchema, { heartbeatMs: 60_000, leaseTerm: 1n }) }),
        deliver: () => answers[(output as Extract<typeof output, { kind: "deliver" }>).body.case]?.(),
      };
      acts[output.kind]?.();
    }
  };
  socket.on("message", (data: Buffer) => {
    const frame = decodeAgentFrame(data);
    step({ kind: "frame", body: (frame as Extract<typeof frame, { ok: true }>).value });
  });
}

/** The delays between the sessions of an agent whose gateway behaves so; no time passes. */
async function delaysOf(manners: readonly Manner[], leaves = ""): Promise<readonly number[]> {
  const delays: number[] = [];
  const left = [...manners];
  server.on("connection", (socket) => serve(socket, left.shift() ?? "drops"));
  const address = server.address() as { readonly port: number };
  const options: ConnectOptions = {
    gateways: [`ws://127.0.0.1:${address.port}`],
    pins: [gatewayKey.id],
    grantId: "grant",
    readGrant: async () => new Uint8Array(3),
    readCa: async () => undefined,
    proxies: { secure: "", plain: "", except: "" },
    identity: { key: generateLinkKey(), credential: undefined, announcedKeyIds: [] },
    keepIdentity: async () => undefined,
    clusterUid: "uid",
    agentVersion: "test",
    instance: "test",
    capabilities: [],
    lanes: {
      inventory: new Inventory(),
      evidence: { nextAfter: () => undefined, acknowledge: () => undefined },
      facts: () => create(ClusterFactsSchema),
      examination: () => undefined,
      examine: () => undefined,
      desired: () => true,
      heldRevision: () => 0n,
      probe: () => undefined,
    },
    spool: () => ({ bytes: 0, batches: 0 }),
    leaves: () => leaves,
    events: { opened: () => undefined, synced: () => undefined, closed: () => undefined, roundTrip: () => undefined },
    clock: {
      now: () => 0,
      sleep: async (delayMs) => {
        delays.push(delayMs);
        if (delays.length === manners.length) stop.abort();
      },
    },
    random: () => 1 - Number.EPSILON,
    randomBytes: (count) => randomBytes(count),
    log: pino({ level: "silent" }),
    signal: stop.signal,
  };
  await keepConnected(options);
  return delays;
}

describe("an agent that is let in and dropped", () => {
  it("waits longer each time until a sync was whole, and only then begins anew", async () => {
    expect(await delaysOf(["drops", "drops", "drops", "syncs, then drops", "drops", "drops"])).toEqual([
      499, 999, 1_999, 499, 999, 1_999,
    ]);
  });
});

it("leaves a session that cannot tell what is needed, and dials again", async () => {
  expect(await delaysOf(["stays", "stays"], "it does not tell")).toEqual([499, 499]);
});
