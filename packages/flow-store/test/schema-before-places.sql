CREATE DATABASE IF NOT EXISTS `isthmus`
;
CREATE TABLE IF NOT EXISTS `isthmus`.flow (
  organisation_id UUID,
  cluster_id UUID,
  bucket DateTime('UTC'),
  incarnation LowCardinality(String),
  part UInt16,
  parts UInt16,
  correction UInt16,
  key_hash UInt64,
  received_at DateTime64(3, 'UTC'),
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3),
  source_cluster_id UUID,
  source_namespace LowCardinality(String),
  source_workload_kind LowCardinality(String),
  source_workload LowCardinality(String),
  source_name LowCardinality(String),
  source_type LowCardinality(String),
  source_labels Array(LowCardinality(String)),
  source_resolution LowCardinality(String),
  dest_cluster_id UUID,
  dest_namespace LowCardinality(String),
  dest_workload_kind LowCardinality(String),
  dest_workload LowCardinality(String),
  dest_name LowCardinality(String),
  dest_type LowCardinality(String),
  dest_labels Array(LowCardinality(String)),
  dest_resolution LowCardinality(String),
  dest_port UInt16,
  protocol LowCardinality(String),
  service_namespace LowCardinality(String),
  service_name LowCardinality(String),
  service_port_name LowCardinality(String),
  service_port UInt16,
  reporter Enum8('source' = 1, 'destination' = 2),
  action Enum8('unknown' = 0, 'allow' = 1, 'deny' = 2, 'pass' = 3),
  pending_action Enum8('unknown' = 0, 'allow' = 1, 'deny' = 2, 'pass' = 3),
  enforced Array(LowCardinality(String)) COMMENT 'hits in order: kind, tier, namespace, name, action, policy index, rule index, trigger; tab-separated',
  pending Array(LowCardinality(String)),
  policy_names Array(LowCardinality(String)) COMMENT 'names of the policies in both traces, for filters',
  deciding_kind LowCardinality(String),
  deciding_tier LowCardinality(String),
  deciding_namespace LowCardinality(String),
  deciding_name LowCardinality(String),
  deciding_rule Int32,
  deciding_by_default Bool,
  packets_in UInt64,
  packets_out UInt64,
  bytes_in UInt64,
  bytes_out UInt64,
  connections_started UInt64,
  connections_completed UInt64,
  connections_live UInt64,
  INDEX stored stored_at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree()
