import type { EdgeCounts, EdgeEnd, EdgePolicy, GraphEdge, Reporter } from "../domain";
import { kindOf, verdictOf } from "../ingest/trace";
import { clusterIdOf } from "./scoped-query";

type Count = number | string;

/** One edge as one reporter saw it. */
export interface EdgeRow {
  readonly [column: string]: unknown;
  readonly reporter: Reporter;
  readonly protocol: string;
  readonly port: number;
  readonly first_s: Count;
  readonly last_s: Count;
  readonly service_list: readonly string[];
  /** Tab-separated policy, with the number of flows that it decided. */
  readonly deciding_map: Readonly<Record<string, Count>>;
}

/** Nothing counted. */
export const noCounts: EdgeCounts = {
  flows: 0,
  allowedConnections: 0,
  deniedConnections: 0,
  passedConnections: 0,
  pendingDeniedConnections: 0,
  allowedFlows: 0,
  deniedFlows: 0,
  pendingDeniedFlows: 0,
  packets: 0,
  bytesToDest: 0,
  bytesToSource: 0,
};

/** The counts of a row. */
export function countsOf(row: Readonly<Record<string, unknown>>): EdgeCounts {
  const count = (column: string) => Number(row[`${column}_sum`] ?? 0);
  return {
    flows: count("flows"),
    allowedConnections: count("allowed_connections"),
    deniedConnections: count("denied_connections"),
    passedConnections: count("passed_connections"),
    pendingDeniedConnections: count("pending_denied_connections"),
    allowedFlows: count("allowed_flows"),
    deniedFlows: count("denied_flows"),
    pendingDeniedFlows: count("pending_denied_flows"),
    packets: count("packets"),
    bytesToDest: count("bytes_to_dest"),
    bytesToSource: count("bytes_to_source"),
  };
}

/** Joins what the reporters at both ends saw into one edge each, and edges whose hidden ends are one. */
export function edgesOf(rows: readonly EdgeRow[]): readonly GraphEdge[] {
  const edges = new Map<string, GraphEdge>();
  for (const row of rows) {
    const edge = edgeOf(row);
    const key = JSON.stringify([edge.source, edge.dest, edge.protocol, edge.port]);
    const other = edges.get(key);
    edges.set(key, other ? joined(other, edge) : edge);
  }
  return [...edges.values()];
}

function edgeOf(row: EdgeRow): GraphEdge {
  const counts = countsOf(row);
  return {
    source: endOf(row, "source"),
    dest: endOf(row, "dest"),
    protocol: row.protocol,
    port: Number(row.port),
    bySource: row.reporter === "source" ? counts : noCounts,
    byDestination: row.reporter === "destination" ? counts : noCounts,
    firstSeenMs: Number(row.first_s) * 1_000,
    lastSeenMs: Number(row.last_s) * 1_000,
    services: row.service_list.toSorted(),
    policies: Object.entries(row.deciding_map).flatMap(([policy, flows]) =>
      policyOf(policy, row.reporter, Number(flows)),
    ),
  };
}

function endOf(row: EdgeRow, side: "source" | "dest"): EdgeEnd {
  const text = (column: string) => {
    const value = row[`${side}_${column}`];
    return typeof value === "string" ? value : "";
  };
  return {
    clusterId: clusterIdOf(text("cluster_id")),
    kind: text("kind"),
    namespace: text("namespace"),
    name: text("name"),
  };
}

function policyOf(text: string, reporter: Reporter, flows: number): readonly EdgePolicy[] {
  const [kind = "", tier = "", namespace = "", name = "", action = "", rule, byDefault] = text.split("\t");
  if (kind === "") return [];
  const ref = { kind: kindOf(kind), tier, namespace, name };
  return [
    { ...ref, action: verdictOf(action), ruleIndex: Number(rule), byTierDefault: byDefault === "1", reporter, flows },
  ];
}

function joined(a: GraphEdge, b: GraphEdge): GraphEdge {
  return {
    ...a,
    bySource: added(a.bySource, b.bySource),
    byDestination: added(a.byDestination, b.byDestination),
    firstSeenMs: Math.min(a.firstSeenMs, b.firstSeenMs),
    lastSeenMs: Math.max(a.lastSeenMs, b.lastSeenMs),
    services: [...new Set([...a.services, ...b.services])].toSorted(),
    policies: joinedPolicies([...a.policies, ...b.policies]),
  };
}

function added(a: EdgeCounts, b: EdgeCounts): EdgeCounts {
  const sums = Object.keys(noCounts) as (keyof EdgeCounts)[];
  return Object.fromEntries(sums.map((name) => [name, a[name] + b[name]])) as unknown as EdgeCounts;
}

/** Policies of rows that are one edge, since what told them apart is hidden. */
function joinedPolicies(policies: readonly EdgePolicy[]): readonly EdgePolicy[] {
  const byPolicy = new Map<string, EdgePolicy>();
  for (const policy of policies) {
    const key = JSON.stringify({ ...policy, flows: 0 });
    byPolicy.set(key, { ...policy, flows: policy.flows + (byPolicy.get(key)?.flows ?? 0) });
  }
  return [...byPolicy.values()];
}
