import type { ClickHouse } from "../clickhouse-client";
import type { PolicyHits, Scope, TimeRange } from "../domain";
import { decodeHit } from "../ingest/trace";
import { narrowedPlaces } from "./places";
import { ask, within, type Question } from "./scoped-query";

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

/**
 * How often each rule of each policy was met, per cluster: of whole clusters from the minute rollup, which knows no
 * namespaces, and of single namespaces from the flows themselves.
 */
export async function policyHits(
  clickhouse: ClickHouse,
  scope: Scope,
  range: TimeRange,
): Promise<readonly PolicyHits[]> {
  const { organisationId, places } = scope;
  const narrowed: Scope = { organisationId, places: places === "all" ? new Map() : narrowedPlaces(places) };
  const answers = await Promise.all([
    ask<HitRow>(clickhouse, scope, fromRollup(range)),
    narrowed.places === "all" || narrowed.places.size === 0 ? [] : ask<HitRow>(clickhouse, narrowed, fromFlows(range)),
  ]);
  const rows = answers.flat().toSorted((a, b) => Number(b.flow_sum) - Number(a.flow_sum));
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

const counted = { groupBy: "cluster_id, is_pending, hit", orderBy: "flow_sum DESC", limit: maxRows };

function fromRollup(range: TimeRange): Question {
  return {
    table: "policy_minute",
    select: `cluster_id, is_pending, hit, sum(flows) AS flow_sum, sum(connections) AS connection_sum,
      sum(packets) AS packet_sum, sum(bytes) AS byte_sum, toUnixTimestamp(max(last_bucket)) AS last_s`,
    where: [within("step", range, 60)],
    ...counted,
  };
}

/** As policy_minute_view counts, of the same whole minutes. */
function fromFlows({ fromMs, toMs }: TimeRange): Question {
  const minuteMs = 60_000;
  return {
    table: "flow",
    select: `cluster_id, entry.1 AS is_pending, entry.2 AS hit, count() AS flow_sum,
      sum(connections_started) AS connection_sum, sum(packets_in + packets_out) AS packet_sum,
      sum(bytes_in + bytes_out) AS byte_sum, toUnixTimestamp(max(bucket)) AS last_s`,
    arrayJoin: `arrayConcat(arrayMap(each -> (false, toString(each)), enforced),
      arrayMap(each -> (true, toString(each)), pending)) AS entry`,
    where: [within("bucket", { fromMs, toMs: Math.ceil(toMs / minuteMs) * minuteMs }, 60)],
    ...counted,
  };
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
