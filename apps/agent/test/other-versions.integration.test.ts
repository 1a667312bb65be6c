import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import {
  DesiredStateSchema,
  HelloSchema,
  WelcomeSchema,
  acceptGatewaySession,
  decodeAgentFrame,
  encodeGatewayFrame,
  generateLinkKey,
  stepGatewaySession,
  type GatewayBody,
  type GatewaySessionInput,
  type LaneBody,
} from "@isthmus/protocol";
import { fromTheFuture, unknownFrame } from "@isthmus/protocol/testing";
import { WebSocketServer, type WebSocket } from "ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SessionLanes } from "../src/connection/lanes";
import { runSession, type SessionEnd } from "../src/connection/session";

const gatewayKey = generateLinkKey();
let server: WebSocketServer;

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => serveFromTheFuture(socket));
  await once(server, "listening");
});
afterAll(() => server.close());

/** A gateway of a later version: all it says has fields that the agent does not know, and so has a kind of frame. */
function serveFromTheFuture(socket: WebSocket): void {
  let session = acceptGatewaySession(Date.now());
  const say = (body: GatewayBody): void => {
    const frame = encodeGatewayFrame({ ...body, value: fromTheFuture(body.value) } as GatewayBody);
    if (!frame.ok) throw new Error(frame.error.message);
    socket.send(frame.value);
    socket.send(unknownFrame);
  };
  const step = (input: GatewaySessionInput): void => {
    const identity = { key: gatewayKey, nextKeyIds: [], capabilities: ["thought-transfer", "desired-diff"] };
    const { session: next, outputs } = stepGatewaySession(session, input, {
      nowMs: Date.now(),
      identity,
      nonce: () => randomBytes(32),
    });
    session = next;
    for (const output of outputs) {
      if (output.kind === "send") say(output.body);
      else if (output.kind === "admit") {
        const welcome = create(WelcomeSchema, {
          leaseTerm: 1n,
          heartbeatMs: 60_000,
          maxFrameBytes: 1_000_000,
          evidenceWindow: 4,
        });
        step({ kind: "admitted", welcome });
        say({ case: "desired", value: create(DesiredStateSchema, { revision: 3n, baseRevision: 0n }) });
      }
    }
  };
  socket.on("message", (data: Buffer) => {
    const frame = decodeAgentFrame(data);
    if (frame.ok) step({ kind: "frame", body: frame.value });
  });
}

describe("an agent's session with a gateway of a later version", () => {
  it("opens, takes what it knows of and skips the rest", async () => {
    const key = generateLinkKey();
    const stop = new AbortController();
    const taken: string[] = [];
    const { port } = server.address() as AddressInfo;
    const end: SessionEnd = await runSession({
      target: { url: `ws://127.0.0.1:${port}`, ca: undefined, proxies: { secure: "", plain: "", except: "" } },
      hello: create(HelloSchema, {
        versions: [1],
        capabilities: ["desired-diff"],
        nonce: randomBytes(32),
        publicKey: key.publicKey,
        clusterUid: "uid",
        claim: { case: "credentialId", value: "c" },
      }),
      context: () => ({ nowMs: Date.now(), key, pinnedKeyIds: [gatewayKey.id], grantSecret: new Uint8Array() }),
      spool: () => ({ bytes: 0, batches: 0 }),
      opened: ({ welcome }) => {
        expect(welcome.leaseTerm).toBe(1n);
        const deliver = (body: LaneBody) => {
          taken.push(body.case);
          stop.abort();
        };
        return { begin: () => undefined, pump: () => undefined, idle: true, deliver } as unknown as SessionLanes;
      },
      ticked: () => undefined,
      leaves: () => "",
      roundTrip: () => undefined,
      signal: stop.signal,
    });
    expect(taken).toEqual(["desired"]);
    expect(end.reason.kind).toBe("socket-closed");
  });
});
