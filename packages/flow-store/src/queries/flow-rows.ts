import type { FlowIds } from "./flow-id";
import type { DecidingPolicy, EndpointType, FlowDetail, FlowEnd, FlowSummary, Reporter, Resolution } from "../domain";
import { endColumns } from "../ingest/rows";
import { decodeHit, kindOf, verdictOf } from "../ingest/trace";
import { clusterIdOf } from "./scoped-query";

/** What a summary is read from: columns, and expressions beside them. */
export const summaryColumns: readonly string[] = [
  "cluster_id",
  "incarnation",
  "correction",
  ...endColumns("source"),
  ...endColumns("dest"),
  "dest_port",
  "protocol",
  "service_namespace",
  "service_name",
  "service_port_name",
  "service_port",
  "reporter",
  "action",
  "pending_action",
  "deciding_kind",
  "deciding_tier",
  "deciding_namespace",
  "deciding_name",
  "deciding_rule",
  "deciding_by_default",
  "packets_in",
  "packets_out",
  "bytes_in",
  "bytes_out",
  "connections_started",
  "connections_completed",
  "connections_live",
];
/** The expressions of a summary. */
export const summarySelect = `toUnixTimestamp(bucket) AS bucket_s, toUnixTimestamp64Milli(received_at) AS received_ms,
  toString(key_hash) AS key_text`;

/** What a detail is read from. */
export const detailColumns: readonly string[] = [...summaryColumns, "enforced", "pending"];

type Count = number | string;

/** A row of summaryColumns and summarySelect. */
export interface SummaryRow {
  readonly [column: string]: unknown;
  readonly cluster_id: string;
  readonly bucket_s: Count;
  readonly received_ms: Count;
  readonly incarnation: string;
  readonly correction: number;
  readonly key_text: string;
}

/** A row of detailColumns. */
export interface DetailRow extends SummaryRow {
  readonly enforced: readonly string[];
  readonly pending: readonly string[];
}

const bucketMs = 15_000;

/** Maps a row of summaryColumns. */
export function summaryOf(row: SummaryRow, ids: FlowIds): FlowSummary {
  const bucketStartMs = Number(row.bucket_s) * 1_000;
  return {
    id: ids.idOf({
      clusterId: row.cluster_id,
      bucket: Number(row.bucket_s),
      keyHash: row.key_text,
      correction: row.correction,
      incarnation: row.incarnation,
    }),
    clusterId: row.cluster_id,
    bucketStartMs,
    bucketEndMs: bucketStartMs + bucketMs,
    receivedAtMs: Number(row.received_ms),
    source: endOf(row, "source"),
    dest: endOf(row, "dest"),
    destPort: Number(row["dest_port"]),
    protocol: text(row, "protocol"),
    service: {
      namespace: text(row, "service_namespace"),
      name: text(row, "service_name"),
      portName: text(row, "service_port_name"),
      port: Number(row["service_port"]),
    },
    reporter: text(row, "reporter") as Reporter,
    action: verdictOf(text(row, "action")),
    pendingAction: verdictOf(text(row, "pending_action")),
    deciding: decidingIn(row),
    packetsIn: Number(row["packets_in"]),
    packetsOut: Number(row["packets_out"]),
    bytesIn: Number(row["bytes_in"]),
    bytesOut: Number(row["bytes_out"]),
    connectionsStarted: Number(row["connections_started"]),
    connectionsCompleted: Number(row["connections_completed"]),
    connectionsLive: Number(row["connections_live"]),
  };
}

/** Maps a row of detailColumns. */
export function detailOf(row: DetailRow, ids: FlowIds): FlowDetail {
  return {
    ...summaryOf(row, ids),
    incarnation: row.incarnation,
    correction: row.correction,
    enforcedTrace: row.enforced.map(decodeHit),
    pendingTrace: row.pending.map(decodeHit),
  };
}

/** One end of a row. */
export function endOf(row: Readonly<Record<string, unknown>>, side: "source" | "dest"): FlowEnd {
  return {
    clusterId: clusterIdOf(text(row, `${side}_cluster_id`)),
    namespace: text(row, `${side}_namespace`),
    workloadKind: text(row, `${side}_workload_kind`),
    workloadName: text(row, `${side}_workload`),
    name: text(row, `${side}_name`),
    type: text(row, `${side}_type`) as EndpointType,
    labels: row[`${side}_labels`] as readonly string[],
    resolution: text(row, `${side}_resolution`) as Resolution,
  };
}

function decidingIn(row: SummaryRow): DecidingPolicy | null {
  if (text(row, "deciding_kind") === "") return null;
  return {
    kind: kindOf(text(row, "deciding_kind")),
    tier: text(row, "deciding_tier"),
    namespace: text(row, "deciding_namespace"),
    name: text(row, "deciding_name"),
    ruleIndex: Number(row["deciding_rule"]),
    action: verdictOf(text(row, "action")),
    byTierDefault: row["deciding_by_default"] === true,
  };
}

/** A column of text; "" where it holds none. */
export function text(row: Readonly<Record<string, unknown>>, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : "";
}
