import type { FlowEnd } from "@isthmus/flow-store";
import { ClusterMark, middleEllipsis, StatusGlyph } from "../../../ui";
import { endText, isHiddenEnd } from "../model/end";
import type { ClusterNames } from "../model/cluster-names";

export interface EndNameProps {
  readonly end: FlowEnd;
  readonly clusters: ClusterNames;
  /** Says the cluster's name too, and not only its mark. */
  readonly withCluster?: boolean;
}

/** One end of a flow: its cluster's mark, its namespace quietly, its name. */
export function EndName({ end, clusters, withCluster = false }: EndNameProps) {
  const { place, name, full } = endText(end);
  if (isHiddenEnd(end)) {
    return (
      <span className="inline-flex max-w-full min-w-0 items-center gap-1.5 align-middle text-muted" title={full}>
        <StatusGlyph status="unknown" />
        <span className="truncate text-table">{name}</span>
        <span className="sr-only">{full}</span>
      </span>
    );
  }
  const cluster = end.clusterId === null ? undefined : clusters.get(end.clusterId);
  const where = cluster?.name ?? (end.clusterId === null ? "outside every cluster" : "a cluster that is gone");
  return (
    <span className="inline-flex max-w-full min-w-0 items-center align-middle gap-1.5" title={`${full}, ${where}`}>
      <ClusterMark index={cluster?.ordinal ?? "outside"} />
      <span className="truncate font-mono text-table">
        {withCluster ? <span className="text-muted">{cluster?.name ?? "outside"} </span> : null}
        {place === "" ? null : <span className="text-muted">{place}/</span>}
        {middleEllipsis(name, 40)}
      </span>
      <span className="sr-only">{where}</span>
    </span>
  );
}
