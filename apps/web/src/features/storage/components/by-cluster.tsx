"use client";

import { ClusterMark, formatBytes, formatShare, shortCount, Table, type Column } from "../../../ui";
import type { Amount } from "../model/usage";
import { StoragePart } from "./storage-part";

/** A cluster with what it has stored; without a name where it was deleted since. */
export interface ClusterUse extends Amount {
  readonly id: string;
  readonly name: string | null;
  readonly ordinal: number;
}

interface ByClusterProps {
  readonly clusters: readonly ClusterUse[];
  readonly total: Amount;
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

/** What each cluster has stored; choosing one narrows the days to it. */
export function ByCluster({ clusters, total, chosen, onChoose }: ByClusterProps) {
  const columns: readonly Column<ClusterUse>[] = [
    {
      id: "name",
      title: "Cluster",
      cell: ({ name, ordinal, id }) => (
        <span className="inline-flex min-w-0 items-center gap-1.5 align-middle">
          <ClusterMark index={name === null ? "outside" : ordinal} />
          {name === null ? (
            <span className="truncate text-muted">deleted, {id.slice(0, 8)}</span>
          ) : (
            <span className="truncate font-mono">{name}</span>
          )}
        </span>
      ),
    },
    { id: "rows", title: "Rows", width: 88, align: "right", cell: ({ rows }) => shortCount(rows) },
    { id: "bytes", title: "Takes", width: 96, align: "right", cell: ({ bytes }) => formatBytes(bytes) },
    {
      id: "share",
      title: "Of all",
      width: 72,
      align: "right",
      cell: ({ bytes }) => formatShare(total.bytes === 0 ? 0 : bytes / total.bytes),
    },
  ];
  return (
    <StoragePart title="By cluster" trail={`${formatBytes(total.bytes)} in all, ${shortCount(total.rows)} rows`}>
      <Table
        label="Storage by cluster"
        className="max-h-100"
        columns={columns}
        rows={clusters}
        rowKey={({ id }) => id}
        selectedKey={chosen ?? undefined}
        onSelect={({ id }) => onChoose(id === chosen ? null : id)}
        minWidth={420}
      />
    </StoragePart>
  );
}
