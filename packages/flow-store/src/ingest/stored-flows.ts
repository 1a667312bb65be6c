import type { ClickHouse } from "../clickhouse-client";
import type { FlowCounts, KnownBuckets, StoredFlows } from "../domain";

/** Names one bucket of one incarnation of a cluster's source. */
export interface BucketKey {
  readonly organisationId: string;
  readonly clusterId: string;
  readonly incarnation: string;
  /** Unix seconds. */
  readonly bucket: number;
}

type SumRow = Readonly<Record<keyof FlowCounts, number | string>> & {
  readonly key: string;
  readonly newest: number;
  readonly row_count: number | string;
};

/** What is stored of a bucket, by flow: for settling what comes for it again. */
export async function storedFlows(clickhouse: ClickHouse, bucket: BucketKey): Promise<StoredFlows> {
  const parameters = {
    organisation: bucket.organisationId,
    cluster: bucket.clusterId,
    bucket: bucket.bucket,
    incarnation: bucket.incarnation,
  };
  const ofBucket = `organisation_id = {organisation:UUID} AND cluster_id = {cluster:UUID}
       AND bucket = toDateTime({bucket:UInt32}, 'UTC') AND incarnation = {incarnation:String}`;
  const marked = clickhouse.select<{ readonly row_count: number | string }>(
    `SELECT max(rows) AS row_count FROM evidence_bucket WHERE ${ofBucket}`,
    parameters,
  );
  const summed = clickhouse.select<SumRow>(
    `SELECT toString(key_hash) AS key, max(correction) AS newest, count() AS row_count,
       sum(packets_in) AS packetsIn, sum(packets_out) AS packetsOut, sum(bytes_in) AS bytesIn,
       sum(bytes_out) AS bytesOut, sum(connections_started) AS connectionsStarted,
       sum(connections_completed) AS connectionsCompleted, sum(connections_live) AS connectionsLive
     FROM flow
     WHERE ${ofBucket}
     GROUP BY key_hash`,
    parameters,
  );
  const [[mark], rows] = await Promise.all([marked, summed]);
  return {
    sums: new Map(rows.map((row) => [BigInt(row.key), countsOf(row)])),
    newestCorrection: rows.reduce((most, { newest }) => Math.max(most, Number(newest)), 0),
    isWhole: rows.reduce((sum, { row_count }) => sum + Number(row_count), 0) >= Number(mark?.row_count ?? 0),
  };
}

function countsOf(row: SumRow): FlowCounts {
  return {
    packetsIn: Number(row.packetsIn),
    packetsOut: Number(row.packetsOut),
    bytesIn: Number(row.bytesIn),
    bytesOut: Number(row.bytesOut),
    connectionsStarted: Number(row.connectionsStarted),
    connectionsCompleted: Number(row.connectionsCompleted),
    connectionsLive: Number(row.connectionsLive),
  };
}

interface IslandRow {
  readonly incarnation: string;
  readonly from_s: number | string;
  readonly to_s: number | string;
}

interface TornRow {
  readonly incarnation: string;
  readonly bucket_s: number | string;
  readonly all_parts: number;
  readonly stored: readonly number[];
}

interface AdditionRow {
  readonly incarnation: string;
  readonly addition: string;
}

/** Which of some clusters have any evidence. */
export async function clustersWithEvidence(
  clickhouse: ClickHouse,
  { organisationId, clusterIds }: { readonly organisationId: string; readonly clusterIds: readonly string[] },
): Promise<readonly string[]> {
  const rows = await clickhouse.select<{ cluster: string }>(
    `WITH marked AS (SELECT DISTINCT cluster_id FROM evidence_bucket
       WHERE organisation_id = {organisation:UUID} AND has({clusters:Array(UUID)}, cluster_id))
     SELECT toString(cluster_id) AS cluster FROM marked
     UNION ALL SELECT DISTINCT toString(cluster_id) AS cluster FROM flow
     WHERE organisation_id = {organisation:UUID} AND has({clusters:Array(UUID)}, cluster_id) AND cluster_id NOT IN marked`,
    { organisation: organisationId, clusters: clusterIds },
  );
  return rows.map(({ cluster }) => cluster);
}

