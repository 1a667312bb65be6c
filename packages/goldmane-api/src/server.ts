import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { FlowCollector, Flows, Statistics } from "./gen/goldmane/goldmane_pb";
import type { MutualTls } from "./tls";

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** What a Goldmane serves; a method that is left out answers Unimplemented. */
export interface GoldmaneServerOptions {
  readonly tls: MutualTls;
  readonly flows: Partial<ServiceImpl<typeof Flows>>;
  readonly collector?: Partial<ServiceImpl<typeof FlowCollector>>;
  readonly statistics?: Partial<ServiceImpl<typeof Statistics>>;
}

/** A Goldmane server that is not yet listening. */
export interface GoldmaneServer {
  /** Listens and answers with the port, which is a free one when 0 was asked for. */
  listen(at: { readonly host: string; readonly port: number }): Promise<number>;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/** Makes a gRPC server that requires a client certificate of `tls.ca`, as Goldmane does. */
export function createGoldmaneServer(options: GoldmaneServerOptions): GoldmaneServer {
  const handler = connectNodeAdapter({
    connect: false,
    grpcWeb: false,
    readMaxBytes: MAX_MESSAGE_BYTES,
    routes: (router) => {
      router.service(Flows, options.flows);
      router.service(FlowCollector, options.collector ?? {});
      router.service(Statistics, options.statistics ?? {});
    },
  });
  const server = createSecureServer(
    { ...options.tls, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    handler,
  );
  // An error of a session that nobody listens for would end the process.
  server.on("session", (session) => session.on("error", () => session.destroy()));
  const sockets = trackSockets(server);
  return {
    listen: (at) => listen(server, at),
    close: () => close(server, sockets),
  };
}

/** Also those of clients that have not shaken hands yet, and may never: a server does not end before them. */
function trackSockets(server: Http2SecureServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Http2SecureServer, at: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => {
      server.off("error", reject);
      // INVARIANT: a server that listens on TCP has an AddressInfo for its address.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Http2SecureServer, sockets: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    for (const socket of sockets) socket.destroy();
  });
}
