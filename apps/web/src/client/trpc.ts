"use client";

import { createTRPCContext } from "@trpc/tanstack-react-query";
import type { AppRouter } from "../server/router";

/** Typed access to the API: `const trpc = useTRPC(); useQuery(trpc.flows.page.queryOptions(input))`. */
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

/** For questions that cost the evidence store much: one that no page waits for any more is taken back. */
export const whileShown = { trpc: { abortOnUnmount: true } } as const;
