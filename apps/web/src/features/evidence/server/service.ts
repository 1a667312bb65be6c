import type { ClusterRecord } from "@isthmus/db";
import type { ClusterCompleteness } from "@isthmus/flow-store";
import type { PersonContext, RequestContext } from "../../../server/context";
import { resolveView } from "../../../server/view";
import type { ViewInput } from "../../../view";
import { statusOf } from "../../clusters/server";
import { missingStretches, shareOf } from "../model/completeness";

type Context = PersonContext & Pick<RequestContext, "server">;

/**
 * Evidence of a bucket is due this long after its end: Felix reports every 15 s, Goldmane streams a bucket two buckets
 * after it ended, and the way here takes a moment.
 */
export const settleMs = 60_000;

// A page shows what happened; hundreds of holes say the same as the newest of them.
const stretchesShown = 100;

/** How complete the evidence is over a page's scope and range, by cluster (invariant I5). */
export async function evidenceOf(ctx: Context, input: ViewInput) {
  const view = await resolveView(ctx, input);
  const { nowMs, range, clusters } = view;
  const expected = clusters.map((cluster) => ({ clusterId: cluster.id, joinedAtMs: joinedAtMs(cluster) }));
  const counted =
    clusters.length === 0 ? [] : await ctx.flows.completeness({ range, clusters: expected, nowMs, settleMs });
  const byId = new Map(counted.map((each) => [each.clusterId, each]));
  const rows = clusters.map((cluster) => rowOf(cluster, byId.get(cluster.id), nowMs));
  return { range, nowMs, dueMs: Math.min(range.toMs, nowMs - settleMs), share: shareOf(rows), clusters: rows };
}

const joinedAtMs = ({ firstSyncedAt }: ClusterRecord) => firstSyncedAt?.getTime() ?? null;

function rowOf(cluster: ClusterRecord, counted: ClusterCompleteness | undefined, nowMs: number) {
  const status = statusOf(cluster, undefined, nowMs);
  const stretches = missingStretches(counted?.incomplete ?? []);
  return {
    id: cluster.id,
    name: cluster.name,
    ordinal: cluster.ordinal,
    joinedAtMs: joinedAtMs(cluster),
    /** Set while the cluster is not heard. */
    unknownSinceMs: status.kind === "unknown" ? status.since : null,
    expected: counted?.expected ?? 0,
    durable: counted?.durable ?? 0,
    latestMs: counted?.latestMs ?? null,
    missing: stretches.slice(-stretchesShown),
    missingStretches: stretches.length,
    missingMinutes: counted?.incomplete.length ?? 0,
  };
}
