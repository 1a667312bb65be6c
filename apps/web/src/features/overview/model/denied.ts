import type { EdgeCounts, GraphEdge } from "@isthmus/flow-store";

/** An edge with denials, as the overview lists it. */
export interface DeniedEdge {
  readonly key: string;
  readonly source: GraphEdge["source"];
  readonly dest: GraphEdge["dest"];
  readonly protocol: string;
  readonly port: number;
  /** Denied attempts over the range, at the end that denied more. */
  readonly denied: number;
  readonly deniedAt: "source" | "destination";
  /** True where some of it was allowed too. */
  readonly alsoAllowed: boolean;
  readonly lastSeenMs: number;
  /** The policy that denied most, where a trace says it. */
  readonly policy: string | null;
}

const denials = (counts: EdgeCounts) => Math.max(counts.deniedConnections, counts.deniedFlows);

/** Edges with denials, those last seen first; of one moment, the busiest. */
export function deniedEdges(
  edges: readonly GraphEdge[],
  limit: number,
): { readonly shown: readonly DeniedEdge[]; readonly total: number } {
  const denied = edges.map(deniedEdge).filter((edge) => edge.denied > 0);
  const shown = denied
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs || b.denied - a.denied || (a.key < b.key ? -1 : 1))
    .slice(0, limit);
  return { shown, total: denied.length };
}

function deniedEdge({
  source,
  dest,
  protocol,
  port,
  bySource,
  byDestination,
  lastSeenMs,
  policies,
}: GraphEdge): DeniedEdge {
  const atSource = denials(bySource);
  const atDest = denials(byDestination);
  const [first] = policies.filter((policy) => policy.action === "deny").sort((a, b) => b.flows - a.flows);
  return {
    key: JSON.stringify([source, dest, protocol, port]),
    source,
    dest,
    protocol,
    port,
    denied: Math.max(atSource, atDest),
    deniedAt: atSource >= atDest ? "source" : "destination",
    alsoAllowed: byDestination.allowedFlows > 0 || (dest.clusterId === null && bySource.allowedFlows > 0),
    lastSeenMs,
    policy:
      first === undefined
        ? null
        : first.name.startsWith(`${first.tier}.`) || first.tier === ""
          ? first.name
          : `${first.tier}.${first.name}`,
  };
}
