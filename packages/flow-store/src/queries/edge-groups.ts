import type { Scope } from "../domain";
import type {
  EdgeGroup,
  EdgeGrouping,
  EdgeGroups,
  EdgeGroupsRequest,
  EdgeMeasure,
  EndGrouping,
  GroupCounts,
  GroupEnd,
  TopTalkersRequest,
} from "../edge-groups-domain";
import type { EdgesClickHouse } from "./edges";
import { hiddenCluster, hiddenKind } from "./hiding";
import { rollupForRange } from "./rollup";
import { ask, clusterIdOf, within, type Condition } from "./scoped-query";

type Side = "source" | "dest";
type Row = Readonly<Record<string, unknown>>;

const measures: readonly EdgeMeasure[] = ["bytes", "packets", "connections", "flows", "denied"];
const ofRollup: Readonly<Record<EdgeMeasure, string>> = {
  bytes: "bytes_to_dest + bytes_to_source",
  packets: "packets",
  connections: "allowed_connections + denied_connections + passed_connections",
  flows: "flows",
  denied: "greatest(denied_connections, denied_flows)",
};
const ofFlow: Readonly<Record<EdgeMeasure, string>> = {
  bytes: "bytes_in + bytes_out",
  packets: "packets_in + packets_out",
  connections: "connections_started",
  flows: "is_first",
  denied: "if(action = 'deny', if(is_first, greatest(connections_started, 1), connections_started), 0)",
};
const maxGroups = 10_000;

/** Edges put together by anything, from the rollup that fits the range; by service from the flows. */
export async function edgeGroups(
  clickhouse: EdgesClickHouse,
  scope: Scope,
  { range, by, measure, clusterIds, ...request }: EdgeGroupsRequest,
): Promise<EdgeGroups> {
  const limit = Math.min(Math.max(1, Math.trunc(request.limit)), maxGroups);
  const rollup = by.service === true ? undefined : await rollupForRange(range, scope, clickhouse.daysFrom);
  const groups = groupsOf(by, rollup !== undefined);
  const sums = rollup === undefined ? ofFlow : ofRollup;
  const reported = measures.flatMap((each) =>
    (["source", "destination"] as const).map(
      (reporter) => `sumIf(${sums[each]}, reporter = '${reporter}') AS ${each}_by_${reporter}`,
    ),
  );
  const rows = await ask<Row>(clickhouse, scope, {
    table: rollup?.table ?? "flow",
    select: [...groups.map(([name, sql]) => `${sql} AS ${name}`), ...reported].join(", "),
    where: [
      rollup === undefined ? within("bucket", range) : within("step", range, rollup.stepSeconds),
      ...(clusterIds === undefined ? [] : [touching(clusterIds)]),
    ],
    ...(groups.length === 0 ? {} : { groupBy: groups.map(([name]) => name).join(", ") }),
    having: `${measure}_by_source > 0 OR ${measure}_by_destination > 0`,
    orderBy: [`greatest(${measure}_by_source, ${measure}_by_destination) DESC`, ...groups.map(([name]) => name)].join(
      ", ",
    ),
    limit: limit + 1,
  });
  return { groups: rows.slice(0, limit).map((row) => groupOf(row, by)), complete: rows.length <= limit };
}

/** Who sends, or is sent, the most. */
export const topTalkers = (
  clickhouse: EdgesClickHouse,
  scope: Scope,
  { side, by, limit, ...request }: TopTalkersRequest,
): Promise<EdgeGroups> =>
  edgeGroups(clickhouse, scope, {
    ...request,
    limit: Math.min(limit, 100),
    by: by === "service" ? { service: true } : by === "port" ? { port: true, protocol: true } : { [side]: by },
  });

const touching = (clusterIds: readonly string[]): Condition => ({
  sql: "has({clusters:Array(UUID)}, source_cluster_id) OR has({clusters:Array(UUID)}, dest_cluster_id)",
  parameters: { clusters: clusterIds },
});

type Group = readonly [name: string, sql: string];

/** What is grouped by, under names that are no column's. */
function groupsOf(by: EdgeGrouping, fromRollup: boolean): readonly Group[] {
  return [
    ...endGroups("source", by.source, fromRollup),
    ...endGroups("dest", by.dest, fromRollup),
    ...(by.port === true ? [["by_port", fromRollup ? "port" : "dest_port"] as const] : []),
    ...(by.protocol === true ? [["by_protocol", "protocol"] as const] : []),
    ...(by.service === true
      ? [["by_service", "if(service_name = '', '', concat(service_namespace, '/', service_name))"] as const]
      : []),
  ];
}

function endGroups(side: Side, by: EndGrouping | undefined, fromRollup: boolean): readonly Group[] {
  if (by === undefined) return [];
  const cluster = [`by_${side}_cluster`, `${side}_cluster_id`] as const;
  if (by === "cluster") return [cluster];
  const namespace = [`by_${side}_namespace`, `toString(${side}_namespace)`] as const;
  if (by === "namespace") return [cluster, namespace];
  const ofWorkload = (workload: string, otherwise: string) =>
    `toString(if(${side}_workload != '', ${side}_${workload}, ${side}_${otherwise}))`;
  return [
    cluster,
    namespace,
    [`by_${side}_kind`, fromRollup ? `toString(${side}_kind)` : ofWorkload("workload_kind", "type")],
    [`by_${side}_name`, fromRollup ? `toString(${side}_name)` : ofWorkload("workload", "name")],
  ];
}

function groupOf(row: Row, by: EdgeGrouping): EdgeGroup {
  return {
    source: by.source === undefined ? null : groupEnd(row, "source"),
    dest: by.dest === undefined ? null : groupEnd(row, "dest"),
    port: by.port === true ? Number(row["by_port"]) : null,
    protocol: by.protocol === true ? textOf(row, "by_protocol") : null,
    service: by.service === true ? textOf(row, "by_service") : null,
    bySource: countsOf(row, "source"),
    byDestination: countsOf(row, "destination"),
  };
}

function groupEnd(row: Row, side: Side): GroupEnd {
  const cluster = textOf(row, `by_${side}_cluster`);
  const hidden = cluster === hiddenCluster;
  return {
    clusterId: clusterIdOf(cluster),
    namespace: textOf(row, `by_${side}_namespace`),
    kind: hidden ? hiddenKind : textOf(row, `by_${side}_kind`),
    name: textOf(row, `by_${side}_name`),
  };
}

const countsOf = (row: Row, reporter: "source" | "destination"): GroupCounts => ({
  bytes: Number(row[`bytes_by_${reporter}`]),
  packets: Number(row[`packets_by_${reporter}`]),
  connections: Number(row[`connections_by_${reporter}`]),
  flows: Number(row[`flows_by_${reporter}`]),
  denied: Number(row[`denied_by_${reporter}`]),
});

function textOf(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : "";
}
