import type { ClickHouse } from "../clickhouse-client";
import type { CountedHits, PolicyHits, PolicyHitsRequest, PolicyOfHits, Scope, TimeRange } from "../domain";
import { decodeHit } from "../ingest/trace";
import { narrowedPlaces, wholeClusters } from "./places";
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

// A row for each rule that was met in a cluster, or for each place that met it.
const maxHitRows = 50_000;
const minuteMs = 60_000;

/** Up to which moment (Unix ms, 0 for none) a store has minutes of the rollup that do not say where they were seen. */
export type UnplacedUntil = () => Promise<number>;

/** Reads it once: a store that was made before the rollup had places gets no more such minutes, and forgets them. */
export function createUnplacedUntil(clickhouse: ClickHouse): UnplacedUntil {
  let known: Promise<number> | undefined;
  const read = async () => {
    const sql = "SELECT toUnixTimestamp(max(step)) AS step_s FROM policy_minute WHERE reporter_place = ''";
    const [row] = await clickhouse.select<{ readonly step_s: number }>(sql, {});
    const step = Number(row?.step_s ?? 0);
    return step === 0 ? 0 : step * 1_000 + minuteMs;
  };
  return () => {
    known ??= read();
    known.catch(() => (known = undefined));
    return known;
  };
}

/** A ClickHouse that is asked for hits. */
export interface HitsClickHouse extends ClickHouse {
  readonly unplacedUntil: UnplacedUntil;
  /** Rows of an answer, `maxHitRows` unless said. */
  readonly maxRows?: number;
}

/**
 * How often each rule of each policy was met, per cluster, from the minute rollup. What it holds from before it knew
 * places is of use for whole clusters only; for single namespaces those minutes are counted from the flows.
 */
export async function policyHits(
  clickhouse: HitsClickHouse,
  scope: Scope,
  { policy, ...range }: PolicyHitsRequest,
): Promise<CountedHits> {
  const { unplacedUntil, maxRows = maxHitRows } = clickhouse;
  const asked = await questionsOf(unplacedUntil, scope, range);
  const one = policy === undefined ? {} : { hitsOf: policy };
  // One row more than is counted tells a full answer from one that was cut.
  const answers = await Promise.all(
    asked.map(([seen, question]) => ask<HitRow>(clickhouse, seen, { ...question, ...one, limit: maxRows + 1 })),
  );
  return {
    hits: byRule(answers.flatMap((rows) => rows.slice(0, maxRows))).filter((hit) => isOf(hit, policy)),
    complete: answers.every((rows) => rows.length <= maxRows),
  };
}

// A hit that begins with the policy may be another's, which triggered it.
const isOf = (hit: PolicyHits, policy: PolicyOfHits | undefined): boolean =>
  policy === undefined ||
  (hit.kind === policy.kind &&
    hit.tier === policy.tier &&
    hit.namespace === policy.namespace &&
    policy.names.includes(hit.name));

/** Rows of a rule in a cluster as one, most hits first. */
function byRule(rows: readonly HitRow[]): readonly PolicyHits[] {
  const decode = remembered(ruleOf);
  const found = new Map<string, PolicyHits>();
  for (const row of rows) {
    const rule = decode(row.hit);
    const place = `${row.cluster_id}\t${row.is_pending}\t${rule.key}`;
    const hits = hitsOf(row, rule);
    const other = found.get(place);
    found.set(place, other ? added(other, hits) : hits);
  }
  return [...found.values()].toSorted((a, b) => b.flows - a.flows);
}

async function questionsOf(
  unplacedUntil: UnplacedUntil,
  scope: Scope,
  range: TimeRange,
): Promise<readonly (readonly [Scope, Question])[]> {
  const { places } = scope;
  if (places === "all") return [[scope, fromRollup(range, false)]];
  // Nothing is hidden in a whole cluster, so that nobody needs to know where in it a policy was met.
  const whole = { ...scope, places: new Map(wholeClusters(places).map((id) => [id, "all" as const])) };
  const narrowed = { ...scope, places: narrowedPlaces(places) };
  const ofWhole = whole.places.size === 0 ? [] : [[whole, fromRollup(range, false)] as const];
  if (narrowed.places.size === 0) return ofWhole;
  const until = await unplacedUntil();
  if (until <= range.fromMs) return [...ofWhole, [narrowed, fromRollup(range, true)]];
  return [
    ...ofWhole,
    [narrowed, fromFlows({ ...range, toMs: Math.min(until, range.toMs) })],
    [narrowed, fromRollup({ ...range, fromMs: until }, true)],
  ];
}

const counted = { orderBy: "flow_sum DESC" };

function fromRollup(range: TimeRange, byPlace: boolean): Question {
  const columns = ["cluster_id", ...(byPlace ? ["reporter_place"] : []), "is_pending", "hit"];
  return {
    table: "policy_minute",
    columns,
    select: `sum(flows) AS flow_sum, sum(connections) AS connection_sum, sum(packets) AS packet_sum,
      sum(bytes) AS byte_sum, toUnixTimestamp(max(last_bucket)) AS last_s`,
    where: [within("step", range, 60)],
    groupBy: columns.join(", "),
    ...counted,
  };
}

/** As policy_minute_view counts, of the same whole minutes. */
function fromFlows({ fromMs, toMs }: TimeRange): Question {
  return {
    table: "flow",
    columns: ["cluster_id", "reporter_place", "hits"],
    select: `countIf(is_first) AS flow_sum, sum(connections_started) AS connection_sum,
      sum(packets_in + packets_out) AS packet_sum, sum(bytes_in + bytes_out) AS byte_sum,
      toUnixTimestamp(max(bucket)) AS last_s`,
    where: [within("bucket", { fromMs, toMs: Math.ceil(toMs / minuteMs) * minuteMs }, 60)],
    groupBy: "cluster_id, reporter_place, is_pending, hit",
    ...counted,
  };
}

type Rule = Pick<PolicyHits, "kind" | "tier" | "namespace" | "name" | "ruleIndex" | "action">;

/** The rule that a hit is of, with a text that is equal for equal ones. */
function ruleOf(text: string): Rule & { readonly key: string } {
  const hit = decodeHit(text);
  // The end of a tier is met on account of the policy that made its default apply.
  const { kind, tier, namespace, name } = hit.trigger ?? hit;
  const { ruleIndex, action } = hit;
  const key = [kind, tier, namespace, name, ruleIndex, action].join("\t"); // none holds a tab
  return { kind, tier, namespace, name, ruleIndex, action, key };
}

/** Rows have the same few hits again and again. */
function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) known.set(text, (found = read(text)));
    return found;
  };
}

function hitsOf(row: HitRow, rule: Rule): PolicyHits {
  return {
    clusterId: row.cluster_id,
    kind: rule.kind,
    tier: rule.tier,
    namespace: rule.namespace,
    name: rule.name,
    ruleIndex: rule.ruleIndex,
    action: rule.action,
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
