import { listRevokedClusters } from "@isthmus/db";
import type { TopTalkersRequest } from "@isthmus/flow-store";
import type { PersonContext, RequestContext } from "../../../server/context";
import { resolveView } from "../../../server/view";
import type { ViewInput } from "../../../view";
import { statusOf } from "../../clusters/server";
import { countPolicies, noPolicies, readPolicyStates } from "../../policies/server";
import { deniedEdges } from "../model/denied";

type Context = PersonContext & Pick<RequestContext, "server">;

/** What Postgres knows: the clusters in scope, whether they are heard, and how their policies stand. */
export async function overviewState(ctx: Context, input: ViewInput) {
  const { clusters, nowMs } = await resolveView(ctx, input);
  return ctx.organisation.transaction(async (tx) => {
    const revoked = await listRevokedClusters(tx);
    const states = await readPolicyStates(tx, nowMs);
    const counts = countPolicies(states);
    return {
      clusters: clusters.map((cluster) => ({
        id: cluster.id,
        name: cluster.name,
        ordinal: cluster.ordinal,
        region: cluster.labels["region"] ?? "",
        status: statusOf(cluster, revoked.get(cluster.id), nowMs),
        policies: counts.get(cluster.id) ?? noPolicies,
      })),
      policies: states.policies.length,
    };
  });
}

const edgesShown = 14;

/** The edges with denials in the range, the newest first. */
export async function overviewDenied(ctx: Context, input: ViewInput) {
  const { range, narrowedTo, allClusters } = await resolveView(ctx, input);
  const edges = await ctx.flows.graphEdges(range);
  const inScope = (id: string | null) => id !== null && (narrowedTo === undefined || narrowedTo.includes(id));
  const seen =
    narrowedTo === undefined
      ? edges
      : edges.filter((edge) => inScope(edge.source.clusterId) || inScope(edge.dest.clusterId));
  return {
    ...deniedEdges(seen, edgesShown),
    edges: seen.length,
    clusters: allClusters.map(({ id, name, ordinal }) => ({ id, name, ordinal })),
  };
}

const talkersShown = 6;

/** The ends with the most in the range, where an end is in the page's scope. */
export async function overviewTalkers(
  ctx: Context,
  input: ViewInput,
  asked: Pick<TopTalkersRequest, "side" | "by" | "measure">,
) {
  const { range, narrowedTo, allClusters } = await resolveView(ctx, input);
  const { groups } = await ctx.flows.topTalkers({
    ...asked,
    range,
    limit: talkersShown,
    ...(narrowedTo === undefined ? {} : { clusterIds: narrowedTo }),
  });
  return { groups, clusters: allClusters.map(({ id, name, ordinal }) => ({ id, name, ordinal })) };
}
