"use client";

import type { FlowDetail } from "@isthmus/flow-store";
import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "../../../client";
import { LinesSkeleton } from "../../../ui";
import { Loaded } from "../../frame";
import { clusterNames, type ClusterNames } from "../model/cluster-names";
import { joinReports, silenceOf, type JoinedFlow, type Silence } from "../model/report";
import { NoTrace, TraceCard } from "./trace";

/** A flow and the other end's report of it. */
export function useFlow(id: string) {
  const trpc = useTRPC();
  return useQuery(trpc.flows.detail.queryOptions({ id }, { staleTime: 60_000 }));
}

const silences: Record<"source" | "dest", Record<Silence, string>> = {
  source: {
    outside: "The caller lies outside every cluster: nobody reports for it.",
    "not-reached": "Nothing came to this end.",
    "not-seen":
      "The caller's end has not reported this traffic: its evidence is missing, or it has no policy to report.",
  },
  dest: {
    outside: "The called end lies outside every cluster: nobody reports for it.",
    "not-reached": "The packets were stopped at the caller and never came here.",
    "not-seen": "The called end has not reported this traffic: its evidence is missing, or nothing reports there.",
  },
};

/** Both reports of a flow, side by side, with the bar where the packets were stopped. */
export function FlowTraces({
  flow,
  other,
  clusters,
}: {
  readonly flow: FlowDetail;
  readonly other: FlowDetail | null;
  readonly clusters: ClusterNames;
}) {
  const source = flow.reporter === "source" ? flow : (other ?? undefined);
  const dest = flow.reporter === "destination" ? flow : (other ?? undefined);
  const [joined] = joinReports([source, dest].filter((each) => each !== undefined));
  const why = (end: "source" | "dest") => (joined === undefined ? "" : silences[end][silenceOf(joined, end)]);
  return (
    <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)_32px_minmax(0,1fr)] items-stretch gap-2 max-lg:grid-cols-1">
      {source === undefined ? (
        <NoTrace why={why("source")} />
      ) : (
        <TraceCard report={source} end="source" clusters={clusters} />
      )}
      <Passage joined={joined} />
      {dest === undefined ? <NoTrace why={why("dest")} /> : <TraceCard report={dest} end="dest" clusters={clusters} />}
    </div>
  );
}

/** The line between the ends: it ends in a bar at the end that stopped the packets. */
function Passage({ joined }: { readonly joined: JoinedFlow | undefined }) {
  const stoppedAt =
    joined?.atSource?.action === "deny" ? "source" : joined?.atDest?.action === "deny" ? "dest" : undefined;
  const known = joined?.atDest !== undefined || stoppedAt !== undefined || joined?.dest.clusterId === null;
  const hue = stoppedAt === undefined ? (known ? "var(--allow)" : "var(--unknown)") : "var(--deny)";
  return (
    <svg
      viewBox="0 0 32 24"
      width="32"
      height="24"
      className="self-center max-lg:hidden"
      fill="none"
      stroke={hue}
      strokeWidth="1.5"
      aria-hidden
    >
      {stoppedAt === "source" ? <path d="M2 12h6M9 3v18" strokeWidth="2" /> : null}
      {stoppedAt === "dest" ? <path d="M2 12h21M24 3v18" strokeWidth="2" /> : null}
      {stoppedAt === undefined ? (
        <path d={known ? "M2 12h26M22 6l6 6-6 6" : "M2 12h28"} strokeDasharray={known ? undefined : "2 3"} />
      ) : null}
    </svg>
  );
}

/** What opens under a row. */
export function ExpandedFlow({ id }: { readonly id: string }) {
  return (
    <Loaded query={useFlow(id)} what="this flow" loading={<LinesSkeleton lines={6} />}>
      {({ flow, other, clusters }) => <FlowTraces flow={flow} other={other} clusters={clusterNames(clusters)} />}
    </Loaded>
  );
}
