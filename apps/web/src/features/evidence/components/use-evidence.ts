"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { liveOn, useTRPC } from "../../../client";
import { useView } from "../../frame";

/** Evidence over the page's scope and range; every page that shows it shares one question. */
export function useEvidence() {
  const trpc = useTRPC();
  const { input } = useView();
  return useQuery(
    trpc.evidence.summary.queryOptions(
      { view: input },
      { ...liveOn("evidence", "status", "session"), staleTime: 10_000, placeholderData: keepPreviousData },
    ),
  );
}
