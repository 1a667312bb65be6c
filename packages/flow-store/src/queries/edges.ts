import type { ClickHouse } from "../clickhouse-client";
import { isAnsweredBy, longestFlowRangeMs } from "@isthmus/flow-filter";
import type { ChangedEdges, EdgeKey, EdgeStep, GraphEdge, GraphRequest, Scope, TimeRange } from "../domain";
import type { DaysFrom } from "../schema/day-rollup";
import { countsOf, edgesOf, noCounts, type EdgeRow } from "./edge-rows";
import { edgesOfFlows } from "./flow-edges";
import { flowConditions, onEdge } from "./flow-filter";
import { stepsOf } from "./flow-summaries";
import { rollupForRange, rollupForSteps } from "./rollup";
import { ask, within } from "./scoped-query";

// With the cluster, which says what may be seen of an edge.
const key = [
  "cluster_id",
  "source_cluster_id",
  "source_kind",
  "source_namespace",
  "source_name",
  "dest_cluster_id",
  "dest_kind",
  "dest_namespace",
  "dest_name",
  "protocol",
  "port",
  "reporter",
];
const counts = [
  "flows",
  "allowed_connections",
  "denied_connections",
  "passed_connections",
  "pending_denied_connections",
  "allowed_flows",
  "denied_flows",
  "pending_denied_flows",
  "packets",
  "bytes_to_dest",
  "bytes_to_source",
]
  .map((column) => `sum(${column}) AS ${column}_sum`)
  .join(", ");
const columns = [...key, "service_list", "deciding_map"];
const sums = `${counts}, toUnixTimestamp(min(first_bucket)) AS first_s, toUnixTimestamp(max(last_bucket)) AS last_s`;
const maxRows = 50_000;

/** A ClickHouse that is asked for edges. */
export interface EdgesClickHouse extends ClickHouse {
  readonly daysFrom: DaysFrom;
}

/** The edges of the service graph over a range, of the flows that a filter keeps. */
export async function graphEdges(
  clickhouse: EdgesClickHouse,
  scope: Scope,
  { filter, ...range }: GraphRequest,
): Promise<readonly GraphEdge[]> {
  if (filter?.where && !isAnsweredBy(filter.where, "edge")) {
    if (range.toMs - range.fromMs > longestFlowRangeMs)
      throw new RangeError("rollups cannot answer this filter, and the range is too long to read single flows");
    return edgesOf(await edgesOfFlows(clickhouse, scope, { range, where: flowConditions(filter), limit: maxRows }));
  }
  const { table, stepSeconds } = await rollupForRange(range, scope, clickhouse.daysFrom);
  const rows = await ask<EdgeRow>(clickhouse, scope, {
    table,
    columns,
    select: sums,
    where: [within("step", range, stepSeconds), ...flowConditions(filter, "edge")],
    groupBy: key.join(", "),
    orderBy: "flows_sum DESC",
    limit: maxRows,
  });
  return edgesOf(rows);
}

// As for the tail of flows, but the reader is a job that may be late without harm.
const overlapMs = 10_000;

/** Edges whose rollups changed since a moment, with what the changed minutes hold. */
export async function changedEdges(clickhouse: ClickHouse, scope: Scope, sinceMs: number): Promise<ChangedEdges> {
  const rows = await ask<EdgeRow & { readonly stored_ms: number | string }>(clickhouse, scope, {
    table: "edge_minute",
    columns,
    select: `${sums}, toUnixTimestamp64Milli(max(stored_at)) AS stored_ms`,
    where: [
      {
        sql: "stored_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')",
        parameters: { since: Math.max(0, sinceMs - overlapMs) },
      },
    ],
    groupBy: key.join(", "),
    orderBy: "flows_sum DESC",
    limit: maxRows,
  });
  return {
    edges: edgesOf(rows),
    throughMs: rows.reduce((newest, row) => Math.max(newest, Number(row.stored_ms)), sinceMs),
  };
}

type StepRow = EdgeRow & { readonly start_s: number | string };

/** What one edge carried, in steps; every step of the range is there. */
export async function edgeTimeseries(
  clickhouse: EdgesClickHouse,
  scope: Scope,
  request: { readonly range: TimeRange; readonly edge: EdgeKey; readonly stepSeconds: number },
): Promise<readonly EdgeStep[]> {
  const rollup = await rollupForSteps(request, scope, clickhouse.daysFrom);
  const step = Math.max(1, Math.round(request.stepSeconds / rollup.stepSeconds)) * rollup.stepSeconds;
  const rows = await ask<StepRow>(clickhouse, scope, {
    table: rollup.table,
    select: `intDiv(toUnixTimestamp(step), ${step}) * ${step} AS start_s, reporter, ${counts}`,
    where: [within("step", request.range, step), onEdge(request.edge, "edge")],
    groupBy: "start_s, reporter",
  });
  const at = (startMs: number, reporter: string) => {
    const row = rows.find((each) => Number(each.start_s) * 1_000 === startMs && each.reporter === reporter);
    return row ? countsOf(row) : noCounts;
  };
  return stepsOf(request.range, step).map((startMs) => ({
    startMs,
    bySource: at(startMs, "source"),
    byDestination: at(startMs, "destination"),
  }));
}
