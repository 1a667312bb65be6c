"use client";

import type { FlowSummary } from "@isthmus/flow-store";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { liveOn, useTRPC, useTRPCClient, whileShown } from "../../../client";
import type { ViewInput } from "../../../view";
import { clusterNames } from "../model/cluster-names";
import { joinReports, mergeReports } from "../model/report";

/** What a browser keeps of a long-followed table. */
const rowsKept = 5_000;

interface Followed {
  readonly key: string;
  readonly cursor: string;
  readonly flows: readonly FlowSummary[];
  readonly otherEnds: readonly FlowSummary[];
  readonly fromMs: number;
  readonly skipped: boolean;
}

/** The table's rows: pages towards the past, and what is stored from now on put above them, each once. */
export function useFlowRows(view: ViewInput, q: string, live: boolean) {
  const trpc = useTRPC();
  const pages = useInfiniteQuery(
    trpc.flows.page.infiniteQueryOptions(
      { view, q },
      {
        getNextPageParam: (page) => page.next,
        ...whileShown,
        staleTime: Infinity,
        refetchOnMount: "always",
        refetchOnWindowFocus: false,
        retry: false,
        placeholderData: keepPreviousData,
      },
    ),
  );
  const followed = useFollowed({
    view,
    q,
    live,
    begin: pages.isPlaceholderData ? undefined : pages.data?.pages[0]?.tail,
  });
  const rows = useMemo(() => {
    const loaded = pages.data?.pages ?? [];
    const fromMs = followed?.fromMs ?? loaded[0]?.fromMs ?? 0;
    const older = loaded.flatMap((page) => [...page.flows, ...page.otherEnds]);
    const newer = followed === undefined ? [] : [...followed.flows, ...followed.otherEnds];
    return joinReports(mergeReports(older, newer, { fromMs, limit: rowsKept }));
  }, [pages.data, followed]);
  const clusters = useMemo(() => clusterNames(pages.data?.pages[0]?.clusters ?? []), [pages.data]);
  return { rows, clusters, pages, skipped: followed?.skipped ?? false };
}

interface FollowInput {
  readonly view: ViewInput;
  readonly q: string;
  readonly live: boolean;
  readonly begin: string | null | undefined;
}

/** Asks for what was stored since the last time whenever evidence is announced. */
function useFollowed({ view, q, live, begin }: FollowInput): Followed | undefined {
  // Another question, or the same asked anew, begins anew.
  const key = JSON.stringify([view, q, begin]);
  const client = useTRPCClient();
  const [followed, setFollowed] = useState<Followed>();
  const latest = useRef<Followed>(undefined);
  useQuery({
    queryKey: ["flows", "since", key],
    enabled: live && typeof begin === "string",
    ...liveOn("evidence"),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: true,
    queryFn: async () => {
      const before = latest.current;
      const cursor = before?.key === key ? before.cursor : (begin ?? "");
      const more = await client.flows.since.query({ view, q, cursor });
      const kept = before?.key === key ? before : undefined;
      const next: Followed = {
        key,
        cursor: more.cursor,
        flows: mergeReports(kept?.flows ?? [], more.flows, { fromMs: more.fromMs, limit: rowsKept }),
        otherEnds: mergeReports(kept?.otherEnds ?? [], more.otherEnds, { fromMs: more.fromMs, limit: rowsKept }),
        fromMs: more.fromMs,
        skipped: more.skipped || (kept?.skipped ?? false),
      };
      latest.current = next;
      setFollowed(next);
      return more.cursor;
    },
  });
  return followed?.key === key ? followed : undefined;
}
