import { connectClickHouse } from "./clickhouse-client";
import type { FlowStore, FlowStoreConnection } from "./domain";
import { completeFlows, countFlows, insertFlows, insertGaps, markBuckets } from "./ingest/insert";
import { clustersWithEvidence, knownBuckets, storedFlows } from "./ingest/stored-flows";
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
  const hits = { ...clickhouse, unplacedUntil: createUnplacedUntil(clickhouse) };
  const flows = { ...clickhouse, ids: createFlowIds(connection.password) };
  return {
    flowPage: (scope, request) => flowPage(flows, scope, request),
    tailFlows: (scope, request) => tailFlows(flows, scope, request),
    flowDetail: (scope, id) => flowDetail(flows, scope, id),
    flowFacets: (scope, request) => flowFacets(clickhouse, scope, request),
    flowHistogram: (scope, request) => flowHistogram(clickhouse, scope, request),
    graphEdges: (scope, request) => graphEdges(clickhouse, scope, request),
    edgeTimeseries: (scope, request) => edgeTimeseries(clickhouse, scope, request),
    policyHits: (scope, range) => policyHits(hits, scope, range),
    completeness: (scope, request) => completeness(clickhouse, scope, request),
    changedEdges: (scope, sinceMs) => changedEdges(clickhouse, scope, sinceMs),
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
    deleteOrganisation: (organisationId) => deleteOrganisation(clickhouse, organisationId),
    ping: () => clickhouse.ping(),
    close: () => clickhouse.close(),
  };
}
