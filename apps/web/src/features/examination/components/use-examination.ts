"use client";

import { useQuery } from "@tanstack/react-query";
import { liveOn, useTRPC } from "../../../client";

/** A cluster's newest examination; the tab and its section share one question. */
export function useExamination(clusterId: string) {
  const trpc = useTRPC();
  return useQuery(
    trpc.examination.get.queryOptions({ clusterId }, { ...liveOn("examination", "session"), refetchInterval: 30_000 }),
  );
}
