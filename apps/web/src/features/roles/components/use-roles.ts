"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";

type Outputs = inferRouterOutputs<AppRouter>["roles"];
export type Role = Outputs["list"][number];
export type Binding = Outputs["bindings"][number];

/** The built-in roles and the organisation's own. */
export function useRoles() {
  const trpc = useTRPC();
  return useQuery(trpc.roles.list.queryOptions(undefined, liveOn("access")));
}

/** Who holds which role where. */
export function useBindings() {
  const trpc = useTRPC();
  return useQuery(trpc.roles.bindings.queryOptions(undefined, liveOn("access")));
}
