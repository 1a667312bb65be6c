import type { BatchIdentity, FlowEnd } from "../domain";
import type { AuditRow, DnsAnswer, DnsRow, L7Row, LogBatchInsert, LogKind } from "../log-domain";
import { endColumns, endValues } from "./rows";

/** Where records of a kind are stored. */
export const logTable: Readonly<Record<LogKind, "dns_log" | "l7_log" | "audit_log">> = {
  dns: "dns_log",
  l7: "l7_log",
  audit: "audit_log",
};

const record = [
  "organisation_id",
  "cluster_id",
  "bucket",
  "incarnation",
  "part",
  "parts",
  "correction",
  "key_hash",
  "received_at",
];

/** The columns of each kind that are told, beside those of the record; in the order of the values. */
export const logColumns: Readonly<Record<LogKind, readonly string[]>> = {
  dns: [
    ...endColumns("source"),
    "source_address",
    ...endColumns("dest"),
    "dest_address",
    "question",
    "question_type",
    "question_class",
    "response_code",
    "answers",
    "count",
    "latency_count",
    "latency_mean_ns",
    "latency_max_ns",
  ],
  l7: [
    ...endColumns("source"),
    ...endColumns("dest"),
    "dest_port",
    "service_namespace",
    "service_name",
    "service_port_name",
    "service_port",
    "reporter",
    "protocol",
    "protocol_version",
    "method",
    "url",
    "response_code",
    "user_agent",
    "request_type",
    "collector_type",
    "collector_name",
    "tls_sni",
    "tls_version",
    "tls_cipher_suite",
    "count",
    "bytes_in",
    "bytes_out",
    "duration_mean_us",
    "duration_max_us",
  ],
  audit: [
    "audit_id",
    "stage",
    "level",
    "at",
    "verb",
    "user_name",
    "user_groups",
    "source_addresses",
    "user_agent",
    "object_api_group",
    "object_api_version",
    "object_resource",
    "object_subresource",
    "object_namespace",
    "object_name",
    "object_uid",
    "response_code",
    "event",
    "event_cut",
  ],
};

/** A batch's columns and rows as its table takes them. */
export function logValues(batch: LogBatchInsert): {
  readonly columns: readonly [string, ...string[]];
  readonly rows: readonly (readonly unknown[])[];
} {
  const { identity, receivedAtMs } = batch;
  const columns = [...record, ...logColumns[batch.kind]] as [string, ...string[]];
  const begun = (keyHash: bigint) => recordValues(identity, keyHash, receivedAtMs);
  switch (batch.kind) {
    case "dns":
      return { columns, rows: batch.rows.map((row) => [...begun(row.keyHash), ...dnsValues(row)]) };
    case "l7":
      return { columns, rows: batch.rows.map((row) => [...begun(row.keyHash), ...l7Values(row)]) };
    case "audit":
      return { columns, rows: batch.rows.map((row) => [...begun(row.keyHash), ...auditValues(row)]) };
  }
}

function recordValues(identity: BatchIdentity, keyHash: bigint, receivedAtMs: number): readonly unknown[] {
  const { organisationId, clusterId, bucketStart, incarnation, part, parts, correction } = identity;
  return [
    organisationId,
    clusterId,
    bucketStart,
    incarnation,
    part,
    parts,
    correction,
    keyHash.toString(),
    receivedAtMs,
  ];
}

function dnsValues(row: DnsRow): readonly unknown[] {
  return [
    ...endValues(row.client),
    row.clientAddress,
    ...endValues(row.server),
    row.serverAddress,
    row.question,
    row.questionType,
    row.questionClass,
    row.responseCode,
    row.answers.map(encodeAnswer),
    row.count,
    row.latencyCount,
    row.latencyMeanNs,
    row.latencyMaxNs,
  ];
}

// Records of DNS hold no tab that means anything; one that comes is stored as a space.
const encodeAnswer = (answer: DnsAnswer) =>
  [answer.name, answer.type, answer.class, answer.data].map((text) => text.replaceAll("\t", " ")).join("\t");

/** The reverse of what is stored of an answer. */
export function decodeAnswer(text: string): DnsAnswer {
  const [name = "", type = "", of = "", data = ""] = text.split("\t");
  return { name, type, class: of, data };
}

function l7Values(row: L7Row): readonly unknown[] {
  return [
    ...ends(row.source, row.dest),
    row.destPort,
    row.service.namespace,
    row.service.name,
    row.service.portName,
    row.service.port,
    row.reporter,
    row.protocol,
    row.protocolVersion,
    row.method,
    row.url,
    row.responseCode,
    row.userAgent,
    row.requestType,
    row.collectorType,
    row.collectorName,
    row.tlsSni,
    row.tlsVersion,
    row.tlsCipherSuite,
    row.count,
    row.bytesIn,
    row.bytesOut,
    row.durationMeanUs,
    row.durationMaxUs,
  ];
}

const ends = (source: FlowEnd, dest: FlowEnd) => [...endValues(source), ...endValues(dest)];

/** How much of an audit event's JSON is kept, in bytes of UTF-8: one at level RequestResponse may be megabytes. */
export const maxEventBytes = 16_384;

function auditValues(row: AuditRow): readonly unknown[] {
  const { object } = row;
  const event = cutToBytes(row.event, maxEventBytes);
  return [
    row.auditId,
    row.stage,
    row.level,
    row.atMs,
    row.verb,
    row.user,
    row.groups,
    row.sourceAddresses,
    row.userAgent,
    object.apiGroup,
    object.apiVersion,
    object.resource,
    object.subresource,
    object.namespace,
    object.name,
    object.uid,
    row.responseCode,
    event,
    event.length < row.event.length,
  ];
}

/** The longest beginning of a text that takes no more bytes, with whole characters. */
function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");
}
