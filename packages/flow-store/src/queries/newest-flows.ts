import type { FlowPageRequest, Scope, TimeRange } from "../domain";
import { flowConditions } from "./flow-filter";
import type { FlowSource } from "./flow-id";
import { summaryColumns, summarySelect, type SummaryRow } from "./flow-rows";
import { identified, newestFirst } from "./identity";
import { ask, within, type Condition } from "./scoped-query";

/** What is read backwards at once; what is older is counted first. */
const recentMs = 3_600_000;
const bucketMs = 15_000;

/**
 * The newest rows of a page's request. They are read backwards, which ends as soon as there are enough; where few rows
 * fit, that takes several times as long as to count them, so what is older than the recent ones is counted by bucket
 * first, and only buckets that hold some are read.
 */
export async function newestFlows(
  source: FlowSource,
  scope: Scope,
  request: FlowPageRequest & { readonly limit: number },
): Promise<readonly SummaryRow[]> {
  const asked = conditionsOf(source, request);
  const rowsOf = (range: TimeRange, limit: number, more: readonly Condition[] = []) =>
    ask<SummaryRow>(source, scope, {
      table: "flow",
      columns: summaryColumns,
      select: summarySelect,
      where: [within("bucket", range), ...more, ...asked],
      orderBy: newestFirst,
      limit,
      ...inPart(request),
    });
  const { recent, older } = splitRange(source, request);
  const rows = await rowsOf(recent, request.limit);
  const missing = request.limit - rows.length;
  if (older === undefined || missing <= 0) return rows;
  const counted = await ask<BucketRow>(source, scope, {
    table: "flow",
    select: "toUnixTimestamp(bucket) AS bucket_s, count() AS row_count",
    where: [within("bucket", older), ...asked],
    groupBy: "bucket_s",
    orderBy: "bucket_s DESC",
    limit: missing,
    ...inPart(request),
  });
  const buckets = holding(counted, missing);
  return buckets.length === 0 ? rows : [...rows, ...(await rowsOf(older, missing, [inBuckets(buckets)]))];
}

interface BucketRow {
  readonly bucket_s: number;
  readonly row_count: number | string;
}

/** The newest buckets that have so many rows together. */
function holding(counted: readonly BucketRow[], rows: number): readonly number[] {
  let before = 0;
  return counted.flatMap(({ bucket_s, row_count }) => {
    if (before >= rows) return [];
    before += Number(row_count);
    return [bucket_s];
  });
}

const inBuckets = (buckets: readonly number[]): Condition => ({
  sql: "bucket IN CAST({buckets:Array(UInt32)}, 'Array(DateTime)')",
  parameters: { buckets },
});

function conditionsOf(
  { ids }: FlowSource,
  { filter, cursor, within: clusters }: FlowPageRequest,
): readonly Condition[] {
  return [
    ...flowConditions(filter),
    ...(cursor === undefined ? [] : [identified("<", cursor, ids)]),
    ...(clusters === undefined ? [] : [lyingIn(clusters)]),
  ];
}

const inPart = ({ within: clusters }: FlowPageRequest) => (clusters === undefined ? {} : { within: clusters });

/** The reporter and both ends are in one of the clusters. */
const lyingIn = (clusterIds: readonly string[]): Condition => ({
  sql: ["cluster_id", "source_cluster_id", "dest_cluster_id"]
    .map((column) => `has({within:Array(UUID)}, ${column})`)
    .join(" AND "),
  parameters: { within: clusterIds },
});

/** A range's recent part, as far as a page's cursor has come, and what is older, if that is long. */
function splitRange(
  { ids }: FlowSource,
  { range, cursor }: FlowPageRequest,
): { readonly recent: TimeRange; readonly older?: TimeRange } {
  const last = cursor === undefined ? undefined : ids.parse(cursor);
  const endMs = Math.min(range.toMs, last === undefined ? range.toMs : last.bucket * 1_000 + bucketMs);
  const splitMs = Math.floor((endMs - recentMs) / bucketMs) * bucketMs;
  if (splitMs - range.fromMs < recentMs) return { recent: range };
  return { recent: { ...range, fromMs: splitMs }, older: { ...range, toMs: splitMs } };
}
