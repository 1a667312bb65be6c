import type { inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "../../../server/router";

/** The person's ways to sign in with a provider, and what is asked before they change. */
export type Connections = inferRouterOutputs<AppRouter>["account"]["connections"];

/** One of them. */
export type Connection = Connections["providers"][number];
