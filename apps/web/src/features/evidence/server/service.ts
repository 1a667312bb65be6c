import type { ClusterRecord } from "@isthmus/db";
import type { AnswerSource, ClusterCompleteness } from "@isthmus/flow-store";
import type { PersonContext, RequestContext } from "../../../server/context";
import { resolveView } from "../../../server/view";
import type { ViewInput } from "../../../view";
import { statusOf } from "../../clusters/server";
import { missingStretches, shareOf } from "../model/completeness";
import { pastRetentionOf } from "../model/past-retention";

type Context = PersonContext & Pick<RequestContext, "server">;

/**
 * Evidence of a bucket is due this long after its end: Felix reports every 15 s, Goldmane streams a bucket two buckets
 * after it ended, and the way here takes a moment.
 */
export const settleMs = 60_000;

// A page shows what happened; hundreds of holes say the same as the newest of them.
const stretchesShown = 100;

/** How complete the evidence is over a page's scope and range for what it shows, by cluster (invariant I5). */
export async function evidenceOf(
  ctx: Context,
  { answeredFrom, ...input }: { readonly view: ViewInput; readonly answeredFrom: readonly AnswerSource[] },
) {
  const view = await resolveView(ctx, input.view);
  const { nowMs, range, clusters } = view;
  const expected = clusters.map((cluster) => ({ clusterId: cluster.id, joinedAtMs: joinedAtMs(cluster) }));
  const request = { range, clusters: expected, nowMs, settleMs, answeredFrom };
  const counted = clusters.length === 0 ? [] : await ctx.flows.completeness(request);
  const byId = new Map(counted.map((each) => [each.clusterId, each]));
  const rows = clusters.map((cluster) => rowOf(cluster, byId.get(cluster.id), nowMs));
  const dueMs = Math.min(range.toMs, nowMs - settleMs);
  return { range, nowMs, dueMs, share: shareOf(rows), pastRetention: pastRetentionOf(counted), clusters: rows };
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
