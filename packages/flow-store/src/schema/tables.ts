import type { FlowStoreSchemaOptions } from "../domain";
import { answeringKinds, type EvidenceKind } from "../retention";
import { ahead, end, endPlace, place, placeOf, reporterPlace, reporting } from "./columns";
import { logTables } from "./log-tables";
import { toldNames } from "./told-names";

/** The names of the tables. */
export type TableName =
  | "flow"
  | EdgeTable
  | "policy_minute"
  | "evidence_bucket"
  | "evidence_gap"
  | "dns_log"
  | "l7_log"
  | "audit_log"
  | "log_bucket";

/** The rollups of edges, by their step. */
export type EdgeTable = "edge_minute" | "edge_hour" | "edge_day";

/** The engine of a table, alone or replicated on a cluster. */
export type EngineOf = (engine: "MergeTree" | "AggregatingMergeTree" | "ReplacingMergeTree") => string;

/** Names engines for a deployment: `MergeTree`, or `ReplicatedMergeTree` where there is a cluster. */
export function enginesFor(deployment: FlowStoreSchemaOptions["deployment"]): EngineOf {
  return (engine) => (deployment === "embedded" ? `${engine}()` : `Replicated${engine}()`);
}

const window = 10_000;

/**
 * How many of the newest inserts a table knows again by their token. An insert is repeated under its token for less than
 * two minutes, and after that Postgres says whether it is stored, so that this need not cover any outage.
 */
export function deduplication(deployment: FlowStoreSchemaOptions["deployment"]): string {
  return deployment === "embedded"
    ? `non_replicated_deduplication_window = ${window}`
    : `replicated_deduplication_window = ${window}, replicated_deduplication_window_seconds = 604800`;
}

/** How old rows of a table are and what they count as. */
export interface Aging {
  readonly column: "bucket" | "step" | "gap_to";
  /** When a row arrived, for those whose own time is still to come. */
  readonly arrived?: "received_at" | "stored_at";
  /** The kinds whose setting the table follows, the longest of several. */
  readonly kinds: readonly [EvidenceKind, ...EvidenceKind[]];
}

const marks = { arrived: "received_at", kinds: answeringKinds } as const;
const record = (kind: EvidenceKind): Aging => ({ column: "bucket", arrived: "received_at", kinds: [kind] });
const rollup = (kind: EvidenceKind): Aging => ({ column: "step", arrived: "stored_at", kinds: [kind] });

/** The age of each table's rows. Marks of buckets live as long as anything whose completeness they say. */
export const aging: Readonly<Record<TableName, Aging>> = {
  flow: record("flows"),
  edge_minute: rollup("minute"),
  edge_hour: rollup("hour"),
  edge_day: rollup("day"),
  policy_minute: { column: "step", kinds: ["minute"] },
  evidence_bucket: { column: "bucket", ...marks },
  evidence_gap: { column: "gap_to", ...marks },
  dns_log: record("dns"),
  l7_log: record("l7"),
  audit_log: record("audit"),
  log_bucket: { column: "bucket", arrived: "received_at", kinds: ["dns", "l7", "audit"] },
};

/**
 * Columns that follow from others, stored so that a scope is asked once for each distinct place and not for each row.
 * Where a part of an older installation lacks them, ClickHouse works them out as it reads.
 */
const flowPlaces = [
  `reporter_place ${place} ${reporterPlace}`,
  `source_place ${place} ${endPlace("source")}`,
  `dest_place ${place} ${endPlace("dest")}`,
  `service_place ${place} ${placeOf("service_namespace")}`,
  `told_policy_names Array(LowCardinality(String)) MATERIALIZED ${toldNames(reporting)}`,
];
/**
 * What a search reads, as one text for all that is hidden together: it is searched once for each distinct end or trace,
 * where lists of names would be searched in every row.
 */
