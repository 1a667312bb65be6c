import type { FlowRow } from "../src/index";
import { endColumns, endValues } from "../src/ingest/rows";
import { decidingOf, encodeHit } from "../src/ingest/trace";
import type { FlowBatch } from "../src/testing";

/** The columns of `flow`, in the order of flowValues. */
export const flowColumns: readonly [string, ...string[]] = [
  "organisation_id",
  "cluster_id",
  "bucket",
  "incarnation",
  "part",
  "parts",
  "correction",
  "key_hash",
  "received_at",
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
  "enforced",
  "pending",
  "policy_names",
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

/** One row of `flow`. Integers into DateTime64(3) are milliseconds, into DateTime seconds. */
export function flowValues({ identity, receivedAtMs }: FlowBatch, row: FlowRow): readonly unknown[] {
  const { enforcedTrace, pendingTrace, service } = row;
  const deciding = decidingOf(enforcedTrace);
  const names = new Set([...enforcedTrace, ...pendingTrace].flatMap((hit) => [hit.name, hit.trigger?.name ?? ""]));
  return [
    identity.organisationId,
    identity.clusterId,
    identity.bucketStart,
    identity.incarnation,
    identity.part,
    identity.parts,
    identity.correction,
    row.keyHash.toString(),
    receivedAtMs,
    ...endValues(row.source),
    ...endValues(row.dest),
    row.destPort,
    row.protocol,
    service.namespace,
    service.name,
    service.portName,
    service.port,
    row.reporter,
    row.action,
    decidingOf(pendingTrace)?.action ?? "unknown",
    enforcedTrace.map(encodeHit),
    pendingTrace.map(encodeHit),
    [...names].filter((name) => name !== ""),
    deciding?.kind ?? "",
    deciding?.tier ?? "",
    deciding?.namespace ?? "",
    deciding?.name ?? "",
    deciding?.ruleIndex ?? -1,
    deciding?.byTierDefault ?? false,
    row.packetsIn,
    row.packetsOut,
    row.bytesIn,
    row.bytesOut,
    row.connectionsStarted,
    row.connectionsCompleted,
    row.connectionsLive,
  ];
}
