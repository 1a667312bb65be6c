import { ahead, end, endPlace, place, placeOf, reporterPlace } from "./columns";

/** Columns that begin the record of every kind, in the order of recordValues. */
const record = `
  organisation_id UUID,
  cluster_id UUID,
  bucket DateTime('UTC'),
  incarnation LowCardinality(String),
  part UInt16,
  parts UInt16,
  correction UInt16,
  key_hash UInt64,
  received_at DateTime64(3, 'UTC'),`;
const stored = "stored_at DateTime64(3, 'UTC') DEFAULT now64(3)";
const address = (side: "source" | "dest") => `${side}_address String`;
const ends = [`source_place ${place} ${endPlace("source")}`, `dest_place ${place} ${endPlace("dest")}`];

const dns = `${record}${end("source")}
  ${address("source")},${end("dest")}
  ${address("dest")},
  question String,
  question_type LowCardinality(String),
  question_class LowCardinality(String),
  response_code LowCardinality(String),
  answers Array(String) COMMENT 'name, type, class, data; tab-separated',
  count UInt64,
  latency_count UInt64,
  latency_mean_ns UInt64,
  latency_max_ns UInt64,
  ${stored},
  reporter_place ${place} ${placeOf("source_namespace")},
  ${ends.join(",\n  ")},
  ${ahead}`;

const l7 = `${record}${end("source")}${end("dest")}
  dest_port UInt16,
  service_namespace LowCardinality(String),
  service_name LowCardinality(String),
  service_port_name LowCardinality(String),
  service_port UInt16,
  reporter Enum8('source' = 1, 'destination' = 2),
  protocol LowCardinality(String),
  protocol_version LowCardinality(String),
  method LowCardinality(String),
  url String,
  response_code UInt16,
  user_agent String,
  request_type LowCardinality(String),
  collector_type LowCardinality(String),
  collector_name LowCardinality(String),
  tls_sni String,
  tls_version LowCardinality(String),
  tls_cipher_suite LowCardinality(String),
  count UInt64,
  bytes_in UInt64,
  bytes_out UInt64,
  duration_mean_us UInt64,
  duration_max_us UInt64,
  ${stored},
  reporter_place ${place} ${reporterPlace},
  ${ends.join(",\n  ")},
  service_place ${place} ${placeOf("service_namespace")},
  ${ahead}`;

const audit = `${record}
  audit_id String,
  stage LowCardinality(String),
  level LowCardinality(String),
  at DateTime64(3, 'UTC'),
  verb LowCardinality(String),
  user_name String,
  user_groups Array(LowCardinality(String)),
  source_addresses Array(String),
  user_agent String,
  object_api_group LowCardinality(String),
  object_api_version LowCardinality(String),
  object_resource LowCardinality(String),
  object_subresource LowCardinality(String),
  object_namespace LowCardinality(String),
  object_name String,
  object_uid String,
  response_code UInt16,
  event String,
  event_cut Bool,
  ${stored},
  reporter_place ${place} ${placeOf("object_namespace")},
  ${ahead}`;

const bucket = `
  organisation_id UUID,
  kind LowCardinality(String),
  cluster_id UUID,
  bucket DateTime('UTC'),
  incarnation String,
  correction UInt16,
  part UInt16,
  parts UInt16,
  rows UInt32,
  received_at DateTime64(3, 'UTC')`;

const order = "organisation_id, bucket, cluster_id, key_hash, incarnation, correction";
const byDay = "toYYYYMMDD(bucket)";
const rows = (name: "dns_log" | "l7_log" | "audit_log", columns: string) =>
  ({ name, columns, engine: "MergeTree", orderBy: order, partitionBy: byDay }) as const;

/** Tables of records beside flows, and the marks of their buckets, which are written last. */
export const logTables = [
  rows("dns_log", dns),
  rows("l7_log", l7),
  rows("audit_log", audit),
  {
    name: "log_bucket",
    columns: bucket,
    engine: "ReplacingMergeTree",
    orderBy: "organisation_id, kind, cluster_id, bucket, incarnation, correction, part",
    partitionBy: byDay,
  },
] as const;
