import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { WebSocket, type ClientOptions } from "ws";
import { MAX_GATEWAY_FRAME_BYTES } from "@isthmus/protocol";
import { proxyFor, proxyText, type ProxySettings } from "./proxy";

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
  readonly proxies: ProxySettings;
}

const DIAL_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 3_000;
/** Where gateways listen for agents. */
const AGENT_PATH = "/v1/agent";

/** Dials a gateway. */
export function dial(target: DialTarget, events: LinkEvents): LinkSocket {
  const address = agentAddress(target.url);
  const proxy = proxyFor(address, target.proxies);
  const giveUp = new AbortController();
  const socket = new WebSocket(address, {
    perMessageDeflate: false,
    maxPayload: MAX_GATEWAY_FRAME_BYTES,
    handshakeTimeout: DIAL_TIMEOUT_MS,
    ...(target.ca === undefined ? {} : { ca: target.ca }),
    ...(proxy === undefined ? {} : tunnelled(address, proxy, giveUp.signal)),
  });
  // A proxy that never answers is not covered by the handshake's own time limit, which begins with the gateway.
  const dialling = setTimeout(() => {
    problem = `no answer within ${DIAL_TIMEOUT_MS / 1_000} s`;
    giveUp.abort();
    socket.terminate();
  }, 1.5 * DIAL_TIMEOUT_MS);
  socket.binaryType = "nodebuffer";
  let problem = "";
  let closed = false;
  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    clearTimeout(dialling);
    const through = proxy === undefined ? "" : ` (through the proxy ${proxyText(proxy)})`;
    events.closed((problem || reason) + through);
  };
  socket.on("open", () => {
    clearTimeout(dialling);
    events.opened();
  });
  socket.on("message", (data: Buffer) => events.received(data));
  socket.on("error", (error) => {
    problem ||= error.message;
  });
  socket.on("close", (code, reason) => end(`closed with ${code} ${reason.toString("utf8")}`.trim()));
  return {
    send: (bytes) => socket.send(bytes),
    unsentBytes: () => socket.bufferedAmount,
    close: () => {
      if (socket.readyState === socket.CONNECTING) giveUp.abort();
      socket.close();
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    },
  };
}

/** Through a proxy. Who answers is checked against the gateway's address, which Node does not see behind a tunnel. */
function tunnelled(address: URL, proxy: URL, signal: AbortSignal): ClientOptions {
  const host = address.hostname.replaceAll(/^\[|\]$/gu, "");
  const identity: Pick<ConnectionOptions, "checkServerIdentity"> = {
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  };
  // INVARIANT: ws hands its options on to Node's TLS; its own types of this one are another's.
  return { ...(identity as object), agent: new HttpsProxyAgent(proxy, { signal }) };
}

/** The address that is dialled for a gateway's URL: agents' own path where it names none. */
export function agentAddress(url: string): URL {
  const address = new URL(url);
  if (address.pathname === "/") address.pathname = AGENT_PATH;
  return address;
}
