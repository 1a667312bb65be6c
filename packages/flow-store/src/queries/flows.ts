import type { FlowDetail, FlowPage, FlowPageRequest, FlowTail, FlowTailRequest, Scope } from "../domain";
import { flowConditions } from "./flow-filter";
import type { FlowSource } from "./flow-id";
import {
  detailColumns,
  detailOf,
  summaryColumns,
  summaryOf,
  summarySelect,
  type DetailRow,
  type SummaryRow,
} from "./flow-rows";
import { boundedLimit, identified, newestFirst } from "./identity";
import { newestFlows } from "./newest-flows";
import { ask } from "./scoped-query";

/** One page of flows, newest first. */
export async function flowPage(source: FlowSource, scope: Scope, request: FlowPageRequest): Promise<FlowPage> {
  const limit = boundedLimit(request.limit);
  const rows = await newestFlows(source, scope, { ...request, limit: limit + 1 });
  const flows = rows.slice(0, limit).map((row) => summaryOf(row, source.ids));
  return { flows, next: rows.length > limit ? (flows.at(-1)?.id ?? null) : null };
}

/** All that is known of one flow. */
export async function flowDetail(source: FlowSource, scope: Scope, id: string): Promise<FlowDetail | undefined> {
  const flow = source.ids.parse(id);
  if (!flow) return undefined;
  const rows = await ask<DetailRow>(source, scope, {
    table: "flow",
    columns: detailColumns,
    select: summarySelect,
    where: [identified("=", id, source.ids)],
    limit: 1,
    within: [flow.clusterId],
  });
  return rows[0] && detailOf(rows[0], source.ids);
}

// An insert takes its time of storage before it can be seen; a stretch that overlaps catches those that were late.
const overlapMs = 3_000;
// Evidence from a spool may be days old; it is not news.
const newsMs = 6 * 3_600_000;

/** Flows stored since the last call, oldest first. */
export async function tailFlows(source: FlowSource, scope: Scope, request: FlowTailRequest): Promise<FlowTail> {
  const sinceMs = request.cursor === undefined ? request.nowMs : Number(request.cursor);
  if (!Number.isSafeInteger(sinceMs)) throw new RangeError("not a cursor of a tail of flows");
  const limit = boundedLimit(request.limit);
  const rows = await ask<SummaryRow & { readonly stored_ms: number | string }>(source, scope, {
    table: "flow",
    columns: summaryColumns,
    select: `${summarySelect}, toUnixTimestamp64Milli(stored_at) AS stored_ms`,
    where: [
      {
        sql: `stored_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND bucket > toDateTime({news:UInt32}, 'UTC')`,
        parameters: { since: sinceMs - overlapMs, news: Math.max(0, Math.floor((sinceMs - newsMs) / 1_000)) },
      },
      ...flowConditions(request.filter),
    ],
    orderBy: `stored_at DESC, ${newestFirst}`,
    limit: limit + 1,
  });
  const flows = rows.slice(0, limit).toReversed();
  const newestMs = Math.max(sinceMs, ...flows.map((row) => Number(row.stored_ms)));
  return { flows: flows.map((row) => summaryOf(row, source.ids)), cursor: `${newestMs}`, skipped: rows.length > limit };
}
