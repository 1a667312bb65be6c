import type { GraphEdge } from "@isthmus/flow-store";
import { endName } from "./graph";

/** Which connections the graph shows. */
export type Shown = "all" | "denied" | "across";

/** Keeps edges that are asked for; `text` is looked for in names, namespaces and the port. */
export function keepLines(
  edges: readonly GraphEdge[],
  wanted: { readonly shown: Shown; readonly text: string },
): readonly GraphEdge[] {
  const words = wanted.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return edges.filter((edge) => isShown(edge, wanted.shown) && words.every((word) => mentions(edge, word)));
}

function isShown(edge: GraphEdge, shown: Shown): boolean {
  if (shown === "denied") return edge.bySource.deniedFlows + edge.byDestination.deniedFlows > 0;
  if (shown === "across")
    return (
      edge.source.clusterId !== edge.dest.clusterId && edge.source.clusterId !== null && edge.dest.clusterId !== null
    );
  return true;
}

const mentions = ({ source, dest, port, protocol }: GraphEdge, word: string): boolean =>
  [endName(source), source.namespace, endName(dest), dest.namespace, String(port), protocol].some((text) =>
    text.toLowerCase().includes(word),
  );
