"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { usePathname, useSearchParams } from "next/navigation";
import { liveOn, useTRPC } from "../../../client";
import { useView } from "../../frame";
import { answeredFrom } from "../model/answered-from";

/** Evidence over the page's scope and range for what the page shows; all that shows it there shares one question. */
export function useEvidence() {
  const trpc = useTRPC();
  const path = usePathname();
  const q = useSearchParams().get("q") ?? "";
  const { input, range } = useView();
  const rangeMs = range.kind === "absolute" ? range.toMs - range.fromMs : range.durationMs;
  return useQuery(
    trpc.evidence.summary.queryOptions(
      { view: input, answeredFrom: [...answeredFrom({ path, q, rangeMs })] },
      { ...liveOn("evidence", "status", "session"), staleTime: 10_000, placeholderData: keepPreviousData },
    ),
  );
}
