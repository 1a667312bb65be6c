/** What callers need of the gRPC and protobuf runtimes, so that one package chooses their versions. */
export { create } from "@bufbuild/protobuf";
export { Code, ConnectError } from "@connectrpc/connect";
export { createGoldmaneClient, type GoldmaneClient, type GoldmaneClientOptions } from "./client";
export { NOT_INCLUDED } from "./placeholders";
export { createGoldmaneServer, type GoldmaneServer, type GoldmaneServerOptions } from "./server";
export { decodeFlowKey, decodeLabels, splitFlow, type SplitFlow } from "./split-flow";
export type { MutualTls } from "./tls";
export type { FlowPage, UndecodedFlowsClient } from "./undecoded-flows";
export * from "./gen/goldmane/goldmane_pb";
