import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { AgentConnection, AgentSocket } from "../sessions/agent-connection";

/** What a gateway answers over HTTP. */
export interface HttpHandlers {
  /** Undefined where this process holds no sessions. */
  readonly accept: ((socket: AgentSocket) => AgentConnection) | undefined;
  /** Why it is not ready; undefined when it is. */
  readonly notReady: () => Promise<string | undefined>;
  readonly metrics: () => Promise<string>;
  readonly maxFrameBytes: number;
  /** Sockets at once, those included that were refused and are not gone yet; more are not taken at all. */
  readonly maxSockets: number;
}

/** A listening server. */
export interface HttpServer {
  readonly port: number;
  /** Ends the remaining sockets and stops listening. */
  close(): Promise<void>;
}

/** The path that agents dial. */
export const AGENT_PATH = "/v1/agent";

/** What an agent may send before it has proved itself: two frames of 16 KiB, and what frames and pings add. */
const UNPROVEN_BYTES = 40 * 1024;

/** Bytes that may wait unsent for one agent before its connection is given up. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** A request is a line and some headers: whoever has not sent them by then sends nothing that is waited for. */
const REQUEST_MS = 10_000;
const LOOK_FOR_SLOW_REQUESTS_MS = 2_000;

/** Listens for agents' WebSockets and for `/healthz`, `/readyz` and `/metrics`. */
export async function startHttpServer(
  listen: { readonly host: string; readonly port: number },
  handlers: HttpHandlers,
): Promise<HttpServer> {
  const slow = { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS };
  const limits = { ...slow, connectionsCheckingInterval: LOOK_FOR_SLOW_REQUESTS_MS };
  const server = createServer(limits, (request, response) => {
    void answer(request.url ?? "/", handlers).then(({ status, type, body }) => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
    });
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: handlers.maxFrameBytes, perMessageDeflate: false });
  server.on("upgrade", (request, socket: Socket, head) => {
    const path = (request.url ?? "").split("?")[0];
    const { accept } = handlers;
    if (path !== AGENT_PATH || accept === undefined) return refuseUpgrade(socket, "404 Not Found");
    if (sockets.clients.size >= handlers.maxSockets) return refuseUpgrade(socket, "503 Service Unavailable");
    sockets.handleUpgrade(request, socket, head, (webSocket) => attach(webSocket, socket, accept));
  });
  const port = await listenOn(server, listen);
  return {
    port,
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answer(url: string, handlers: HttpHandlers): Promise<Answer> {
  const text = (status: number, body: string): Answer => ({
    status,
    type: "text/plain; charset=utf-8",
    body: `${body}\n`,
  });
  switch (url.split("?")[0]) {
    case "/healthz":
      return text(200, "ok");
    case "/readyz": {
      const reason = await handlers.notReady();
      return reason === undefined ? text(200, "ready") : text(503, reason);
    }
    case "/metrics":
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: await handlers.metrics() };
    default:
      return text(404, "not found: agents dial /v1/agent");
  }
}

function refuseUpgrade(socket: Socket, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function attach(webSocket: WebSocket, socket: Socket, accept: (socket: AgentSocket) => AgentConnection): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 15_000);
  const proven = boundUntilProven(socket);
  const connection = accept(agentSocket(webSocket, { remoteAddress: socket.remoteAddress ?? "", proven }));
  webSocket.on("message", (data: Buffer | ArrayBuffer | Buffer[], isBinary) => {
    if (!isBinary) return connection.refuse("frame-invalid", "frames are binary");
    connection.receive(bytesOf(data));
  });
  webSocket.on("close", () => connection.socketClosed());
  webSocket.on("error", () => webSocket.terminate());
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/**
 * Ends a connection that sends more than a handshake takes. The limit of a message cannot be changed on an open WebSocket,
 * and it gathers a whole message before it tells of it: so bytes are counted as they come. Returns what ends the counting.
 */
function boundUntilProven(socket: Socket): () => void {
  let bytes = 0;
  const count = (data: Buffer): void => {
    bytes += data.length;
    if (bytes > UNPROVEN_BYTES) socket.destroy();
  };
  socket.on("data", count);
  return () => socket.off("data", count);
}

function agentSocket(webSocket: WebSocket, parts: Pick<AgentSocket, "remoteAddress" | "proven">): AgentSocket {
  return {
    ...parts,
    send: (bytes) => {
      if (webSocket.readyState !== webSocket.OPEN) return;
      if (webSocket.bufferedAmount > MAX_UNSENT_BYTES) return webSocket.terminate();
      webSocket.send(bytes);
    },
    setPaused: (paused) => {
      if (webSocket.readyState !== webSocket.OPEN) return;
      if (paused) webSocket.pause();
      else webSocket.resume();
    },
    close: (reason) => webSocket.close(1000, reason.slice(0, 100)),
  };
}

function listenOn(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
