"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { liveOn, useTRPC, whileShown } from "../../../client";
import { formatCount, formatDuration, formatShare, LinesSkeleton, Spinner, useNow, VerdictGlyph } from "../../../ui";
import { EvidenceNote, useEvidence } from "../../evidence";
import { MissingNotice } from "../../examination";
import { FlowsOverTime } from "../../flows";
import { Loaded, NoCluster, Page, PageBody, StatusBar, useLink, useView } from "../../frame";
import { ClusterList } from "./cluster-list";
import { DeniedList } from "./denied-list";
import { Talkers } from "./talkers";

/** What a person opens the day with: who is heard, how much was seen, what is denied, how policies stand. */
export function OverviewPage() {
  const trpc = useTRPC();
  const link = useLink();
  const { input } = useView();
  const state = useQuery(
    trpc.overview.state.queryOptions(
      { view: input },
      { ...liveOn("status", "session", "policy", "desired"), placeholderData: keepPreviousData },
    ),
  );
  const denied = useQuery(
    trpc.overview.denied.queryOptions(
      { view: input },
      { ...liveOn("evidence"), ...whileShown, staleTime: 10_000, placeholderData: keepPreviousData },
    ),
  );
  const nothing = ({ clusters }: { readonly clusters: readonly unknown[] }) =>
    clusters.length === 0 && input.scope === "" ? <NoCluster /> : null;
  return (
    <Page>
      <PageBody>
        <Loaded query={state} what="the overview" loading={<OverviewSkeleton />} empty={nothing}>
          {(data) => (
            <div className="flex min-h-0 flex-1 flex-col max-lg:overflow-auto">
              <MissingNotice needs={["flows", "inventory", "policies"]} />
              <Figures state={data} denied={denied.data?.total} deniedFailed={denied.isError} />
              <FlowsOverTime q="" />
              <div className="flex min-h-0 flex-1 overflow-hidden max-lg:flex-none max-lg:flex-col max-lg:overflow-visible">
                <section
                  aria-labelledby="denied"
                  className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface max-lg:flex-none"
                >
                  <Heading
                    id="denied"
                    trail={<Link href={link(`/flows?q=${encodeURIComponent("action = deny")}`)}>All denied flows</Link>}
                  >
                    Denied, newest first
                  </Heading>
                  <Loaded query={denied} what="the denials" loading={<LinesSkeleton lines={8} />}>
                    {(found) => <DeniedList {...found} />}
                  </Loaded>
                </section>
                <section
                  aria-labelledby="clusters"
                  className="flex min-h-0 w-120 shrink-0 flex-col border-l border-line bg-surface max-lg:w-full max-lg:border-t max-lg:border-l-0"
                >
                  <Heading id="clusters" trail={<Link href={link("/clusters")}>All clusters</Link>}>
                    Clusters
                  </Heading>
                  <ClusterList clusters={data.clusters} />
                  <Talkers />
                </section>
              </div>
            </div>
          )}
        </Loaded>
        <StatusBar>
          <EvidenceNote />
        </StatusBar>
      </PageBody>
    </Page>
  );
}

const OverviewSkeleton = () => (
  <>
    <div className="grid shrink-0 grid-cols-4 border-b border-line max-lg:grid-cols-2">
      {["clusters", "evidence", "denied", "policies"].map((figure) => (
        <LinesSkeleton key={figure} lines={2} />
      ))}
    </div>
    <div className="h-36 shrink-0 border-b border-line" />
    <div className="flex min-h-0 flex-1 bg-surface max-lg:flex-col">
      <LinesSkeleton lines={8} className="flex-1" />
      <LinesSkeleton lines={4} className="w-120 shrink-0 border-l border-line max-lg:w-full" />
    </div>
  </>
);

const Heading = ({
  id,
  children,
  trail,
}: {
  readonly id: string;
  readonly children: string;
  readonly trail: ReactNode;
}) => (
  <div className="flex h-11 shrink-0 items-center justify-between gap-2 border-b border-line px-4">
    <h2 id={id} className="font-semibold">
      {children}
    </h2>
    <span className="text-table">{trail}</span>
  </div>
);

interface FiguresProps {
  readonly state: {
    readonly clusters: readonly {
      readonly name: string;
      readonly status: { readonly kind: string; readonly since?: number };
      readonly policies: {
        readonly placed: number;
        readonly applied: number;
        readonly failed: number;
        readonly drifted: number;
        readonly pending: number;
      };
    }[];
    readonly policies: number;
  };
  readonly denied: number | undefined;
  readonly deniedFailed: boolean;
}

/** The few figures that the page is opened for. */
function Figures({ state, denied, deniedFailed }: FiguresProps) {
  const evidence = useEvidence();
  const now = useNow();
  const heard = state.clusters.filter((cluster) => cluster.status.kind === "connected");
  const silent = state.clusters.find((cluster) => cluster.status.kind === "unknown");
  const placed = sum(state.clusters, "placed");
  const share = evidence.data?.share ?? null;
  const minutes = evidence.data?.clusters.reduce((total, cluster) => total + cluster.missingMinutes, 0) ?? 0;
  const problems = (["failed", "drifted", "pending"] as const)
    .map((key) => [sum(state.clusters, key), key] as const)
    .filter(([count]) => count > 0);
  return (
    <dl className="grid shrink-0 grid-cols-4 border-b border-line bg-bg max-lg:grid-cols-2">
      <Figure value={`${heard.length} of ${state.clusters.length}`} name="clusters heard">
        {silent === undefined ? (
          "every link is up"
        ) : (
          <span className="inline-flex items-center gap-1">
            <VerdictGlyph verdict="unknown" size={12} />
            {silent.name} silent for {formatDuration(now - (silent.status.since ?? now))}
          </span>
        )}
      </Figure>
      <Figure
        value={evidence.data === undefined ? <Spinner /> : share === null ? "unknown" : formatShare(share)}
        name="evidence of this range"
      >
        {minutes === 0
          ? share === null
            ? "nothing was due yet"
            : "nothing missing"
          : `${formatCount(minutes)} ${minutes === 1 ? "minute of a cluster" : "minutes of clusters"} incomplete`}
      </Figure>
      <Figure
        value={denied === undefined ? deniedFailed ? "unknown" : <Spinner /> : formatCount(denied)}
        name={denied === 1 ? "line denied" : "lines denied"}
      >
        of one workload to another, by port
      </Figure>
      <Figure
        value={placed === 0 ? "none" : `${sum(state.clusters, "applied")} of ${placed}`}
        name="policies as approved"
      >
        {problems.length === 0
          ? `${formatCount(state.policies)} written`
          : problems.map(([count, what]) => `${count} ${what}`).join(", ")}
      </Figure>
    </dl>
  );
}

type Counts = FiguresProps["state"]["clusters"][number]["policies"];
const sum = (clusters: FiguresProps["state"]["clusters"], key: keyof Counts) =>
  clusters.reduce((total, each) => total + each.policies[key], 0);

const Figure = ({
  value,
  name,
  children,
}: {
  readonly value: ReactNode;
  readonly name: string;
  readonly children: ReactNode;
}) => (
  <div className="flex min-w-0 flex-col border-line px-4 py-3 not-last:border-r max-lg:nth-2:border-r-0 max-lg:nth-[-n+2]:border-b">
    <dt className="order-2 truncate text-table">{name}</dt>
    <dd className="order-1 text-title font-semibold tracking-[-0.015em]">{value}</dd>
    <dd className="order-3 truncate text-table text-muted">{children}</dd>
  </div>
);
