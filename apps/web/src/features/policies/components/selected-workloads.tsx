"use client";

import { useQuery } from "@tanstack/react-query";
import { liveOn, useTRPC } from "../../../client";
import { ClusterName, formatCount } from "../../../ui";

export interface SelectedWorkloadsProps {
  readonly yaml: string;
  readonly placement: string;
  readonly clusters: readonly { readonly id: string; readonly name: string; readonly ordinal: number }[];
}

const shownPerCluster = 8;

/** Which workloads a text applies to, in each cluster where it is placed. */
export function SelectedWorkloads({ yaml, placement, clusters }: SelectedWorkloadsProps) {
  const trpc = useTRPC();
  const selects = useQuery(
    trpc.policies.selects.queryOptions({ yaml, placement }, { ...liveOn("inventory"), staleTime: 5_000 }),
  );
  if (selects.data === undefined)
    return (
      <p className="text-table text-muted">
        {selects.isError ? "Who it selects cannot be told now." : "Looking who it selects"}
      </p>
    );
  if (selects.data === null)
    return <p className="text-table text-muted">Who it selects is told when the text and the placement are right.</p>;
  if (selects.data.length === 0)
    return (
      <p className="text-table">
        It selects no workload in any of its clusters now. It will take effect on those that come.
      </p>
    );
  return (
    <ul className="flex flex-col gap-2">
      {selects.data.map((selected) => {
        const cluster = clusters.find((each) => each.id === selected.clusterId);
        return (
          <li key={selected.clusterId} className="text-table">
            <span className="flex items-center justify-between gap-2">
              <ClusterName index={cluster?.ordinal ?? "outside"} name={cluster?.name ?? ""} />
              <span className="text-muted">
                {formatCount(selected.workloads.length)} {selected.workloads.length === 1 ? "workload" : "workloads"},{" "}
                {formatCount(selected.pods)} {selected.pods === 1 ? "pod" : "pods"}
              </span>
            </span>
            <span className="block pl-4 font-mono break-words text-muted">
              {selected.workloads
                .slice(0, shownPerCluster)
                .map((workload) => `${workload.namespace}/${workload.name}`)
                .join(", ")}
              {selected.workloads.length > shownPerCluster
                ? ` and ${selected.workloads.length - shownPerCluster} more`
                : ""}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
