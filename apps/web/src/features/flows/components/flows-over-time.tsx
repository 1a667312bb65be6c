"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { liveOn, useTRPC, whileShown } from "../../../client";
import { useEvidence } from "../../evidence";
import { Loaded, useView } from "../../frame";
import { joinIntervals } from "../model/histogram";
import { Histogram } from "./histogram";

/** Flow records over the page's range by verdict, narrowed by a filter; shared by every page that shows it. */
export function useFlowsOverTime(q: string) {
  const trpc = useTRPC();
  const { input } = useView();
  return useQuery(
    trpc.flows.histogram.queryOptions(
      { view: input, q },
      { ...liveOn("evidence"), ...whileShown, staleTime: 10_000, placeholderData: keepPreviousData },
    ),
  );
}

/** The histogram of a page, with what is missing drawn in; dragging narrows the time range of all pages. */
export function FlowsOverTime({ q }: { readonly q: string }) {
  const view = useView();
  const evidence = useEvidence();
  const missing = joinIntervals((evidence.data?.clusters ?? []).flatMap((cluster) => cluster.missing));
  return (
    <Loaded
      query={useFlowsOverTime(q)}
      what="the flows over time"
      look="part"
      className="h-44 flex-none! border-b border-line"
      loading={null}
    >
      {(data) => (
        <Histogram
          {...data}
          missing={missing}
          onBrush={(range) => view.set({ range: { kind: "absolute", ...range }, live: false })}
        />
      )}
    </Loaded>
  );
}
