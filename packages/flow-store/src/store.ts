import { connectClickHouse } from "./clickhouse-client";
import type { FlowStore, FlowStoreConnection } from "./domain";
import { completeFlows, countFlows, insertFlows, insertGaps, markBuckets } from "./ingest/insert";
import { clustersWithEvidence, knownBuckets, storedFlows } from "./ingest/stored-flows";
import { applyRetention } from "./ingest/apply-retention";
import { insertLogBatch } from "./ingest/insert-log";
import { edgeGroups, topTalkers } from "./queries/edge-groups";
import { fieldValues } from "./queries/field-values";
import { auditLogs, dnsLogs, l7Logs } from "./queries/logs";
import { storageUsage } from "./queries/storage-usage";
import { createDaysFrom } from "./schema/day-rollup";
import { deleteOrganisation } from "./ingest/delete-organisation";
import { changedEdges, edgeTimeseries, graphEdges } from "./queries/edges";
import { completeness } from "./queries/evidence";
import { flowFacets, flowHistogram } from "./queries/flow-summaries";
import { createFlowIds } from "./queries/flow-id";
import { flowDetail, flowPage, tailFlows } from "./queries/flows";
import { createUnplacedUntil, policyHits } from "./queries/policy-hits";

/** Opens the evidence store; its tables are made by migrateFlowStore. */
export function createFlowStore(connection: FlowStoreConnection): FlowStore {
  const clickhouse = connectClickHouse(connection);
  const edges = { ...clickhouse, daysFrom: createDaysFrom(clickhouse) };
  const hits = { ...clickhouse, unplacedUntil: createUnplacedUntil(clickhouse) };
  const flows = { ...clickhouse, ids: createFlowIds(connection.password) };
  return {
    flowPage: (scope, request) => flowPage(flows, scope, request),
    tailFlows: (scope, request) => tailFlows(flows, scope, request),
    flowDetail: (scope, id) => flowDetail(flows, scope, id),
    flowFacets: (scope, request) => flowFacets(clickhouse, scope, request),
    flowHistogram: (scope, request) => flowHistogram(clickhouse, scope, request),
    now: () => clickhouse.now(),
    insertFlows: (entries, fence) => insertFlows(clickhouse, entries, fence),
    endInsert: (id) => clickhouse.endInsert(id),
    countFlows: (flows) => countFlows(clickhouse, flows),
    completeFlows: (flows, fence) => completeFlows(clickhouse, flows, fence),
    storedFlows: (bucket) => storedFlows(clickhouse, bucket),
    markBuckets: (buckets) => markBuckets(clickhouse, buckets),
    insertGaps: (gaps) => insertGaps(clickhouse, gaps),
    clustersWithEvidence: (clusters) => clustersWithEvidence(clickhouse, clusters),
    knownBuckets: (cluster) => knownBuckets(clickhouse, cluster),
    graphEdges: (scope, range) => graphEdges(edges, scope, range),
    edgeTimeseries: (scope, request) => edgeTimeseries(edges, scope, request),
    policyHits: (scope, range) => policyHits(hits, scope, range),
    completeness: (scope, request) => completeness(edges, scope, request),
    changedEdges: (scope, sinceMs) => changedEdges(clickhouse, scope, sinceMs),
    edgeGroups: (scope, request) => edgeGroups(edges, scope, request),
    topTalkers: (scope, request) => topTalkers(edges, scope, request),
    fieldValues: (scope, request) => fieldValues(edges, scope, request),
    dnsLogs: (scope, request) => dnsLogs(flows, scope, request),
    l7Logs: (scope, request) => l7Logs(flows, scope, request),
    auditLogs: (scope, request) => auditLogs(flows, scope, request),
    storageUsage: (request) => storageUsage(clickhouse, request),
    insertLogBatch: (batch) => insertLogBatch(clickhouse, batch),
    applyRetention: (sweep) => applyRetention(clickhouse, sweep),
    deleteOrganisation: (organisationId) => deleteOrganisation(clickhouse, organisationId),
    ping: () => clickhouse.ping(),
    close: () => clickhouse.close(),
  };
}