const flowTexts = [
  ...["source", "dest"].map(
    (side) =>
      `${side}_text LowCardinality(String) MATERIALIZED concat(${side}_namespace, ' ', ${side}_workload, ' ', ${side}_name)`,
  ),
  "service_text LowCardinality(String) MATERIALIZED concat(service_namespace, ' ', service_name)",
  "policy_text LowCardinality(String) MATERIALIZED arrayStringConcat(policy_names, ' ')",
  "told_policy_text LowCardinality(String) MATERIALIZED arrayStringConcat(told_policy_names, ' ')",
];
const edgePlaces = flowPlaces.slice(0, 3);

/** Empty where the source of the flow tells none: Goldmane does not. */
const flowAddresses = ["source_address String DEFAULT ''", "dest_address String DEFAULT ''"];

const verdict = "Enum8('unknown' = 0, 'allow' = 1, 'deny' = 2, 'pass' = 3)";

// Signed: a correction is what has to be added, and may take back.
const counts = [
  "packets_in",
  "packets_out",
  "bytes_in",
  "bytes_out",
  "connections_started",
  "connections_completed",
  "connections_live",
].map((name) => `${name} Int64`);

const howStored = [
  "is_first Bool DEFAULT true COMMENT 'false: a correction of a flow that is counted already'",
  "as_of DateTime64(3, 'UTC') DEFAULT toDateTime64(0, 3, 'UTC') COMMENT 'when the source said so, after the bucket was streamed'",
];

const flow = `
  organisation_id UUID,
  cluster_id UUID,
  bucket DateTime('UTC'),
  incarnation LowCardinality(String),
  part UInt16,
  parts UInt16,
  correction UInt16,
  key_hash UInt64,
  received_at DateTime64(3, 'UTC'),
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3),${end("source")}${end("dest")}
  dest_port UInt16,
  protocol LowCardinality(String),
  service_namespace LowCardinality(String),
  service_name LowCardinality(String),
  service_port_name LowCardinality(String),
  service_port UInt16,
  reporter Enum8('source' = 1, 'destination' = 2),
  action ${verdict},
  pending_action ${verdict},
  enforced Array(LowCardinality(String)) COMMENT 'hits in order: kind, tier, namespace, name, action, policy index, rule index, trigger; tab-separated',
  pending Array(LowCardinality(String)),
  policy_names Array(LowCardinality(String)) COMMENT 'names of the policies in both traces, for filters',
  deciding_kind LowCardinality(String),
  deciding_tier LowCardinality(String),
  deciding_namespace LowCardinality(String),
  deciding_name LowCardinality(String),
  deciding_rule Int32,
  deciding_by_default Bool,
  ${[...counts, ...howStored, ...flowAddresses].join(",\n  ")},
  ${[...flowPlaces, ...flowTexts].join(",\n  ")},
  ${ahead},
  INDEX stored stored_at TYPE minmax GRANULARITY 1`;

const sum = "SimpleAggregateFunction(sum, UInt64)";

const edge = `
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
  flows ${sum},
  allowed_connections ${sum},
  denied_connections ${sum},
  passed_connections ${sum},
  pending_denied_connections ${sum},
  allowed_flows ${sum},
  denied_flows ${sum},
  pending_denied_flows ${sum},
  packets ${sum},
  bytes_to_dest ${sum},
  bytes_to_source ${sum},
  first_bucket SimpleAggregateFunction(min, DateTime('UTC')),
  last_bucket SimpleAggregateFunction(max, DateTime('UTC')),
  stored_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
  services SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  deciding SimpleAggregateFunction(sumMap, Map(String, UInt64)),
  ${edgePlaces.join(",\n  ")},
  INDEX stored stored_at TYPE minmax GRANULARITY 1`;

const edgeKey = `organisation_id, step, cluster_id, reporter, source_cluster_id, source_kind, source_namespace,
  source_name, dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port`;

const policy = `
  organisation_id UUID,
  step DateTime('UTC'),
  cluster_id UUID,
  is_pending Bool,
  hit LowCardinality(String),
  reporter_place LowCardinality(String) COMMENT 'empty in rows from before there was this column',
  flows ${sum},
  connections ${sum},
  packets ${sum},
  bytes ${sum},
  last_bucket SimpleAggregateFunction(max, DateTime('UTC'))`;

