import type { PublishedIdentity } from "@isthmus/db";
import type { FlowEnd, FlowRow, PolicyHit, PolicyRef } from "@isthmus/flow-store";
import type { FlowEnd as WireEnd, FlowPolicyHit, HashedFlowRow } from "@isthmus/protocol";
import { actionName, endpointTypeName, policyKindName, reporterName } from "./flow-names";

/** Sets whose names begin so are ours, and only those are looked up. */
export const PUBLISHED_PREFIX = "isthmus-";

/** Whose set a name is, in the cluster that reported. */
export type ResolveSet = (name: string) => PublishedIdentity | undefined;

/** The names of sets of ours that flows mention at either end. */
export function publishedNames(rows: readonly HashedFlowRow[]): readonly string[] {
  const names = new Set<string>();
  for (const { source, dest } of rows) {
    for (const end of [source, dest]) if (isPublishedSet(end)) names.add(end.name);
  }
  return [...names];
}

function isPublishedSet(end: WireEnd): boolean {
  return endpointTypeName(end.type) === "network-set" && end.name.startsWith(PUBLISHED_PREFIX);
}

/** A flow as it is stored: names instead of numbers, and the remote end's workload where a set of ours says it. */
export function enrichFlow(row: HashedFlowRow, clusterId: string, resolve: ResolveSet): FlowRow {
  const { source, dest, enforced, pending, reporter, action, ...rest } = row;
  return {
    keyHash: rest.keyHash,
    source: enrichEnd(source, clusterId, resolve),
    dest: enrichEnd(dest, clusterId, resolve),
    destPort: rest.destPort,
    protocol: rest.protocol,
    service: {
      namespace: rest.destServiceNamespace,
      name: rest.destServiceName,
      portName: rest.destServicePortName,
      port: rest.destServicePort,
    },
    reporter: reporterName(reporter),
    action: actionName(action),
    enforcedTrace: enforced.map(hitOf),
    pendingTrace: pending.map(hitOf),
    packetsIn: rest.packetsIn,
    packetsOut: rest.packetsOut,
    bytesIn: rest.bytesIn,
    bytesOut: rest.bytesOut,
    connectionsStarted: rest.connectionsStarted,
    connectionsCompleted: rest.connectionsCompleted,
    connectionsLive: rest.connectionsLive,
  };
}

function enrichEnd(end: WireEnd, clusterId: string, resolve: ResolveSet): FlowEnd {
  const type = endpointTypeName(end.type);
  const labels = end.labels === "" ? [] : end.labels.split(",");
  const reported = { name: end.name, type, labels };
  if (type === "workload" || type === "host") {
    const { namespace, workloadKind, workload: workloadName } = end;
    return { ...reported, clusterId, namespace, workloadKind, workloadName, resolution: "local" };
  }
  const remote = isPublishedSet(end) ? resolve(end.name) : undefined;
  if (remote === undefined) {
    return {
      ...reported,
      clusterId: null,
      namespace: end.namespace,
      workloadKind: "",
      workloadName: "",
      resolution: "unresolved",
    };
  }
  const { sourceClusterId, namespace, workloadKind, workloadName } = remote;
  return { ...reported, clusterId: sourceClusterId, namespace, workloadKind, workloadName, resolution: "published" };
}

function policyRef({ kind, tier, namespace, name }: FlowPolicyHit): PolicyRef {
  return { kind: policyKindName(kind), tier, namespace, name };
}

function hitOf(hit: FlowPolicyHit): PolicyHit {
  return {
    ...policyRef(hit),
    action: actionName(hit.action),
    policyIndex: hit.policyIndex,
    ruleIndex: hit.ruleIndex,
    trigger: hit.trigger === undefined ? null : policyRef(hit.trigger),
  };
}
