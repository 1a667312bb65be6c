import type { Scope } from "../domain";
import { decodeAnswer, logColumns, logTable } from "../ingest/log-rows";
import type { LogKind, LogPage, LogPageRequest, StoredAudit, StoredDns, StoredL7, StoredRecord } from "../log-domain";
import type { FlowSource } from "./flow-id";
import { endOf, text } from "./flow-rows";
import { boundedLimit, identified, newestFirst } from "./identity";
import { ask, within } from "./scoped-query";

type Row = Readonly<Record<string, unknown>>;

const begins = ["cluster_id", "incarnation", "correction"];
const select = `toUnixTimestamp(bucket) AS bucket_s, toUnixTimestamp64Milli(received_at) AS received_ms,
  toString(key_hash) AS key_text, ahead AS is_ahead`;

/** One page of DNS records, newest first; each belongs to its client's place. */
export const dnsLogs = (source: FlowSource, scope: Scope, request: LogPageRequest): Promise<LogPage<StoredDns>> =>
  page(source, scope, { ...request, kind: "dns", recordOf: dnsOf });

/** One page of L7 records, newest first; each belongs to the place of the end that reported it. */
export const l7Logs = (source: FlowSource, scope: Scope, request: LogPageRequest): Promise<LogPage<StoredL7>> =>
  page(source, scope, { ...request, kind: "l7", recordOf: l7Of });

/** One page of Kubernetes' audit events, newest first; each belongs to its object's place. */
export const auditLogs = (source: FlowSource, scope: Scope, request: LogPageRequest): Promise<LogPage<StoredAudit>> =>
  page(source, scope, { ...request, kind: "audit", recordOf: auditOf });

interface PageOf<T> extends LogPageRequest {
  readonly kind: LogKind;
  readonly recordOf: (row: Row) => T;
}

async function page<T>(
  source: FlowSource,
  scope: Scope,
  { kind, range, clusterIds, recordOf, ...request }: PageOf<T>,
): Promise<LogPage<T & StoredRecord>> {
  const limit = boundedLimit(request.limit);
  const rows = await ask<Row>(source, scope, {
    table: logTable[kind],
    columns: [...begins, ...logColumns[kind].filter((column) => column !== "at")],
    select: kind === "audit" ? `${select}, toUnixTimestamp64Milli(at) AS at_ms` : select,
    where: [
      within("bucket", range),
      ...(clusterIds === undefined
        ? []
        : [{ sql: "has({clusters:Array(UUID)}, cluster_id)", parameters: { clusters: clusterIds } }]),
      ...(request.cursor === undefined ? [] : [identified("<", request.cursor, source.ids)]),
    ],
    orderBy: newestFirst,
    limit: limit + 1,
  });
  const records = rows.slice(0, limit).map((row) => ({ ...storedOf(row, source), ...recordOf(row) }));
  return { records, next: rows.length > limit ? (records.at(-1)?.id ?? null) : null };
}

const number = (row: Row, column: string) => Number(row[column]);
const texts = (row: Row, column: string) => row[column] as readonly string[];

function storedOf(row: Row, { ids }: FlowSource): StoredRecord {
  const clusterId = text(row, "cluster_id");
  const bucket = number(row, "bucket_s");
  const correction = number(row, "correction");
  return {
    id: ids.idOf({
      clusterId,
      bucket,
      keyHash: text(row, "key_text"),
      correction,
      incarnation: text(row, "incarnation"),
    }),
    clusterId,
    bucketStartMs: bucket * 1_000,
    receivedAtMs: number(row, "received_ms"),
    ahead: row["is_ahead"] === true,
  };
}

const dnsOf = (row: Row): Omit<StoredDns, keyof StoredRecord> => ({
  client: endOf(row, "source"),
  clientAddress: text(row, "source_address"),
  server: endOf(row, "dest"),
  serverAddress: text(row, "dest_address"),
  question: text(row, "question"),
  questionType: text(row, "question_type"),
  questionClass: text(row, "question_class"),
  responseCode: text(row, "response_code"),
  answers: texts(row, "answers").map(decodeAnswer),
  count: number(row, "count"),
  latencyCount: number(row, "latency_count"),
  latencyMeanNs: number(row, "latency_mean_ns"),
  latencyMaxNs: number(row, "latency_max_ns"),
});

const l7Of = (row: Row): Omit<StoredL7, keyof StoredRecord> => ({
  source: endOf(row, "source"),
  dest: endOf(row, "dest"),
  destPort: number(row, "dest_port"),
  service: {
    namespace: text(row, "service_namespace"),
    name: text(row, "service_name"),
    portName: text(row, "service_port_name"),
    port: number(row, "service_port"),
  },
  reporter: text(row, "reporter") === "source" ? "source" : "destination",
  protocol: text(row, "protocol"),
  protocolVersion: text(row, "protocol_version"),
  method: text(row, "method"),
  url: text(row, "url"),
  responseCode: number(row, "response_code"),
  userAgent: text(row, "user_agent"),
  requestType: text(row, "request_type"),
  collectorType: text(row, "collector_type"),
  collectorName: text(row, "collector_name"),
  tlsSni: text(row, "tls_sni"),
  tlsVersion: text(row, "tls_version"),
  tlsCipherSuite: text(row, "tls_cipher_suite"),
  count: number(row, "count"),
  bytesIn: number(row, "bytes_in"),
  bytesOut: number(row, "bytes_out"),
  durationMeanUs: number(row, "duration_mean_us"),
  durationMaxUs: number(row, "duration_max_us"),
});

const auditOf = (row: Row): Omit<StoredAudit, keyof StoredRecord> => ({
  auditId: text(row, "audit_id"),
  stage: text(row, "stage"),
  level: text(row, "level"),
  atMs: number(row, "at_ms"),
  verb: text(row, "verb"),
  user: text(row, "user_name"),
  groups: texts(row, "user_groups"),
  sourceAddresses: texts(row, "source_addresses"),
  userAgent: text(row, "user_agent"),
  object: {
    apiGroup: text(row, "object_api_group"),
    apiVersion: text(row, "object_api_version"),
    resource: text(row, "object_resource"),
    subresource: text(row, "object_subresource"),
    namespace: text(row, "object_namespace"),
    name: text(row, "object_name"),
    uid: text(row, "object_uid"),
  },
  responseCode: number(row, "response_code"),
  event: text(row, "event"),
  eventCut: row["event_cut"] === true,
});