PARTITION BY toYYYYMMDD(bucket)
ORDER BY (organisation_id, bucket, cluster_id, key_hash, incarnation, correction)
TTL bucket + INTERVAL 7 DAY
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1
;
CREATE TABLE IF NOT EXISTS `isthmus`.edge_minute (
  organisation_id UUID,
  step DateTime('UTC'),
  cluster_id UUID,
  reporter Enum8('source' = 1, 'destination' = 2),
  source_cluster_id UUID,
  source_kind LowCardinality(String),
  source_namespace LowCardinality(String),
  source_name LowCardinality(String),
  dest_cluster_id UUID,
  dest_kind LowCardinality(String),
  dest_namespace LowCardinality(String),
  dest_name LowCardinality(String),
  protocol LowCardinality(String),
  port UInt16,
  flows SimpleAggregateFunction(sum, UInt64),
  allowed_connections SimpleAggregateFunction(sum, UInt64),
  denied_connections SimpleAggregateFunction(sum, UInt64),
  passed_connections SimpleAggregateFunction(sum, UInt64),
  pending_denied_connections SimpleAggregateFunction(sum, UInt64),
  allowed_flows SimpleAggregateFunction(sum, UInt64),
  denied_flows SimpleAggregateFunction(sum, UInt64),
  pending_denied_flows SimpleAggregateFunction(sum, UInt64),
  packets SimpleAggregateFunction(sum, UInt64),
  bytes_to_dest SimpleAggregateFunction(sum, UInt64),
  bytes_to_source SimpleAggregateFunction(sum, UInt64),
  first_bucket SimpleAggregateFunction(min, DateTime('UTC')),
  last_bucket SimpleAggregateFunction(max, DateTime('UTC')),
  stored_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
  services SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  deciding SimpleAggregateFunction(sumMap, Map(String, UInt64)),
  INDEX stored stored_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMMDD(step)
ORDER BY (organisation_id, step, cluster_id, reporter, source_cluster_id, source_kind, source_namespace,
  source_name, dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port)
TTL step + INTERVAL 7 DAY
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1
;
CREATE TABLE IF NOT EXISTS `isthmus`.edge_hour (
  organisation_id UUID,
  step DateTime('UTC'),
  cluster_id UUID,
  reporter Enum8('source' = 1, 'destination' = 2),
  source_cluster_id UUID,
  source_kind LowCardinality(String),
  source_namespace LowCardinality(String),
  source_name LowCardinality(String),
  dest_cluster_id UUID,
  dest_kind LowCardinality(String),
  dest_namespace LowCardinality(String),
  dest_name LowCardinality(String),
  protocol LowCardinality(String),
  port UInt16,
  flows SimpleAggregateFunction(sum, UInt64),
  allowed_connections SimpleAggregateFunction(sum, UInt64),
  denied_connections SimpleAggregateFunction(sum, UInt64),
  passed_connections SimpleAggregateFunction(sum, UInt64),
  pending_denied_connections SimpleAggregateFunction(sum, UInt64),
  allowed_flows SimpleAggregateFunction(sum, UInt64),
  denied_flows SimpleAggregateFunction(sum, UInt64),
  pending_denied_flows SimpleAggregateFunction(sum, UInt64),
  packets SimpleAggregateFunction(sum, UInt64),
  bytes_to_dest SimpleAggregateFunction(sum, UInt64),
  bytes_to_source SimpleAggregateFunction(sum, UInt64),
  first_bucket SimpleAggregateFunction(min, DateTime('UTC')),
  last_bucket SimpleAggregateFunction(max, DateTime('UTC')),
  stored_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
  services SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  deciding SimpleAggregateFunction(sumMap, Map(String, UInt64)),
  INDEX stored stored_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(step)
ORDER BY (organisation_id, step, cluster_id, reporter, source_cluster_id, source_kind, source_namespace,
  source_name, dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port)
TTL step + INTERVAL 84 DAY
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1
;
CREATE TABLE IF NOT EXISTS `isthmus`.policy_minute (
  organisation_id UUID,
  step DateTime('UTC'),
  cluster_id UUID,
  is_pending Bool,
  hit LowCardinality(String),
  flows SimpleAggregateFunction(sum, UInt64),
  connections SimpleAggregateFunction(sum, UInt64),
  packets SimpleAggregateFunction(sum, UInt64),
  bytes SimpleAggregateFunction(sum, UInt64),
  last_bucket SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMMDD(step)
ORDER BY (organisation_id, step, cluster_id, is_pending, hit)
TTL step + INTERVAL 7 DAY
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1
;
CREATE TABLE IF NOT EXISTS `isthmus`.evidence_bucket (
  organisation_id UUID,
  cluster_id UUID,
  bucket DateTime('UTC'),
  incarnation String,
  correction UInt16,
  part UInt16,
  parts UInt16,
  rows UInt32,
  received_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree()
PARTITION BY toYYYYMMDD(bucket)
ORDER BY (organisation_id, cluster_id, bucket, incarnation, correction, part)
TTL bucket + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1
;
CREATE TABLE IF NOT EXISTS `isthmus`.evidence_gap (
  organisation_id UUID,
  cluster_id UUID,
  incarnation String,
  gap_from DateTime('UTC'),
  gap_to DateTime('UTC'),
  reason LowCardinality(String),
  received_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree()
PARTITION BY toYYYYMM(gap_to)
ORDER BY (organisation_id, cluster_id, gap_from, gap_to, incarnation, reason)
TTL gap_to + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1
;
CREATE MATERIALIZED VIEW IF NOT EXISTS `isthmus`.edge_minute_view TO `isthmus`.edge_minute AS
SELECT
  organisation_id, toStartOfMinute(bucket) AS step, cluster_id, reporter,
  source_cluster_id,
  if(source_workload != '', source_workload_kind, source_type) AS source_kind,
  source_namespace,
  if(source_workload != '', source_workload, source_name) AS source_name,
  dest_cluster_id,
  if(dest_workload != '', dest_workload_kind, dest_type) AS dest_kind,
  dest_namespace,
  if(dest_workload != '', dest_workload, dest_name) AS dest_name,
  protocol, dest_port AS port,
  count() AS flows,
  sumIf(connections_started, action = 'allow') AS allowed_connections,
  sumIf(connections_started, action = 'deny') AS denied_connections,
  sumIf(connections_started, action = 'pass') AS passed_connections,
  sumIf(connections_started, action = 'allow' AND pending_action = 'deny') AS pending_denied_connections,
  countIf(action = 'allow') AS allowed_flows,
  countIf(action = 'deny') AS denied_flows,
  countIf(action = 'allow' AND pending_action = 'deny') AS pending_denied_flows,
  sum(packets_in + packets_out) AS packets,
  sum(if(reporter = 'source', bytes_out, bytes_in)) AS bytes_to_dest,
  sum(if(reporter = 'source', bytes_in, bytes_out)) AS bytes_to_source,
  min(bucket) AS first_bucket,
  max(bucket) AS last_bucket,
  max(flow.stored_at) AS stored_at,
  groupUniqArrayIf(concat(service_namespace, '/', service_name), service_name != '') AS services,
  sumMap(map(concat(deciding_kind, '\t', deciding_tier, '\t', deciding_namespace, '\t', deciding_name, '\t',
    toString(action), '\t', toString(deciding_rule), '\t', toString(toUInt8(deciding_by_default))),
    toUInt64(1))) AS deciding
FROM `isthmus`.flow AS flow
GROUP BY organisation_id, step, cluster_id, reporter, source_cluster_id, source_kind, source_namespace, source_name,
  dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port
;
CREATE MATERIALIZED VIEW IF NOT EXISTS `isthmus`.edge_hour_view TO `isthmus`.edge_hour AS
SELECT
  organisation_id, toStartOfHour(bucket) AS step, cluster_id, reporter,
  source_cluster_id,
  if(source_workload != '', source_workload_kind, source_type) AS source_kind,
  source_namespace,
  if(source_workload != '', source_workload, source_name) AS source_name,
  dest_cluster_id,
  if(dest_workload != '', dest_workload_kind, dest_type) AS dest_kind,
  dest_namespace,
  if(dest_workload != '', dest_workload, dest_name) AS dest_name,
  protocol, dest_port AS port,
  count() AS flows,
  sumIf(connections_started, action = 'allow') AS allowed_connections,
  sumIf(connections_started, action = 'deny') AS denied_connections,
  sumIf(connections_started, action = 'pass') AS passed_connections,
  sumIf(connections_started, action = 'allow' AND pending_action = 'deny') AS pending_denied_connections,
  countIf(action = 'allow') AS allowed_flows,
  countIf(action = 'deny') AS denied_flows,
  countIf(action = 'allow' AND pending_action = 'deny') AS pending_denied_flows,
  sum(packets_in + packets_out) AS packets,
  sum(if(reporter = 'source', bytes_out, bytes_in)) AS bytes_to_dest,
  sum(if(reporter = 'source', bytes_in, bytes_out)) AS bytes_to_source,
  min(bucket) AS first_bucket,
  max(bucket) AS last_bucket,
  max(flow.stored_at) AS stored_at,
  groupUniqArrayIf(concat(service_namespace, '/', service_name), service_name != '') AS services,
  sumMap(map(concat(deciding_kind, '\t', deciding_tier, '\t', deciding_namespace, '\t', deciding_name, '\t',
    toString(action), '\t', toString(deciding_rule), '\t', toString(toUInt8(deciding_by_default))),
    toUInt64(1))) AS deciding
FROM `isthmus`.flow AS flow
GROUP BY organisation_id, step, cluster_id, reporter, source_cluster_id, source_kind, source_namespace, source_name,
  dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port
;
CREATE MATERIALIZED VIEW IF NOT EXISTS `isthmus`.policy_minute_view TO `isthmus`.policy_minute AS
SELECT
  organisation_id, toStartOfMinute(bucket) AS step, cluster_id, entry.1 AS is_pending, entry.2 AS hit,
  count() AS flows,
  sum(connections_started) AS connections,
  sum(packets_in + packets_out) AS packets,
  sum(bytes_in + bytes_out) AS bytes,
  max(bucket) AS last_bucket
FROM `isthmus`.flow AS flow
ARRAY JOIN arrayConcat(
  arrayMap(each -> (false, toString(each)), enforced),
  arrayMap(each -> (true, toString(each)), pending)
) AS entry
GROUP BY organisation_id, step, cluster_id, is_pending, hit
;
ALTER TABLE `isthmus`.flow MODIFY TTL bucket + INTERVAL 7 DAY
;
ALTER TABLE `isthmus`.edge_minute MODIFY TTL step + INTERVAL 7 DAY
;
ALTER TABLE `isthmus`.edge_hour MODIFY TTL step + INTERVAL 84 DAY
;
ALTER TABLE `isthmus`.policy_minute MODIFY TTL step + INTERVAL 7 DAY
;
ALTER TABLE `isthmus`.evidence_bucket MODIFY TTL bucket + INTERVAL 7 DAY
;
ALTER TABLE `isthmus`.evidence_gap MODIFY TTL gap_to + INTERVAL 7 DAY
