"use client";

import { useRouter } from "next/navigation";
import { ClusterMark, formatDuration, StatusMark, Table, useNow, type Column, type Status } from "../../../ui";
import { useLink } from "../../frame";

interface ClusterLine {
  readonly id: string;
  readonly name: string;
  readonly ordinal: number;
  readonly region: string;
  readonly status: {
    readonly kind: "waiting" | "connecting" | "first-sync" | "connected" | "unknown" | "revoked";
    readonly since?: number;
  };
  readonly policies: {
    readonly placed: number;
    readonly applied: number;
    readonly pending: number;
    readonly failed: number;
    readonly drifted: number;
  };
}

const marks: Record<ClusterLine["status"]["kind"], Status> = {
  waiting: "none",
  connecting: "pending",
  "first-sync": "pending",
  connected: "good",
  unknown: "unknown",
  revoked: "locked",
};

/** Clusters with their link and how their policies stand. An unknown one shows what was, and since when. */
export function ClusterList({ clusters }: { readonly clusters: readonly ClusterLine[] }) {
  const router = useRouter();
  const link = useLink();
  const now = useNow();
  const columns: readonly Column<ClusterLine>[] = [
    {
      id: "name",
      title: "Cluster",
      cell: (cluster) => (
        <span className="inline-flex items-center gap-1.5 align-middle">
          <ClusterMark index={cluster.ordinal} />
          <span className="font-mono">{cluster.name}</span>
          <span className="truncate text-muted">{cluster.region}</span>
        </span>
      ),
    },
    {
      id: "status",
      title: "Link",
      width: 152,
      cell: (cluster) => <StatusMark status={marks[cluster.status.kind]}>{words(cluster, now)}</StatusMark>,
    },
    { id: "policies", title: "Policies", width: 128, cell: (cluster) => <Policies cluster={cluster} /> },
  ];
  return (
    <Table
      label="Clusters"
      columns={columns}
      rows={clusters}
      rowKey={(cluster) => cluster.id}
      onSelect={(cluster) => router.push(link(`/clusters/${encodeURIComponent(cluster.name)}`))}
      rowClass={(cluster) => (cluster.status.kind === "unknown" ? "text-muted" : undefined)}
      minWidth={420}
    />
  );
}

function words({ status }: ClusterLine, now: number): string {
  switch (status.kind) {
    case "waiting":
      return "waits for its agent";
    case "connecting":
      return "connecting";
    case "first-sync":
      return "first sync";
    case "connected":
      return "connected";
    case "revoked":
      return "revoked";
    case "unknown":
      return `unknown, ${formatDuration(now - (status.since ?? now))}`;
  }
}

function Policies({ cluster: { policies, status } }: { readonly cluster: ClusterLine }) {
  if (policies.placed === 0) return <span className="text-muted">none placed</span>;
  const shown = `${policies.applied} of ${policies.placed}`;
  if (status.kind === "unknown") return <StatusMark status="unknown">was {shown}</StatusMark>;
  const wrong = policies.failed + policies.drifted;
  return <StatusMark status={wrong > 0 ? "problem" : policies.pending > 0 ? "pending" : "good"}>{shown}</StatusMark>;
}
