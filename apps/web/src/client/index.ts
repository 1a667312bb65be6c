export { wireErrorOf } from "./errors";
export { invalidateTopics, liveOn } from "./live";
export { Providers } from "./providers";
export { useTRPC, useTRPCClient, whileShown } from "./trpc";
