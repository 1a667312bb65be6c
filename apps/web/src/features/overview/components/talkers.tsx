"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { liveOn, useTRPC, whileShown } from "../../../client";
import { ClusterMark, EmptyState, formatBytes, LinesSkeleton, middleEllipsis, Select, shortCount } from "../../../ui";
import { hiddenKind } from "../../flows";
import { Loaded, useLink, useSetParams, useView } from "../../frame";
import {
  filterFor,
  groupings,
  measures,
  printTalkers,
  readTalkers,
  sides,
  talkersOf,
  type Talker,
  type TalkersChoice,
} from "../model/talkers";

type Clusters = readonly { readonly id: string; readonly name: string; readonly ordinal: number }[];

/** Who is called, or calls, the most in the page's scope and range. */
export function Talkers() {
  const trpc = useTRPC();
  const { input } = useView();
  const setParams = useSetParams();
  const choice = readTalkers(useSearchParams().get("talkers"));
  const choose = (change: Partial<TalkersChoice>) => setParams({ talkers: printTalkers({ ...choice, ...change }) });
  const query = useQuery(
    trpc.overview.talkers.queryOptions(
      { view: input, ...choice },
      {
        ...liveOn("evidence"),
        staleTime: 10_000,
        placeholderData: keepPreviousData,
        ...whileShown,
      },
    ),
  );
  return (
    <section aria-labelledby="talkers" className="flex shrink-0 flex-col border-t border-line">
      <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-2 border-b border-line px-4 py-1">
        <h2 id="talkers" className="mr-auto font-semibold">
          Top talkers
        </h2>
        <Select label="end" value={choice.side} options={sides} onChange={(side) => choose({ side })} />
        <Select label="of" value={choice.by} options={groupings} onChange={(by) => choose({ by })} />
        <Select label="by" value={choice.measure} options={measures} onChange={(measure) => choose({ measure })} />
      </div>
      <Loaded query={query} what="the top talkers" look="part" loading={<LinesSkeleton lines={6} />}>
        {({ groups, clusters }) => <Lines talkers={talkersOf(groups, choice)} choice={choice} clusters={clusters} />}
      </Loaded>
    </section>
  );
}

interface LinesProps {
  readonly talkers: readonly Talker[];
  readonly choice: TalkersChoice;
  readonly clusters: Clusters;
}

function Lines({ talkers, choice, clusters }: LinesProps) {
  const link = useLink();
  const most = Math.max(1, ...talkers.map(({ value }) => value));
  if (talkers.length === 0) {
    return (
      <EmptyState title={choice.measure === "denied" ? "Nothing was denied in this range" : "No traffic in this range"}>
        As far as the evidence of this range reaches.
      </EmptyState>
    );
  }
  return (
    <ol className="flex flex-col py-1">
      {talkers.map((talker) => {
        const filter = filterFor(talker, choice);
        const line = (
          <>
            <Name talker={talker} choice={choice} clusters={clusters} />
            <span className="text-right tabular-nums">
              {choice.measure === "bytes" ? formatBytes(talker.value) : shortCount(talker.value)}
            </span>
            <span aria-hidden className="h-1.5 self-center rounded-sm bg-wash">
              <span
                className="block h-full rounded-sm bg-accent"
                style={{ width: `max(2px, ${(talker.value / most) * 100}%)` }}
              />
            </span>
          </>
        );
        const look = "grid h-7 grid-cols-[minmax(0,1fr)_5.5rem_5rem] items-center gap-3 px-4 text-table text-text";
        return (
          <li key={talker.key}>
            {filter === undefined ? (
              <div className={look}>{line}</div>
            ) : (
              <Link href={link(`/flows?q=${encodeURIComponent(filter)}`)} className={`${look} hover:bg-wash`}>
                {line}
              </Link>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function Name({
  talker: { end },
  choice,
  clusters,
}: { readonly talker: Talker } & Pick<LinesProps, "choice" | "clusters">) {
  const cluster = clusters.find(({ id }) => id === end.clusterId);
  const where = cluster?.name ?? (end.clusterId === null ? "outside every cluster" : "a cluster that is gone");
  if (end.kind === hiddenKind) return <span className="truncate text-muted">outside your scope</span>;
  const quiet = choice.by === "workload" && end.namespace !== "" ? `${end.namespace}/` : "";
  const name = {
    workload: networkNames[end.name] ?? end.name,
    namespace: end.namespace || "no namespace",
    cluster: where,
  };
  return (
    <span
      className="inline-flex min-w-0 items-center gap-1.5"
      title={`${end.kind} ${quiet}${name[choice.by]}, ${where}`}
    >
      <ClusterMark index={cluster?.ordinal ?? "outside"} />
      <span className="truncate font-mono">
        <Quiet>{quiet}</Quiet>
        {middleEllipsis(name[choice.by], 32)}
      </span>
      <span className="sr-only">{where}</span>
    </span>
  );
}

const networkNames: Readonly<Record<string, string>> = { pub: "public network", pvt: "private network" };

const Quiet = ({ children }: { readonly children: ReactNode }) => <span className="text-muted">{children}</span>;
