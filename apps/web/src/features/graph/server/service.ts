import { listClusters, type ClusterRecord } from "@isthmus/db";
import type { EdgeKey, EdgeStep, Scope as FlowScope, TimeRange } from "@isthmus/flow-store";
import type { PersonContext, RequestContext } from "../../../server/context";
import { clustersInScope, parseScope, defaultRange, parseRange, resolveRange, type ViewInput } from "../../../view";

type Context = Pick<PersonContext, "organisation" | "organisationId"> & Pick<RequestContext, "server">;

const shown = ({ id, name, ordinal, labels }: ClusterRecord) => ({
  id,
  name,
  ordinal,
  jurisdiction: labels["jurisdiction"] ?? "",
});

/** Edges of the scope over the range, with all clusters that they may name. */
export async function graphEdges(ctx: Context, view: ViewInput) {
  const clusters = await ctx.organisation.transaction(listClusters);
  const { scope, range } = resolveView(ctx, view, clusters);
  return { clusters: clusters.map(shown), edges: await ctx.server.flows.graphEdges(scope, range) };
}

/** Connections on one edge, allowed and denied, in at most 120 steps. */
export async function edgeHistory(ctx: Context, view: ViewInput, edge: EdgeKey) {
  const clusters = await ctx.organisation.transaction(listClusters);
  const { scope, range } = resolveView(ctx, view, clusters);
  const stepSeconds = stepFor(range);
  const steps = await ctx.server.flows.edgeTimeseries(scope, { range, edge, stepSeconds });
  return { stepSeconds, steps: steps.map(connectionsOf) };
}

/** A whole number of minutes, so that steps are exact in the minute rollup. */
const stepFor = ({ fromMs, toMs }: TimeRange): number => Math.max(1, Math.ceil((toMs - fromMs) / 60_000 / 120)) * 60;

/** A connection that the destination denied was allowed by the source: it counts as denied alone. */
function connectionsOf({ startMs, bySource, byDestination }: EdgeStep) {
  const denied = bySource.deniedConnections + byDestination.deniedConnections;
  const allowed = byDestination.flows > 0 ? byDestination.allowedConnections : bySource.allowedConnections;
  return { startMs, allowed, denied };
}

function resolveView(
  ctx: Context,
  view: ViewInput,
  clusters: readonly ClusterRecord[],
): { scope: FlowScope; range: TimeRange } {
  const parsed = parseRange(view.range);
  const clusterIds = clustersInScope(parseScope(view.scope), clusters).map(({ id }) => id);
  return {
    scope: { organisationId: ctx.organisationId, clusterIds },
    range: resolveRange(parsed.ok ? parsed.value : defaultRange, ctx.server.clock.now()),
  };
}
