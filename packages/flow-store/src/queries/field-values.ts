import type { FacetValue, Scope } from "../domain";
import type { CompletedField, FieldValuesRequest } from "../edge-groups-domain";
import type { EdgesClickHouse } from "./edges";
import { flowConditions } from "./flow-filter";
import { rollupForRange } from "./rollup";
import { ask, clusterIdOf, within } from "./scoped-query";

type Source = "rollup" | "flow";

const one = (column: string) => `toString(${column})`;
const ends = (column: (side: "source" | "dest") => string) =>
  `arrayJoin(arrayDistinct([${one(column("source"))}, ${one(column("dest"))}]))`;
const cluster = (side: string) => `${side}_cluster_id`;
const namespace = (side: string) => `${side}_namespace`;
const workload = (from: Source) => (side: string) =>
  from === "rollup" ? `${side}_name` : `if(${side}_workload != '', ${side}_workload, ${side}_name)`;

const values: Readonly<Record<CompletedField, (from: Source) => string>> = {
  cluster: () => ends(cluster),
  "source.cluster": () => one(cluster("source")),
  "dest.cluster": () => one(cluster("dest")),
  namespace: () => ends(namespace),
  "source.namespace": () => one(namespace("source")),
  "dest.namespace": () => one(namespace("dest")),
  workload: (from) => ends(workload(from)),
  "source.workload": (from) => one(workload(from)("source")),
  "dest.workload": (from) => one(workload(from)("dest")),
  service: () => one("service_name"),
  policy: () => "toString(arrayJoin(policy_names))",
  port: (from) => one(from === "rollup" ? "port" : "dest_port"),
  protocol: () => one("protocol"),
};
/** What rollups do not tell apart. */
const onlyInFlows: ReadonlySet<CompletedField> = new Set(["service", "policy"]);

/** Values of a field that hold a text, the commonest first: from rollups where they know the field. */
export async function fieldValues(
  clickhouse: EdgesClickHouse,
  scope: Scope,
  { range, field, text = "", filter, limit }: FieldValuesRequest,
): Promise<readonly FacetValue[]> {
  const rollup =
    filter !== undefined || onlyInFlows.has(field)
      ? undefined
      : await rollupForRange(range, scope, clickhouse.daysFrom);
  const rows = await ask<{ readonly value: string; readonly flow_sum: number | string }>(clickhouse, scope, {
    table: rollup?.table ?? "flow",
    select: `${values[field](rollup ? "rollup" : "flow")} AS value, ${rollup ? "sum(flows)" : "countIf(is_first)"} AS flow_sum`,
    where: rollup ? [within("step", range, rollup.stepSeconds)] : [within("bucket", range), ...flowConditions(filter)],
    groupBy: "value",
    having: "value != '' AND (positionCaseInsensitiveUTF8(value, {valueText:String}) > 0 OR {valueText:String} = '')",
    parameters: { valueText: text },
    orderBy: "flow_sum DESC, value",
    limit: Math.min(Math.max(1, Math.trunc(limit)), 200),
  });
  return rows
    .filter(({ value }) => !field.endsWith("cluster") || clusterIdOf(value) !== null)
    .map(({ value, flow_sum }) => ({ value, flows: Number(flow_sum) }));
}
