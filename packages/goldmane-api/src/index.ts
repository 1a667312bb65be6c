export { createGoldmaneClient, type GoldmaneClient, type GoldmaneClientOptions } from "./client";
export { createGoldmaneServer, type GoldmaneServer, type GoldmaneServerOptions } from "./server";
export type { MutualTls } from "./tls";
export * from "./gen/goldmane/goldmane_pb";
