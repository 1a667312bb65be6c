import { createClient, type Client } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { FlowCollector, Flows, Statistics } from "./gen/goldmane/goldmane_pb";
import { emptyPlaceholders } from "./placeholders";
import type { MutualTls } from "./tls";
import { undecodedFlowsClient, type UndecodedFlowsClient } from "./undecoded-flows";

const PING_INTERVAL_MS = 20_000;
const PING_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Where a Goldmane listens and how to prove who we are to it. */
export interface GoldmaneClientOptions {
  /** `host:port`, in a cluster `goldmane.calico-system.svc:7443`. */
  readonly address: string;
  /** The name that the server's certificate must carry; the host of `address` where it is left out. */
  readonly serverName?: string;
  readonly tls: MutualTls;
}

/** Goldmane's services over one HTTP/2 connection, which is opened on first use and kept alive by pings. */
export interface GoldmaneClient {
  readonly flows: Client<typeof Flows>;
  readonly undecodedFlows: UndecodedFlowsClient;
  readonly collector: Client<typeof FlowCollector>;
  readonly statistics: Client<typeof Statistics>;
  /** Ends the connection and every call on it. */
  close(): void;
}

/**
 * Makes a client that speaks gRPC over HTTP/2 with mutual TLS; calls fail with a `ConnectError`. Felix's placeholder `-`
 * in names, namespaces and services of flows arrives as "".
 */
export function createGoldmaneClient(options: GoldmaneClientOptions): GoldmaneClient {
  const baseUrl = `https://${options.address}`;
  const sessionManager = new Http2SessionManager(
    baseUrl,
    { pingIntervalMs: PING_INTERVAL_MS, pingTimeoutMs: PING_TIMEOUT_MS },
    {
      ca: options.tls.ca,
      cert: options.tls.cert,
      key: options.tls.key,
      minVersion: "TLSv1.2",
      ...(options.serverName === undefined ? {} : { servername: options.serverName }),
    },
  );
  const common = { baseUrl, sessionManager, readMaxBytes: MAX_MESSAGE_BYTES };
  const transport = createGrpcTransport({ ...common, interceptors: [emptyPlaceholders] });
  return {
    flows: createClient(Flows, transport),
    undecodedFlows: undecodedFlowsClient(createGrpcTransport({ ...common, acceptCompression: [] })),
    collector: createClient(FlowCollector, transport),
    statistics: createClient(Statistics, transport),
    close: () => sessionManager.abort(),
  };
}
