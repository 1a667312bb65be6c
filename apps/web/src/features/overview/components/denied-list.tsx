"use client";

import { useRouter } from "next/navigation";
import {
  ClusterMark,
  EmptyState,
  formatCount,
  middleEllipsis,
  RelativeTime,
  Table,
  VerdictMark,
  type Column,
} from "../../../ui";
import { useLink } from "../../frame";
import type { DeniedEdge } from "../model/denied";

export interface DeniedListProps {
  readonly shown: readonly DeniedEdge[];
  readonly total: number;
  /** How many edges were seen at all. */
  readonly edges: number;
  readonly clusters: readonly { readonly id: string; readonly name: string; readonly ordinal: number }[];
}

/** The newest denied edges; opening one shows its flows. */
export function DeniedList({ shown, total, edges, clusters }: DeniedListProps) {
  const router = useRouter();
  const link = useLink();
  const columns: readonly Column<DeniedEdge>[] = [
    { id: "source", title: "From", cell: (edge) => <End end={edge.source} clusters={clusters} /> },
    { id: "dest", title: "To", cell: (edge) => <End end={edge.dest} clusters={clusters} /> },
    {
      id: "port",
      title: "Port",
      width: 92,
      cell: (edge) => <span className="font-mono">{`${edge.protocol.toUpperCase()} ${edge.port}`}</span>,
    },
    {
      id: "verdict",
      title: "Verdict",
      width: 168,
      cell: (edge) => <VerdictMark verdict="deny">denied by {edge.deniedAt}</VerdictMark>,
    },
    { id: "policy", title: "By", width: 160, cell: (edge) => <span className="font-mono">{edge.policy ?? ""}</span> },
    { id: "count", title: "Attempts", width: 84, align: "right", cell: (edge) => formatCount(edge.denied) },
    {
      id: "seen",
      title: "Last seen",
      width: 96,
      align: "right",
      cell: (edge) => <RelativeTime at={edge.lastSeenMs} />,
    },
  ];
  return (
    <>
      <Table
        label="Denied edges"
        columns={columns}
        rows={shown}
        rowKey={(edge) => edge.key}
        minWidth={900}
        onSelect={(edge) =>
          router.push(
            link(
              `/flows?q=${encodeURIComponent(`action = deny and source.workload = ${edge.source.name} and dest.workload = ${edge.dest.name} and port = ${edge.port}`)}`,
            ),
          )
        }
        empty={
          <EmptyState title={edges === 0 ? "No traffic was seen in this range" : "Nothing was denied in this range"}>
            {edges === 0
              ? "Flows arrive about 45 s after they happen."
              : `${formatCount(edges)} lines between workloads were seen, as far as the evidence reaches.`}
          </EmptyState>
        }
      />
      {total > shown.length ? (
        <p className="border-t border-line px-4 py-1.5 text-table text-muted">
          and {formatCount(total - shown.length)} more
        </p>
      ) : null}
    </>
  );
}

function End({
  end,
  clusters,
}: {
  readonly end: DeniedEdge["source"];
  readonly clusters: DeniedListProps["clusters"];
}) {
  const cluster = clusters.find((each) => each.id === end.clusterId);
  const name = end.name === "pub" ? "public network" : end.name === "pvt" ? "private network" : end.name;
  return (
    <span
      className="inline-flex max-w-full min-w-0 items-center gap-1.5 align-middle"
      title={`${end.kind} ${end.namespace}/${end.name}, ${cluster?.name ?? "outside every cluster"}`}
    >
      <ClusterMark index={cluster?.ordinal ?? "outside"} />
      <span className="truncate font-mono">
        {end.namespace === "" ? null : <span className="text-muted">{end.namespace}/</span>}
        {middleEllipsis(name, 32)}
      </span>
    </span>
  );
}