const policyKey = "organisation_id, step, cluster_id, is_pending, hit, reporter_place";

const evidenceBucket = `
  organisation_id UUID,
  cluster_id UUID,
  bucket DateTime('UTC'),
  incarnation String,
  correction UInt16,
  part UInt16,
  parts UInt16,
  rows UInt32,
  received_at DateTime64(3, 'UTC')`;

const evidenceGap = `
  organisation_id UUID,
  cluster_id UUID,
  incarnation String,
  gap_from DateTime('UTC'),
  gap_to DateTime('UTC'),
  reason LowCardinality(String),
  received_at DateTime64(3, 'UTC')`;

/**
 * Tables whose rows are told apart by their whole key need no window: a second row of a key is the same row. There it
 * would do harm, since a row that somebody removed could not be put back.
 */
export const keptByKey: ReadonlySet<TableName> = new Set(["evidence_bucket", "evidence_gap", "log_bucket"]);

/** One table: its columns, engine, order and partition. */
export interface TableDefinition {
  readonly name: TableName;
  readonly columns: string;
  readonly engine: Parameters<EngineOf>[0];
  readonly orderBy: string;
  readonly partitionBy: string;
}

/** All tables; every order begins with the organisation. */
export const tables: readonly TableDefinition[] = [
  {
    name: "flow",
    columns: flow,
    engine: "MergeTree",
    orderBy: "organisation_id, bucket, cluster_id, key_hash, incarnation, correction",
    partitionBy: "toYYYYMMDD(bucket)",
  },
  {
    name: "edge_minute",
    columns: edge,
    engine: "AggregatingMergeTree",
    orderBy: edgeKey,
    partitionBy: "toYYYYMMDD(step)",
  },
  {
    name: "edge_hour",
    columns: edge,
    engine: "AggregatingMergeTree",
    orderBy: edgeKey,
    partitionBy: "toYYYYMM(step)",
  },
  {
    name: "edge_day",
    columns: edge,
    engine: "AggregatingMergeTree",
    orderBy: edgeKey,
    partitionBy: "toYYYYMM(step)",
  },
  {
    name: "policy_minute",
    columns: policy,
    engine: "AggregatingMergeTree",
    orderBy: policyKey,
    partitionBy: "toYYYYMMDD(step)",
  },
  {
    name: "evidence_bucket",
    columns: evidenceBucket,
    engine: "ReplacingMergeTree",
    orderBy: "organisation_id, cluster_id, bucket, incarnation, correction, part",
    partitionBy: "toYYYYMMDD(bucket)",
  },
  {
    name: "evidence_gap",
    columns: evidenceGap,
    engine: "ReplacingMergeTree",
    orderBy: "organisation_id, cluster_id, gap_from, gap_to, incarnation, reason",
    partitionBy: "toYYYYMM(gap_to)",
  },
  ...logTables,
];

/** What tables lack that an older version made: parts of `ALTER TABLE`, each of which may be run again. */
export const additions: Readonly<Partial<Record<TableName, readonly string[]>>> = {
  flow: [...howStored, ...flowAddresses, ...flowPlaces, ...flowTexts, ahead]
    .map(added)
    .concat(counts.map((column) => `MODIFY COLUMN ${column}`)),
  edge_minute: edgePlaces.map(added),
  edge_hour: edgePlaces.map(added),
  policy_minute: [added("reporter_place LowCardinality(String)"), `MODIFY ORDER BY (${policyKey})`],
};

function added(column: string): string {
  return `ADD COLUMN IF NOT EXISTS ${column}`;
}

/** The names of a table's columns. */
export function columnsOf(table: TableName): readonly string[] {
  const definition = tables.find(({ name }) => name === table)?.columns ?? "";
  return [...definition.matchAll(/^ {2}(\w+) (?!\w+ TYPE )/gm)].map(([, name = ""]) => name);
}
