"use client";

import { Check } from "lucide-react";
import type { ReactNode } from "react";
import {
  absoluteTime,
  ClusterMark,
  cx,
  formatCount,
  formatShare,
  hourMinute,
  ProblemIcon,
  StatusGlyph,
  type Column,
} from "../../../ui";
import { clusterPlace } from "../model/labels";
import type { ClusterLine } from "./use-clusters";

const Second = ({ children, title }: { readonly children: ReactNode; readonly title?: string | undefined }) => (
  <span title={title} className="block truncate text-muted">
    {children}
  </span>
);

function NameCell({ cluster, health }: ClusterLine) {
  const joined = cluster.joinedAt !== null;
  return (
    <span className="flex min-w-0 gap-2">
      {joined ? (
        <ClusterMark
          index={cluster.ordinal}
          className={cx("mt-[3px]", health.unknownSince !== undefined && "opacity-45")}
        />
      ) : (
        <ClusterMark index="outside" className="mt-[3px]" />
      )}
      <span className="min-w-0">
        <span className="block truncate font-mono font-medium">{cluster.name}</span>
        <Second>{clusterPlace(cluster.labels)}</Second>
      </span>
    </span>
  );
}

function HealthCell({ cluster, health }: ClusterLine) {
  const since = health.unknownSince === undefined ? undefined : new Date(health.unknownSince);
  return (
    <>
      <span
        className={cx(
          "flex min-w-0 items-center gap-1.5",
          (health.mark === "problem" || health.mark === "unknown") && "font-semibold",
          health.mark === "pending" && "text-accent",
        )}
      >
        <StatusGlyph status={health.mark} />
        <span className="truncate" title={cluster.problems.map((problem) => problem.detail).join("\n")}>
          {health.title}
        </span>
      </span>
      <Second title={since === undefined ? health.detail : absoluteTime(since)}>
        {since === undefined ? health.detail : `heard last at ${hourMinute(since)}`}
      </Second>
    </>
  );
}

function LinkCell({ cluster, health }: ClusterLine) {
  const { link } = cluster;
  if (link === null) return <span className="text-muted">none yet</span>;
  if (health.unknownSince !== undefined) return <Second title={link.endReason}>no session</Second>;
  return (
    <>
      <span className="block">{link.roundTripMs === null ? "connected" : `${formatCount(link.roundTripMs)} ms`}</span>
      <Second title={absoluteTime(link.connectedAt)}>since {hourMinute(link.connectedAt)}</Second>
    </>
  );
}

const share = (durable: number, expected: number): number | null => (expected === 0 ? null : durable / expected);

function EvidenceCell({ evidence, cluster }: ClusterLine) {
  if (evidence === undefined)
    return <span className="text-muted">{cluster.joinedAt === null ? "not joined" : "unknown"}</span>;
  const seen = share(evidence.durable, evidence.expected);
  const title =
    seen === null
      ? "nothing was expected in this range"
      : `${evidence.durable} of ${evidence.expected} buckets of 15 s; the bar is from 0 to 100 %`;
  return (
    <span title={title} className="block">
      <span className="block">{seen === null ? "none due" : formatShare(seen)}</span>
      <span className="mt-1.5 block h-1 w-14 rounded-full bg-line">
        <span className="block h-1 rounded-full bg-muted" style={{ width: `${(seen ?? 0) * 100}%` }} />
      </span>
    </span>
  );
}

const plain = (version: string): string => version.replace(/^v/, "");

function VersionCell({ cluster }: ClusterLine) {
  if (cluster.facts === null) return null;
  return (
    <span className="font-mono">
      <span className="block truncate" title={cluster.facts.kubernetesVersion}>
        {plain(cluster.facts.kubernetesVersion)}
      </span>
      <Second>{plain(cluster.facts.calicoVersion) || "no Calico"}</Second>
    </span>
  );
}

const AgentCell = ({ cluster }: ClusterLine) => <span className="font-mono">{cluster.agentVersion}</span>;

function SizeCell({ cluster }: ClusterLine) {
  const { nodes, workloads } = cluster.size;
  if (nodes === 0 && workloads === 0) return null;
  return (
    <>
      {formatCount(nodes)} {nodes === 1 ? "node" : "nodes"}
      <Second>{formatCount(workloads)} workloads</Second>
    </>
  );
}

function PolicyCell({ cluster, health }: ClusterLine) {
  const { placed, applied, failed, drifted, pending } = cluster.policies;
  if (cluster.readOnly) return <span className="text-muted">not written</span>;
  if (placed === 0) return <span className="text-muted">none placed</span>;
  if (health.unknownSince !== undefined) {
    return (
      <span className="flex items-center gap-1 text-muted">
        <StatusGlyph status="unknown" /> was {applied}/{placed}
      </span>
    );
  }
  const wrong = [
    failed > 0 ? `${failed} failed` : "",
    drifted > 0 ? `${drifted} drifted` : "",
    pending > 0 ? `${pending} pending` : "",
  ].filter(Boolean);
  return (
    <>
      <span className={cx("flex items-center gap-1", failed + drifted > 0 && "font-semibold")}>
        {failed + drifted > 0 ? (
          <ProblemIcon />
        ) : pending > 0 ? (
          <StatusGlyph status="pending" />
        ) : (
          <Check size={12} className="text-muted" aria-hidden />
        )}
        {applied} of {placed}
      </span>
      {wrong.length > 0 ? <Second>{wrong.join(", ")}</Second> : null}
    </>
  );
}

/** The columns of the list of clusters; first lines share a baseline, second lines are muted. `wide` is without a panel beside. */
export function clusterColumns(rangeWords: string, wide: boolean): readonly Column<ClusterLine>[] {
  const width = (narrow: number, more: number): number => (wide ? more : narrow);
  return [
    { id: "name", title: "Cluster", width: width(144, 188), cell: NameCell, copy: ({ cluster }) => cluster.name },
    { id: "health", title: "Health", cell: HealthCell },
    { id: "link", title: "Link", width: width(96, 128), cell: LinkCell },
    { id: "evidence", title: `Evidence, ${rangeWords}`, width: width(124, 152), cell: EvidenceCell },
    { id: "versions", title: "K8s, Calico", width: width(88, 116), cell: VersionCell },
    { id: "agent", title: "Agent", width: width(64, 92), cell: AgentCell },
    { id: "size", title: "Size", width: width(104, 132), align: "right", cell: SizeCell },
    { id: "policies", title: "Policies", width: width(116, 172), cell: PolicyCell },
  ];
}
