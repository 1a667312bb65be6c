"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";

export type Token = inferRouterOutputs<AppRouter>["tokens"]["list"][number];

/** The person's own tokens, or everybody's. */
export function useTokens(whose: "own" | "all") {
  const trpc = useTRPC();
  return useQuery(trpc.tokens.list.queryOptions({ whose }, { refetchInterval: 30_000 }));
}