/**
 * What the store itself says of a cluster's buckets: for a ledger that is begun where there is evidence already, of an
 * older version or from a backup. The last islands are enough; who has older ones has more than is kept.
 */
export async function knownBuckets(
  clickhouse: ClickHouse,
  { organisationId, clusterId }: { readonly organisationId: string; readonly clusterId: string },
): Promise<readonly KnownBuckets[]> {
  const parameters = { organisation: organisationId, cluster: clusterId, restored: "restored" };
  const own = "organisation_id = {organisation:UUID} AND cluster_id = {cluster:UUID}";
  const islands = (table: string) => `
    SELECT incarnation, toUnixTimestamp(min(bucket)) AS from_s, toUnixTimestamp(max(bucket)) + 15 AS to_s
    FROM (SELECT incarnation, bucket, row_number() OVER (PARTITION BY incarnation ORDER BY bucket) AS place FROM (${table}))
    GROUP BY incarnation, toUnixTimestamp(bucket) - 15 * place ORDER BY to_s DESC LIMIT 4000`;
  const [stored, torn, additions, lost, unmarked] = await Promise.all([
    clickhouse.select<IslandRow>(
      islands(`SELECT incarnation, bucket FROM evidence_bucket WHERE ${own} AND correction = 0
        GROUP BY incarnation, bucket HAVING uniqExact(part) >= max(parts)`),
      parameters,
    ),
    clickhouse.select<TornRow>(
      `SELECT incarnation, toUnixTimestamp(bucket) AS bucket_s, max(parts) AS all_parts, groupUniqArray(part) AS stored
       FROM evidence_bucket WHERE ${own} AND correction = 0
       GROUP BY incarnation, bucket HAVING uniqExact(part) < max(parts) ORDER BY bucket DESC LIMIT 1000`,
      parameters,
    ),
    clickhouse.select<AdditionRow>(
      `SELECT DISTINCT incarnation, concat(toString(toUnixTimestamp(bucket)), '/', toString(correction), '/', toString(part))
         AS addition FROM evidence_bucket WHERE ${own} AND correction > 0 LIMIT 10000`,
      parameters,
    ),
    clickhouse.select<IslandRow>(
      `SELECT DISTINCT incarnation, toUnixTimestamp(gap_from) AS from_s, toUnixTimestamp(gap_to) AS to_s
       FROM evidence_gap WHERE ${own} AND reason != {restored:String} ORDER BY to_s DESC LIMIT 4000`,
      parameters,
    ),
    // What a gateway of an older version left when it was killed between the flows and their mark.
    clickhouse.select<TornRow>(
      `SELECT incarnation, toUnixTimestamp(bucket) AS bucket_s, 0 AS all_parts, [] AS stored FROM flow
       WHERE ${own} AND (incarnation, bucket) NOT IN (SELECT incarnation, bucket FROM evidence_bucket WHERE ${own})
       GROUP BY incarnation, bucket ORDER BY bucket DESC LIMIT 400`,
      parameters,
    ),
  ]);
  const incarnations = new Set([...stored, ...torn, ...unmarked, ...additions].map(({ incarnation }) => incarnation));
  const of = <T extends { readonly incarnation: string }>(rows: readonly T[], name: string) =>
    rows.filter(({ incarnation }) => incarnation === name);
  return [...incarnations].map((name) => ({
    incarnation: name,
    stored: of(stored, name).map(rangeOf),
    lost: of(lost, name).map(rangeOf),
    torn: of([...torn, ...unmarked], name).map(({ bucket_s: bucket, all_parts: parts, stored: there }) => ({
      bucket: Number(bucket),
      parts: Number(parts),
      stored: there.map(Number),
    })),
    additions: of(additions, name).map(({ addition }) => addition),
  }));
}

const rangeOf = ({ from_s: from, to_s: to }: IslandRow) => [Number(from), Number(to)] as const;
