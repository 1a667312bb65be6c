import type { GraphEdge } from "@isthmus/flow-store";

/** Which connections the graph shows. */
export type Shown = "all" | "denied" | "across";

/** Keeps edges that are asked for. */
export const keepLines = (edges: readonly GraphEdge[], shown: Shown): readonly GraphEdge[] =>
  edges.filter((edge) => isShown(edge, shown));

function isShown(edge: GraphEdge, shown: Shown): boolean {
  if (shown === "denied") return edge.bySource.deniedFlows + edge.byDestination.deniedFlows > 0;
  if (shown === "across")
    return (
      edge.source.clusterId !== edge.dest.clusterId && edge.source.clusterId !== null && edge.dest.clusterId !== null
    );
  return true;
}
