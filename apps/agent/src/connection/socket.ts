import { WebSocket } from "ws";
import { MAX_GATEWAY_FRAME_BYTES } from "@isthmus/protocol";

/** A connection to a gateway that carries frames. */
export interface LinkSocket {
  send(bytes: Uint8Array): void;
  /** Bytes that were sent and have not left yet. */
  unsentBytes(): number;
  close(): void;
}

/** What happens on a connection; `closed` comes once and last. */
export interface LinkEvents {
  opened(): void;
  received(bytes: Uint8Array): void;
  closed(reason: string): void;
}

/** Where to dial. */
export interface DialTarget {
  readonly url: string;
  /** PEM; the system's authorities where it is left out. */
  readonly ca: string | undefined;
}

const DIAL_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 3_000;
/** Where gateways listen for agents. */
const AGENT_PATH = "/v1/agent";

/** Dials a gateway. */
export function dial(target: DialTarget, events: LinkEvents): LinkSocket {
  const socket = new WebSocket(agentAddress(target.url), {
    perMessageDeflate: false,
    maxPayload: MAX_GATEWAY_FRAME_BYTES,
    handshakeTimeout: DIAL_TIMEOUT_MS,
    ...(target.ca === undefined ? {} : { ca: target.ca }),
  });
  socket.binaryType = "nodebuffer";
  let problem = "";
  let closed = false;
  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    events.closed(problem || reason);
  };
  socket.on("open", () => events.opened());
  socket.on("message", (data: Buffer) => events.received(data));
  socket.on("error", (error) => {
    problem = error.message;
  });
  socket.on("close", (code, reason) => end(`closed with ${code} ${reason.toString("utf8")}`.trim()));
  return {
    send: (bytes) => socket.send(bytes),
    unsentBytes: () => socket.bufferedAmount,
    close: () => {
      socket.close();
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    },
  };
}

/** The address that is dialled for a gateway's URL: agents' own path where it names none. */
export function agentAddress(url: string): URL {
  const address = new URL(url);
  if (address.pathname === "/") address.pathname = AGENT_PATH;
  return address;
}
