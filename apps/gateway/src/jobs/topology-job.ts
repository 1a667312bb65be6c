import { getTopologyCursor, mergeTopologyEdges, putTopologyCursor, type SeenEdge } from "@isthmus/db";
import type { EdgeCounts, FlowReader, GraphEdge } from "@isthmus/flow-store";
import type { JobContext } from "./compile-job";

/** Keeps an organisation's topology up from the rollups. */
export type TopologyJob = (organisationId: string) => Promise<void>;

/** What the topology job reads and makes. */
export interface TopologyPorts {
  readonly flows: Pick<FlowReader, "changedEdges">;
  readonly newId: () => string;
}

function verdictsOf(counts: EdgeCounts): readonly string[] {
  const seen = [
    { verdict: "allow", count: counts.allowedFlows },
    { verdict: "deny", count: counts.deniedFlows },
    { verdict: "pending-deny", count: counts.pendingDeniedFlows },
  ];
  return seen.filter(({ count }) => count > 0).map(({ verdict }) => verdict);
}

/** An edge of the rollups as the topology keeps it. */
export function seenEdge(edge: GraphEdge): SeenEdge {
  const { source, dest, protocol, port, firstSeenMs, lastSeenMs, bySource, byDestination } = edge;
  return {
    source,
    dest,
    protocol,
    port,
    firstSeen: new Date(firstSeenMs),
    lastSeen: new Date(lastSeenMs),
    verdicts: { source: verdictsOf(bySource), destination: verdictsOf(byDestination) },
  };
}

const EDGES_A_WRITE = 1_000;

/** Makes the job. The cursor moves with the edges in one transaction, and stretches overlap: nothing is missed. */
export function createTopologyJob({ database }: JobContext, { flows, newId }: TopologyPorts): TopologyJob {
  return async (organisationId) => {
    const organisation = database.forOrganisation(organisationId);
    const since = await organisation.transaction((tx) => getTopologyCursor(tx));
    const scope = { organisationId, places: "all" as const };
    const { edges, throughMs } = await flows.changedEdges(scope, since?.getTime() ?? 0);
    await organisation.transaction(async (tx) => {
      for (let from = 0; from < edges.length; from += EDGES_A_WRITE) {
        const page = edges.slice(from, from + EDGES_A_WRITE);
        await mergeTopologyEdges(
          tx,
          page.map((edge) => ({ id: newId(), ...seenEdge(edge) })),
        );
      }
      await putTopologyCursor(tx, new Date(throughMs));
    });
  };
}
