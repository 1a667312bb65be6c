import type { Scope, TimeRange } from "../domain";
import type { ClickHouse } from "../clickhouse-client";
import type { EdgeRow } from "./edge-rows";
import { kindOf, workloadOf } from "./filter-columns";
import { hiddenKind } from "./hiding";
import { ask, within, type Condition } from "./scoped-query";

const minuteMs = 60_000;
const prefix = "edge_";

/*
 * What the views of schema/views.ts sum up, of the flows that a filter keeps. No alias is a column's name: what tells
 * is hidden in the text of the question, and edges that are one by then are grouped as one.
 */
const key: Readonly<Record<string, string>> = {
  ...endKey("source"),
  ...endKey("dest"),
  protocol: "protocol",
  port: "dest_port",
  reporter: "reporter",
};
const isAllowed = "action = 'allow'";
const isPendingDenied = "action = 'allow' AND pending_action = 'deny'";
const deciding = ["kind", "tier", "namespace", "name"].map((part) => `deciding_${part}`);
const sums: Readonly<Record<string, string>> = {
  flows_sum: "countIf(is_first)",
  allowed_connections_sum: `sumIf(connections_started, ${isAllowed})`,
  denied_connections_sum: "sumIf(connections_started, action = 'deny')",
  passed_connections_sum: "sumIf(connections_started, action = 'pass')",
  pending_denied_connections_sum: `sumIf(connections_started, ${isPendingDenied})`,
  allowed_flows_sum: `countIf(is_first AND ${isAllowed})`,
  denied_flows_sum: "countIf(is_first AND action = 'deny')",
  pending_denied_flows_sum: `countIf(is_first AND ${isPendingDenied})`,
  packets_sum: "sum(packets_in + packets_out)",
  bytes_to_dest_sum: "sum(if(reporter = 'source', bytes_out, bytes_in))",
  bytes_to_source_sum: "sum(if(reporter = 'source', bytes_in, bytes_out))",
  first_s: "toUnixTimestamp(min(bucket))",
  last_s: "toUnixTimestamp(max(bucket))",
  service_list: "groupUniqArrayIf(concat(service_namespace, '/', service_name), service_name != '')",
  deciding_map: `sumMap(map(concat(${deciding.join(", '\\t', ")}, '\\t', toString(action), '\\t', toString(deciding_rule), '\\t',
    toString(toUInt8(deciding_by_default))), toUInt64(is_first)))`,
};

function endKey(side: "source" | "dest"): Readonly<Record<string, string>> {
  return {
    [`${side}_cluster_id`]: `${side}_cluster_id`,
    [`${side}_namespace`]: `${side}_namespace`,
    // A hidden end has no workload, but the kind of one.
    [`${side}_kind`]: `if(${side}_workload_kind = '${hiddenKind}', ${side}_workload_kind, ${kindOf(side)})`,
    [`${side}_name`]: workloadOf(side),
  };
}

const aliased = (columns: Readonly<Record<string, string>>, begin: string) =>
  Object.entries(columns).map(([name, sql]) => `${sql} AS ${begin}${name}`);

/** Edges of the flows for which conditions hold, over a range widened to whole minutes as that of rollups is. */
export async function edgesOfFlows(
  clickhouse: ClickHouse,
  scope: Scope,
  request: { readonly range: TimeRange; readonly where: readonly Condition[]; readonly limit: number },
): Promise<readonly EdgeRow[]> {
  const { fromMs, toMs } = request.range;
  const range = { fromMs: Math.floor(fromMs / minuteMs) * minuteMs, toMs: Math.ceil(toMs / minuteMs) * minuteMs };
  const rows = await ask<Readonly<Record<string, unknown>>>(clickhouse, scope, {
    table: "flow",
    select: [...aliased(key, prefix), ...aliased(sums, "")].join(", "),
    where: [within("bucket", range), ...request.where],
    groupBy: Object.keys(key)
      .map((name) => prefix + name)
      .join(", "),
    orderBy: "flows_sum DESC",
    limit: request.limit,
  });
  return rows.map(
    (row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [unprefixed(name), value])) as unknown as EdgeRow,
  );
}

const unprefixed = (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
