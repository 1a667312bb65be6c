import type { ClickHouse } from "../clickhouse-client";
import type { FacetValue, FlowFacets, FlowFilter, HistogramStep, Scope, TimeRange } from "../domain";
import { flowConditions } from "./flow-filter";
import { ask, clusterIdOf, within } from "./scoped-query";

const one = (value: string) => `sumMap(map(toString(${value}), toUInt64(1)))`;
const each = (values: string) => `sumMap(mapFromArrays(${values}, arrayMap(value -> toUInt64(1), ${values})))`;
const bothEnds = (column: (side: string) => string) =>
  `arrayDistinct(arrayMap(value -> toString(value), [${column("source")}, ${column("dest")}]))`;

const facetColumns: Readonly<Record<keyof FlowFacets, string>> = {
  actions: one("action"),
  clusters: each(bothEnds((side) => `toString(${side}_cluster_id)`)),
  namespaces: each(bothEnds((side) => `${side}_namespace`)),
  workloads: each(bothEnds((side) => `${side}_workload`)),
  protocols: one("protocol"),
  ports: one("dest_port"),
  policies: each("arrayMap(value -> toString(value), policy_names)"),
};
const facetNames = Object.keys(facetColumns) as (keyof FlowFacets)[];
const maxFacetValues = 50;

/** The commonest values of a range. */
export async function flowFacets(
  clickhouse: ClickHouse,
  scope: Scope,
  { range, filter }: { readonly range: TimeRange; readonly filter?: FlowFilter },
): Promise<FlowFacets> {
  const rows = await ask<Readonly<Record<keyof FlowFacets, Readonly<Record<string, number | string>>>>>(
    clickhouse,
    scope,
    {
      table: "flow",
      select: facetNames.map((name) => `${facetColumns[name]} AS ${name}_facet`).join(", "),
      where: [within("bucket", range), ...flowConditions(filter)],
    },
  );
  const row = (rows[0] ?? {}) as Readonly<Record<string, Readonly<Record<string, number | string>> | undefined>>;
  const facets = facetNames.map((name) => [name, facetOf(name, row[`${name}_facet`] ?? {})] as const);
  return Object.fromEntries(facets) as unknown as FlowFacets;
}

function facetOf(name: keyof FlowFacets, counts: Readonly<Record<string, number | string>>): readonly FacetValue[] {
  return Object.entries(counts)
    .map(([value, flows]) => ({ value, flows: Number(flows) }))
    .filter(({ value }) => value !== "" && (name !== "clusters" || clusterIdOf(value) !== null))
    .toSorted((a, b) => b.flows - a.flows || (a.value < b.value ? -1 : 1))
    .slice(0, maxFacetValues);
}

interface HistogramRow {
  readonly start_s: number | string;
  readonly allowed: number | string;
  readonly denied: number | string;
  readonly passed: number | string;
  readonly other: number | string;
  readonly pending_denied: number | string;
}

/** Flows by verdict in steps; every step of the range is there. */
export async function flowHistogram(
  clickhouse: ClickHouse,
  scope: Scope,
  request: { readonly range: TimeRange; readonly filter?: FlowFilter; readonly stepSeconds: number },
): Promise<readonly HistogramStep[]> {
  const step = Math.max(15, Math.trunc(request.stepSeconds));
  const rows = await ask<HistogramRow>(clickhouse, scope, {
    table: "flow",
    select: `intDiv(toUnixTimestamp(bucket), ${step}) * ${step} AS start_s, countIf(is_first AND action = 'allow') AS allowed,
      countIf(is_first AND action = 'deny') AS denied, countIf(is_first AND action = 'pass') AS passed,
      countIf(is_first AND action = 'unknown') AS other,
      countIf(is_first AND action = 'allow' AND pending_action = 'deny') AS pending_denied`,
    where: [within("bucket", request.range), ...flowConditions(request.filter)],
    groupBy: "start_s",
  });
  const found = new Map(rows.map((row) => [Number(row.start_s) * 1_000, row]));
  return stepsOf(request.range, step).map((startMs) => {
    const row = found.get(startMs);
    return {
      startMs,
      allow: Number(row?.allowed ?? 0),
      deny: Number(row?.denied ?? 0),
      pass: Number(row?.passed ?? 0),
      unknown: Number(row?.other ?? 0),
      pendingDeny: Number(row?.pending_denied ?? 0),
    };
  });
}

const maxSteps = 5_000;

/** The starts of all steps that a range touches. */
export function stepsOf(range: TimeRange, stepSeconds: number): readonly number[] {
  const stepMs = stepSeconds * 1_000;
  const first = Math.floor(range.fromMs / stepMs);
  const count = Math.max(0, Math.ceil(range.toMs / stepMs) - first);
  if (count > maxSteps) throw new RangeError(`a range of ${count} steps: ask for at most ${maxSteps}`);
  return Array.from({ length: count }, (_, index) => (first + index) * stepMs);
}
