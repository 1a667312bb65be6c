import type { FilterTable } from "@isthmus/flow-filter";
import type { Parameter } from "../clickhouse-client";
import type { EdgeKey, FlowFilter } from "../domain";
import { noCluster } from "../ingest/rows";
import { kindOf, workloadOf } from "./filter-columns";
import { filterConditions } from "./filter-sql";
import { hiddenCluster, hiddenKind, ifSeen } from "./hiding";
import type { Condition } from "./scoped-query";

/** The conditions of a filter over `flow`, or over an edge rollup, which can answer some only. */
export function flowConditions(filter: FlowFilter = {}, table: FilterTable = "flow"): readonly Condition[] {
  const { clusterIds, decidingPolicy, edge, where, clusterNames = new Map() } = filter;
  return [
    ...(where ? filterConditions(where, { table, clusterNames }) : []),
    ...(clusterIds ? [atEitherEnd(clusterIds)] : []),
    ...(decidingPolicy ? [decidedBy(decidingPolicy)] : []),
    ...(edge ? [onEdge(edge, table)] : []),
  ];
}

const atEitherEnd = (clusterIds: readonly string[]): Condition => ({
  sql: (["source", "dest"] as const)
    .map((side) => ifSeen(side, `${side}_cluster_id IN {clusters:Array(UUID)}`))
    .join(" OR "),
  parameters: { clusters: clusterIds },
});

function decidedBy({ tier, namespace, name }: NonNullable<FlowFilter["decidingPolicy"]>): Condition {
  const parts: readonly (readonly [string, string, string | undefined])[] = [
    ["deciding_name", "decidingName", name],
    ["deciding_tier", "decidingTier", tier],
    ["deciding_namespace", "decidingNamespace", namespace],
  ];
  const given = parts.filter(([, , value]) => value !== undefined);
  return {
    sql: given.map(([column, parameter]) => `${column} = {${parameter}:String}`).join(" AND "),
    parameters: Object.fromEntries(given.map(([, parameter, value]) => [parameter, value ?? ""])),
  };
}

/** The rows of one edge, in `flow` or in an edge rollup, whose ends are columns already. */
export function onEdge(edge: EdgeKey, from: FilterTable = "flow"): Condition {
  const parameters: Record<string, Parameter> = { edgeProtocol: edge.protocol, edgePort: edge.port };
  const ends = (["source", "dest"] as const).map((side) => {
    const end = edge[side];
    const hidden = end.kind === hiddenKind && end.clusterId === null;
    parameters[`${side}Cluster`] = end.clusterId ?? (hidden ? hiddenCluster : noCluster);
    parameters[`${side}Kind`] = end.kind;
    parameters[`${side}Namespace`] = end.namespace;
    parameters[`${side}Name`] = end.name;
    // A hidden end has no workload; its kind lies in the column of the workload's kind.
    const kind = hidden && from === "flow" ? `${side}_workload_kind` : kindOf(side, from);
    return `${side}_cluster_id = {${side}Cluster:UUID} AND ${kind} = {${side}Kind:String}
      AND ${side}_namespace = {${side}Namespace:String} AND ${workloadOf(side, from)} = {${side}Name:String}`;
  });
  const port = from === "edge" ? "port" : "dest_port";
  return {
    sql: `${ends.join(" AND ")} AND protocol = {edgeProtocol:String} AND ${port} = {edgePort:UInt16}`,
    parameters,
  };
}
