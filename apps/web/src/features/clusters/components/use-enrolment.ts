"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";

export type EnrolmentOverview = inferRouterOutputs<AppRouter>["clusters"]["enrolment"];
export type RedemptionLine = EnrolmentOverview["redemptions"][number];
export type FleetGrantLine = EnrolmentOverview["grants"][number];
export type SigningKeyLine = EnrolmentOverview["keys"][number];

/** Redemptions, grants for fleets and signing keys. */
export function useEnrolment() {
  const trpc = useTRPC();
  return useQuery(
    trpc.clusters.enrolment.queryOptions(undefined, { ...liveOn("session", "audit"), refetchInterval: 15_000 }),
  );
}
