"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";

export type Provider = inferRouterOutputs<AppRouter>["providers"]["list"]["providers"][number];

/** The organisation's identity providers, and the redirect URI to register with each. */
export function useProviders() {
  const trpc = useTRPC();
  return useQuery(trpc.providers.list.queryOptions(undefined, liveOn("access")));
}
