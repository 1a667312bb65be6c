import { decidingOf } from "../src/ingest/trace";
import type {
  DecidingPolicy,
  EdgeCounts,
  EdgeEnd,
  FlowEnd,
  FlowRow,
  FlowService,
  Places,
  PolicyHit,
  PolicyRef,
} from "../src/index";

/** A flow that a cluster reported, as a test stored it. */
export interface StoredFlow {
  readonly clusterId: string;
  readonly bucketStart: number;
  readonly row: FlowRow;
}

/** What may be known of a flow in a scope. */
export interface SeenFlow extends StoredFlow {
  readonly deciding: DecidingPolicy | null;
  readonly pendingAction: string;
}

const nothing = { clusterId: null, namespace: "", workloadName: "", name: "", labels: [] };
const hiddenEnd: FlowEnd = { ...nothing, workloadKind: "outside-scope", type: "unknown", resolution: "unresolved" };
const noService: FlowService = { namespace: "", name: "", portName: "", port: 0 };

/** What a scope shows of some flows, said again without SQL: the rules of ADR 0055, one a line. */
export function seenFlows(flows: readonly StoredFlow[], places: Places): readonly SeenFlow[] {
  const permitted = (clusterId: string, namespace: string) => {
    const namespaces = places === "all" ? "all" : places.get(clusterId);
    return namespaces === "all" || (namespaces?.has(namespace) ?? false);
  };
  return flows.flatMap(({ clusterId, bucketStart, row }) => {
    const reporting = row.reporter === "source" ? row.source : row.dest;
    if (!permitted(clusterId, reporting.namespace)) return [];
    const everything = places === "all" || places.get(clusterId) === "all";
    const end = (each: FlowEnd): FlowEnd => {
      if (places === "all") return each;
      if (each.clusterId === null && each.namespace === "") return each;
      return permitted(each.clusterId ?? clusterId, each.namespace) ? each : hiddenEnd;
    };
    const policy = <T extends PolicyRef>(each: T): T =>
      everything || ["", reporting.namespace].includes(namespaceOf(each)) ? each : { ...each, namespace: "", name: "" };
    const trace = (hits: readonly PolicyHit[]) =>
      hits.map((hit) => ({ ...policy(hit), trigger: hit.trigger && policy(hit.trigger) }));
    const deciding = decidingOf(row.enforcedTrace);
    return {
      clusterId,
      bucketStart,
      row: {
        ...row,
        source: end(row.source),
        dest: end(row.dest),
        service: permitted(clusterId, row.service.namespace) ? row.service : noService,
        enforcedTrace: trace(row.enforcedTrace),
        pendingTrace: trace(row.pendingTrace),
      },
      // stored as the flow's own action, which is that of the policy that decided
      deciding: deciding && { ...policy(deciding), action: row.action },
      pendingAction: decidingOf(row.pendingTrace)?.action ?? "unknown",
    };
  });
}

function namespaceOf({ kind, namespace, name }: PolicyRef): string {
  const [prefix, ofProfile = ""] = name.split(".");
  return kind === "Profile" && (prefix === "kns" || prefix === "ksa") ? ofProfile : namespace;
}

/** Values by a key of theirs. */
export function grouped<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

/** The names of policies that a flow's traces tell. */
export const policyNames = ({ row }: SeenFlow): readonly string[] => [
  ...new Set(
    [...row.enforcedTrace, ...row.pendingTrace]
      .flatMap(({ name, trigger }) => [name, trigger?.name ?? ""])
      .filter((name) => name !== ""),
  ),
];

/** Counts values, most frequent first. */
export function facet(values: readonly (readonly (string | null)[])[]) {
  const counts = new Map<string, number>();
  for (const each of values) {
    for (const value of new Set(each))
      if (value !== null && value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, flows]) => ({ value, flows }))
    .toSorted((a, b) => b.flows - a.flows || (a.value < b.value ? -1 : 1));
}

function edgeEnd({ clusterId, namespace, workloadKind, workloadName, name, type }: FlowEnd): EdgeEnd {
  if (workloadKind === hiddenEnd.workloadKind) return { clusterId, kind: workloadKind, namespace, name: "" };
  return workloadName === ""
    ? { clusterId, kind: type, namespace, name }
    : { clusterId, kind: workloadKind, namespace, name: workloadName };
}

/** The edge on which a flow went. */
export const edgeKey = ({ row }: SeenFlow) => ({
  source: edgeEnd(row.source),
  dest: edgeEnd(row.dest),
  protocol: row.protocol,
  port: row.destPort,
});

/** What some flows of one edge and reporter count. */
export function edgeCounts(flows: readonly SeenFlow[]): EdgeCounts {
  const sum = (value: (flow: SeenFlow) => number) => flows.reduce((total, flow) => total + value(flow), 0);
  const connections = (of: (flow: SeenFlow) => boolean) => sum((flow) => (of(flow) ? flow.row.connectionsStarted : 0));
  const is = (action: string) => (flow: SeenFlow) => flow.row.action === action;
  const pendingDenied = (flow: SeenFlow) => flow.row.action === "allow" && flow.pendingAction === "deny";
  return {
    flows: flows.length,
    allowedConnections: connections(is("allow")),
    deniedConnections: connections(is("deny")),
    passedConnections: connections(is("pass")),
    pendingDeniedConnections: connections(pendingDenied),
    allowedFlows: sum((flow) => Number(is("allow")(flow))),
    deniedFlows: sum((flow) => Number(is("deny")(flow))),
    pendingDeniedFlows: sum((flow) => Number(pendingDenied(flow))),
    packets: sum(({ row }) => row.packetsIn + row.packetsOut),
    bytesToDest: sum(({ row }) => (row.reporter === "source" ? row.bytesOut : row.bytesIn)),
    bytesToSource: sum(({ row }) => (row.reporter === "source" ? row.bytesIn : row.bytesOut)),
  };
}

/** The edges of the graph, in the order of their keys. */
export function edges(flows: readonly SeenFlow[]) {
  return [...grouped(flows, (flow) => JSON.stringify(edgeKey(flow)))].map(([key, of]) => ({
    key,
    bySource: edgeCounts(of.filter(({ row }) => row.reporter === "source")),
    byDestination: edgeCounts(of.filter(({ row }) => row.reporter === "destination")),
    firstSeenMs: Math.min(...of.map(({ bucketStart }) => bucketStart * 1_000)),
    services: [
      ...new Set(
        of.flatMap(({ row: { service } }) => (service.name === "" ? [] : `${service.namespace}/${service.name}`)),
      ),
    ].toSorted(),
    policies: facet(of.map((flow) => [flow.deciding && policyText(flow.deciding, flow.row.reporter)])),
  }));
}

/** A policy that decided, as one text. */
export const policyText = (
  { kind, tier, namespace, name, action, ruleIndex, byTierDefault }: DecidingPolicy,
  by: string,
) => [kind, tier, namespace, name, action, ruleIndex, byTierDefault, by].join(" ");

/** How often each rule of each policy was met, by one text for each. */
export function hits(flows: readonly SeenFlow[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { clusterId, row } of flows) {
    for (const [pending, trace] of [row.enforcedTrace, row.pendingTrace].entries()) {
      for (const hit of trace) {
        const { kind, tier, namespace, name } = hit.trigger ?? hit;
        const key = [clusterId, kind, tier, namespace, name, hit.ruleIndex, hit.action, pending === 1].join(" ");
        counts[key] = (counts[key] ?? 0) + 1;
      }
    }
  }
  return counts;
}
