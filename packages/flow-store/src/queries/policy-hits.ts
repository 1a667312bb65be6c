import type { ClickHouse } from "../clickhouse-client";
import type { PolicyHits, Scope, TimeRange } from "../domain";
import { decodeHit } from "../ingest/trace";
import { ask, within } from "./scoped-query";

interface HitRow {
  readonly cluster_id: string;
  readonly is_pending: boolean;
  readonly hit: string;
  readonly flow_sum: number | string;
  readonly connection_sum: number | string;
  readonly packet_sum: number | string;
  readonly byte_sum: number | string;
  readonly last_s: number | string;
}

const maxRows = 50_000;

/** How often each rule of each policy was met, per cluster, from the minute rollup. */
export async function policyHits(
  clickhouse: ClickHouse,
  scope: Scope,
  range: TimeRange,
): Promise<readonly PolicyHits[]> {
  const rows = await ask<HitRow>(clickhouse, scope, {
    table: "policy_minute",
    select: `cluster_id, is_pending, hit, sum(flows) AS flow_sum, sum(connections) AS connection_sum,
      sum(packets) AS packet_sum, sum(bytes) AS byte_sum, toUnixTimestamp(max(last_bucket)) AS last_s`,
    where: [within("step", range, 60)],
    groupBy: "cluster_id, is_pending, hit",
    orderBy: "flow_sum DESC",
    limit: maxRows,
  });
  const byRule = new Map<string, PolicyHits>();
  for (const row of rows) {
    const hits = hitsOf(row);
    const { clusterId, kind, tier, namespace, name, ruleIndex, action, pending } = hits;
    const key = JSON.stringify([clusterId, kind, tier, namespace, name, ruleIndex, action, pending]);
    const other = byRule.get(key);
    byRule.set(key, other ? added(other, hits) : hits);
  }
  return [...byRule.values()];
}

function hitsOf(row: HitRow): PolicyHits {
  const hit = decodeHit(row.hit);
  // The end of a tier is met on account of the policy that made its default apply.
  const { kind, tier, namespace, name } = hit.trigger ?? hit;
  return {
    clusterId: row.cluster_id,
    kind,
    tier,
    namespace,
    name,
    ruleIndex: hit.ruleIndex,
    action: hit.action,
    pending: row.is_pending,
    flows: Number(row.flow_sum),
    connections: Number(row.connection_sum),
    packets: Number(row.packet_sum),
    bytes: Number(row.byte_sum),
    lastHitMs: Number(row.last_s) * 1_000,
  };
}

function added(a: PolicyHits, b: PolicyHits): PolicyHits {
  return {
    ...a,
    flows: a.flows + b.flows,
    connections: a.connections + b.connections,
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    lastHitMs: Math.max(a.lastHitMs, b.lastHitMs),
  };
}
