import type { ClickHouse } from "../clickhouse-client";
import type { AnswerSource, ClusterCompleteness, CompletenessRequest, Scope } from "../domain";
import type { AnsweringKind } from "../retention";
import { judgeCompleteness, type AnsweringEvidence, type DurableBucket, type GapStretch } from "./completeness";
import type { EdgesClickHouse } from "./edges";
import { touchedClusters } from "./places";
import { heldOf, rollupForRange } from "./rollup";
import { ask, within, type Condition } from "./scoped-query";

interface BucketRow {
  readonly cluster_id: string;
  readonly incarnation: string;
  readonly bucket_s: number | string;
}

interface GapRow {
  readonly cluster_id: string;
  readonly incarnation: string;
  readonly from_s: number | string;
  readonly to_s: number | string;
  readonly reason: string;
}

const complete = "uniqExact(part) >= max(parts)";
const maxRows = 2_000_000;

/** Half an answer would show evidence as missing that is there. */
function whole<T>(rows: readonly T[]): readonly T[] {
  if (rows.length < maxRows) return rows;
  throw new RangeError("too much evidence for one answer: ask about fewer clusters or a shorter range");
}

/** How complete the evidence of a range is, per cluster and minute. */
export async function completeness(
  clickhouse: EdgesClickHouse,
  scope: Scope,
  request: CompletenessRequest,
): Promise<readonly ClusterCompleteness[]> {
  const ids = request.clusters.map(({ clusterId }) => clusterId);
  const ofClusters: Condition = { sql: "has({asked:Array(UUID)}, cluster_id)", parameters: { asked: ids } };
  const [answering, buckets, gaps] = await Promise.all([
    answeringEvidence(clickhouse, scope, request),
    durableBuckets(clickhouse, scope, [ofClusters, within("bucket", request.range)]),
    gapStretches(clickhouse, scope, [
      ofClusters,
      {
        sql: "gap_from < toDateTime({to:UInt32}, 'UTC') AND gap_to > toDateTime({from:UInt32}, 'UTC')",
        parameters: { from: Math.floor(request.range.fromMs / 1_000), to: Math.ceil(request.range.toMs / 1_000) },
      },
    ]),
  ]);
  const touched = scope.places === "all" ? undefined : new Set(touchedClusters(scope.places));
  const permitted = request.clusters.filter(({ clusterId }) => touched?.has(clusterId) ?? true);
  return permitted.map((cluster) => judgeCompleteness(cluster, request, { answering, buckets, gaps }));
}

/** The kinds that the answers come from, as their queries choose them, and since when they are there. */
async function answeringEvidence(
  { daysFrom }: EdgesClickHouse,
  scope: Scope,
  { answeredFrom, range }: CompletenessRequest,
): Promise<readonly AnsweringEvidence[]> {
  const [held, { kind: edges }] = await Promise.all([heldOf(scope, daysFrom), rollupForRange(range, scope, daysFrom)]);
  const kindOf: Readonly<Record<AnswerSource, AnsweringKind>> = { flows: "flows", edges, hits: "minute" };
  const kinds = new Set(answeredFrom.map((source) => kindOf[source]));
  return [...kinds].map((kind) => ({ kind, ...held[kind] }));
}

async function durableBuckets(
  clickhouse: ClickHouse,
  scope: Scope,
  where: readonly Condition[],
): Promise<readonly DurableBucket[]> {
  const rows = await ask<BucketRow>(clickhouse, scope, {
    table: "evidence_bucket",
    select: "cluster_id, incarnation, toUnixTimestamp(bucket) AS bucket_s",
    where: [...where, { sql: "correction = 0" }],
    groupBy: "cluster_id, bucket, incarnation",
    having: complete,
    limit: maxRows,
  });
  return whole(rows).map((row) => ({
    clusterId: row.cluster_id,
    incarnation: row.incarnation,
    startMs: Number(row.bucket_s) * 1_000,
  }));
}

async function gapStretches(
  clickhouse: ClickHouse,
  scope: Scope,
  where: readonly Condition[],
): Promise<readonly GapStretch[]> {
  const rows = await ask<GapRow>(clickhouse, scope, {
    table: "evidence_gap",
    select: `cluster_id, incarnation, toUnixTimestamp(gap_from) AS from_s, toUnixTimestamp(gap_to) AS to_s, reason`,
    where,
    groupBy: "cluster_id, incarnation, gap_from, gap_to, reason",
    orderBy: "gap_from, gap_to, reason",
    limit: maxRows,
  });
  return whole(rows).map((row) => ({
    clusterId: row.cluster_id,
    incarnation: row.incarnation,
    fromMs: Number(row.from_s) * 1_000,
    toMs: Number(row.to_s) * 1_000,
    reason: row.reason,
  }));
}
