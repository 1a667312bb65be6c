"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";

type Outputs = inferRouterOutputs<AppRouter>["organisations"];
export type Organisation = Outputs["current"];
export type ListedOrganisation = Outputs["list"][number];

/** The organisation that this page shows. */
export function useOrganisation() {
  const trpc = useTRPC();
  return useQuery(trpc.organisations.current.queryOptions(undefined, { staleTime: 30_000, ...liveOn("access") }));
}
