import type { ClickHouseClient } from "@clickhouse/client";
import { flowColumns } from "../test/json-rows";

/** Clusters that report flows. */
export const clusters = 20;
/** Namespaces of each cluster: 500 places with flows. */
export const namespaces = 25;

/** The id of a cluster. */
export const clusterId = (index: number): string => `00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;

/** What is generated: so many flows in each of so many buckets from a moment on (Unix seconds). */
export interface Generated {
  readonly organisationId: string;
  readonly from: number;
  readonly buckets: number;
  readonly flowsPerBucket: number;
}

const chunk = 50_000;

/**
 * Flows of 20 clusters, of both reporters, some to other clusters, of 100 pairs of workloads in each, made by ClickHouse
 * itself and with all rollups.
 */
export async function generateFlows(
  client: ClickHouseClient,
  { organisationId, from, buckets, flowsPerBucket }: Generated,
): Promise<void> {
  const bucketOf = `intDiv(number, ${flowsPerBucket})`;
  const slot = `((intDiv(number, ${clusters}) * 7 + ${bucketOf}) % 100)`;
  const cluster = (index: string) =>
    `toUUID(concat('00000000-0000-4000-8000-', lpad(lower(hex(toUInt32(${index}))), 12, '0')))`;
  const here = `number % ${clusters}`;
  const end = (where: string, namespace: string, workload: string) => `${cluster(where)},
    concat('namespace-', toString(${namespace})), 'Deployment', concat('w', toString(${workload})),
    concat('w', toString(${workload}), '-*'), 'workload', [concat('app=w', toString(${workload}))], 'local'`;
  const source = `${slot} % ${namespaces}`;
  const dest = `(${slot} * 3 + 1) % ${namespaces}`;
  const there = `if(${slot} % 5 = 0, number + 7, number) % ${clusters}`;
  const reporting = `concat('namespace-', toString(if(${slot} % 2 = 0, ${source}, ${dest})))`;
  const hit = `concat('CalicoNetworkPolicy\\tsecurity\\t', ${reporting}, '\\tsecurity.allow\\tallow\\t0\\t1')`;
  const all = buckets * flowsPerBucket;
  for (let begin = 0; begin < all; begin += chunk) {
    await client.command({
      query: `INSERT INTO flow (${flowColumns.join(", ")})
        SELECT toUUID('${organisationId}'), ${cluster(here)}, toDateTime(${from} + 15 * ${bucketOf}, 'UTC'),
          'goldmane-1/0', 0, 1, 0, sipHash64(number), now64(3), ${end(here, source, slot)}, ${end(there, dest, `${slot} + 1`)},
          8000 + ${slot} % 5, 'tcp', concat('namespace-', toString(${dest})), concat('svc', toString(${slot})), 'http', 80,
          if(${slot} % 2 = 0, 'source', 'destination'), if(${slot} % 10 = 0, 'deny', 'allow'), 'allow', [${hit}], [],
          ['security.allow'], 'CalicoNetworkPolicy', 'security', ${reporting}, 'security.allow', 1, false,
          1, 2, 3, 4, 5, 6, 7
        FROM numbers(${begin}, ${Math.min(chunk, all - begin)})`,
    });
  }
}
