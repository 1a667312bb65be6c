"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";

type Outputs = inferRouterOutputs<AppRouter>["members"];
export type Member = Outputs["list"]["members"][number];
export type Invitation = Outputs["list"]["invitations"][number];

/** Who belongs to the organisation, and who is invited. */
export function useMembers() {
  const trpc = useTRPC();
  return useQuery(trpc.members.list.queryOptions(undefined, liveOn("access", "session")));
}
