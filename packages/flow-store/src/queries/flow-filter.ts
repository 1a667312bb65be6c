import type { Parameter } from "../clickhouse-client";
import type { EdgeKey, FlowFilter } from "../domain";
import { noCluster } from "../ingest/rows";
import { hiddenCluster, hiddenKind, searchedTexts } from "./hiding";
import type { Condition } from "./scoped-query";

const workloadOf = (side: "source" | "dest") => `if(${side}_workload != '', ${side}_workload, ${side}_name)`;
const kindOf = (side: "source" | "dest") => `if(${side}_workload != '', ${side}_workload_kind, ${side}_type)`;

/** The conditions of a filter over `flow`. */
export function flowConditions(filter: FlowFilter = {}): readonly Condition[] {
  const { decidingPolicy, edge, text } = filter;
  return [
    anyOf("toString(action)", "actions:Array(String)", { actions: filter.actions }),
    anyOf("toString(pending_action)", "pendings:Array(String)", { pendings: filter.pendingActions }),
    anyOf("toString(reporter)", "reporters:Array(String)", { reporters: filter.reporters }),
    anyOf("dest_port", "ports:Array(UInt16)", { ports: filter.ports }),
    anyOf("protocol", "protocols:Array(String)", { protocols: filter.protocols }),
    anyOf("service_name", "services:Array(String)", { services: filter.services }),
    eitherEnd((side) => `${side}_cluster_id`, "clusters:Array(UUID)", { clusters: filter.clusterIds }),
    anyOf("source_cluster_id", "sourceClusters:Array(UUID)", { sourceClusters: filter.sourceClusterIds }),
    anyOf("dest_cluster_id", "destClusters:Array(UUID)", { destClusters: filter.destClusterIds }),
    eitherEnd((side) => `${side}_namespace`, "namespaces:Array(String)", { namespaces: filter.namespaces }),
    anyOf("source_namespace", "sourceNamespaces:Array(String)", { sourceNamespaces: filter.sourceNamespaces }),
    anyOf("dest_namespace", "destNamespaces:Array(String)", { destNamespaces: filter.destNamespaces }),
    eitherEnd(workloadOf, "workloads:Array(String)", { workloads: filter.workloads }),
    anyOf(workloadOf("source"), "sourceWorkloads:Array(String)", { sourceWorkloads: filter.sourceWorkloads }),
    anyOf(workloadOf("dest"), "destWorkloads:Array(String)", { destWorkloads: filter.destWorkloads }),
    filter.policies && {
      sql: "hasAny(policy_names, {policies:Array(String)})",
      parameters: { policies: filter.policies },
    },
    decidingPolicy && decidedBy(decidingPolicy),
    edge && onEdge(edge),
    text !== undefined && text !== "" ? containing(text) : undefined,
  ].filter((condition) => condition !== undefined);
}

type Values = Readonly<Record<string, readonly string[] | readonly number[] | undefined>>;

function anyOf(column: string, placeholder: string, values: Values): Condition | undefined {
  return withValues(`has({${placeholder}}, ${column})`, values);
}

function eitherEnd(
  column: (side: "source" | "dest") => string,
  placeholder: string,
  values: Values,
): Condition | undefined {
  const sql = (["source", "dest"] as const).map((side) => `has({${placeholder}}, ${column(side)})`).join(" OR ");
  return withValues(sql, values);
}

function withValues(sql: string, values: Values): Condition | undefined {
  const entries = Object.entries(values).filter(
    (entry): entry is [string, readonly string[]] => entry[1] !== undefined,
  );
  return entries.length === 0 ? undefined : { sql, parameters: Object.fromEntries(entries) };
}

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

/** The rows of one edge, in `flow` or (with rollup) in an edge rollup, whose ends are columns already. */
export function onEdge(edge: EdgeKey, from: "flow" | "rollup" = "flow"): Condition {
  const parameters: Record<string, Parameter> = { edgeProtocol: edge.protocol, edgePort: edge.port };
  const ends = (["source", "dest"] as const).map((side) => {
    const end = edge[side];
    const hidden = end.kind === hiddenKind && end.clusterId === null;
    parameters[`${side}Cluster`] = end.clusterId ?? (hidden ? hiddenCluster : noCluster);
    parameters[`${side}Kind`] = end.kind;
    parameters[`${side}Namespace`] = end.namespace;
    parameters[`${side}Name`] = end.name;
    // A hidden end has no workload; its kind lies in the column of the workload's kind.
    const kind = from === "rollup" ? `${side}_kind` : hidden ? `${side}_workload_kind` : kindOf(side);
    const name = from === "rollup" ? `${side}_name` : workloadOf(side);
    return `${side}_cluster_id = {${side}Cluster:UUID} AND ${kind} = {${side}Kind:String}
      AND ${side}_namespace = {${side}Namespace:String} AND ${name} = {${side}Name:String}`;
  });
  const port = from === "rollup" ? "port" : "dest_port";
  return {
    sql: `${ends.join(" AND ")} AND protocol = {edgeProtocol:String} AND ${port} = {edgePort:UInt16}`,
    parameters,
  };
}

const searched = [
  searchedTexts,
  "protocol",
  "toString(dest_port)",
  "toString(action)",
  "arrayStringConcat(policy_names, ' ')",
];

function containing(text: string): Condition {
  return {
    sql: `positionCaseInsensitiveUTF8(concat(${searched.join(", ' ', ")}), {text:String}) > 0`,
    parameters: { text },
  };
}
