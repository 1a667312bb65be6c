import { listPolicies, listTiers, type ClusterRecord, type OrganisationTransaction } from "@isthmus/db";
import type { EdgeEnd, EdgeKey, EdgeStep, TimeRange } from "@isthmus/flow-store";
import type { PersonContext, RequestContext } from "../../../server/context";
import { resolveView } from "../../../server/view";
import type { ViewInput } from "../../../view";
import { edgeFilter } from "../../flows/server";

type Context = PersonContext & Pick<RequestContext, "server">;

const shown = ({ id, name, ordinal, labels }: ClusterRecord) => ({
  id,
  name,
  ordinal,
  jurisdiction: labels["jurisdiction"] ?? "",
});

/** The policies written here, as a trace may name them. */
async function managedPolicies(tx: OrganisationTransaction) {
  const tiers = new Map((await listTiers(tx)).map((tier) => [tier.id, tier.name]));
  return (await listPolicies(tx)).map(({ id, kind, namespace, name, tierId }) => ({
    id,
    kind,
    namespace,
    name,
    tier: tiers.get(tierId) ?? "",
  }));
}

/**
 * Edges over the range with an end in the scope, of the flows that a filter keeps, and all clusters and policies of ours
 * that they may name.
 */
export async function graphEdges(ctx: Context, input: ViewInput, q: string) {
  const view = await resolveView(ctx, input);
  const edges = await ctx.flows.graphEdges({ ...view.range, filter: edgeFilter(q, view) });
  const isNear = (end: EdgeEnd) => end.clusterId !== null && view.narrowedTo?.includes(end.clusterId) !== false;
  return {
    clusters: view.allClusters.map(shown),
    policies: await ctx.organisation.transaction(managedPolicies),
    edges: edges.filter(({ source, dest }) => isNear(source) || isNear(dest)),
  };
}

/** Connections on one edge, allowed and denied, in at most 120 steps. */
export async function edgeHistory(ctx: Context, input: ViewInput, edge: EdgeKey) {
  const { range } = await resolveView(ctx, input);
  const stepSeconds = stepFor(range);
  const steps = await ctx.flows.edgeTimeseries({ range, edge, stepSeconds });
  return { steps: steps.map(connectionsOf) };
}

/** A whole number of minutes, so that steps are exact in the minute rollup. */
const stepFor = ({ fromMs, toMs }: TimeRange): number => Math.max(1, Math.ceil((toMs - fromMs) / 60_000 / 120)) * 60;

/** A connection that the destination denied was allowed by the source: it counts as denied alone. */
function connectionsOf({ startMs, bySource, byDestination }: EdgeStep) {
  const denied = bySource.deniedConnections + byDestination.deniedConnections;
  const allowed = byDestination.flows > 0 ? byDestination.allowedConnections : bySource.allowedConnections;
  return { startMs, allowed, denied };
}
