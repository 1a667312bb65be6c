import { reporterPlace } from "./columns";
import type { EdgeTable } from "./tables";

/** A materialized view that keeps a rollup up as flows arrive. */
export interface ViewDefinition {
  readonly name: string;
  readonly target: EdgeTable | "policy_minute";
  readonly select: string;
}

const edgeSelect = (step: string) => `
SELECT
  organisation_id, ${step}(bucket) AS step, cluster_id, reporter,
  source_cluster_id,
  if(source_workload != '', source_workload_kind, source_type) AS source_kind,
  source_namespace,
  if(source_workload != '', source_workload, source_name) AS source_name,
  dest_cluster_id,
  if(dest_workload != '', dest_workload_kind, dest_type) AS dest_kind,
  dest_namespace,
  if(dest_workload != '', dest_workload, dest_name) AS dest_name,
  protocol, dest_port AS port,
  countIf(is_first) AS flows,
  sumIf(connections_started, action = 'allow') AS allowed_connections,
  sumIf(connections_started, action = 'deny') AS denied_connections,
  sumIf(connections_started, action = 'pass') AS passed_connections,
  sumIf(connections_started, action = 'allow' AND pending_action = 'deny') AS pending_denied_connections,
  countIf(is_first AND action = 'allow') AS allowed_flows,
  countIf(is_first AND action = 'deny') AS denied_flows,
  countIf(is_first AND action = 'allow' AND pending_action = 'deny') AS pending_denied_flows,
  sum(packets_in + packets_out) AS packets,
  sum(if(reporter = 'source', bytes_out, bytes_in)) AS bytes_to_dest,
  sum(if(reporter = 'source', bytes_in, bytes_out)) AS bytes_to_source,
  min(bucket) AS first_bucket,
  max(bucket) AS last_bucket,
  max(flow.stored_at) AS stored_at,
  groupUniqArrayIf(concat(service_namespace, '/', service_name), service_name != '') AS services,
  sumMap(map(concat(deciding_kind, '\\t', deciding_tier, '\\t', deciding_namespace, '\\t', deciding_name, '\\t',
    toString(action), '\\t', toString(deciding_rule), '\\t', toString(toUInt8(deciding_by_default))),
    toUInt64(is_first))) AS deciding
FROM flow
GROUP BY organisation_id, step, cluster_id, reporter, source_cluster_id, source_kind, source_namespace, source_name,
  dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port`;

const policySelect = `
SELECT
  organisation_id, toStartOfMinute(bucket) AS step, cluster_id, entry.1 AS is_pending, entry.2 AS hit,
  ${reporterPlace} AS reporter_place,
  countIf(is_first) AS flows,
  sum(connections_started) AS connections,
  sum(packets_in + packets_out) AS packets,
  sum(bytes_in + bytes_out) AS bytes,
  max(bucket) AS last_bucket
FROM flow
ARRAY JOIN arrayConcat(
  arrayMap(each -> (false, toString(each)), enforced),
  arrayMap(each -> (true, toString(each)), pending)
) AS entry
GROUP BY organisation_id, step, cluster_id, is_pending, hit, reporter_place`;

/** The views, each of which sees every batch once. */
export const views: readonly ViewDefinition[] = [
  { name: "edge_minute_view", target: "edge_minute", select: edgeSelect("toStartOfMinute") },
  { name: "edge_hour_view", target: "edge_hour", select: edgeSelect("toStartOfHour") },
  { name: "edge_day_view", target: "edge_day", select: edgeSelect("toStartOfDay") },
  { name: "policy_minute_view", target: "policy_minute", select: policySelect },
];
