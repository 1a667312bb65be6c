import { EndpointType, type Flow, type FlowKey, type PolicyHit } from "@isthmus/goldmane-api";
import type { FlowEnd, FlowPolicyHit, FlowRow } from "@isthmus/protocol";

/** Who owns the pods that a flow names by `namespace` and name (a pod's name, or its prefix and `*`). */
export type WorkloadOf = (
  namespace: string,
  name: string,
) => { readonly kind: string; readonly name: string } | undefined;

/** A flow of Goldmane as a row of the wire, with the owners of its ends; undefined for one without a key. */
export function flowRowOf(flow: Flow, workloadOf: WorkloadOf): FlowRow | undefined {
  const key = flow.Key;
  if (key === undefined) return undefined;
  return {
    source: sourceEnd(key, flow, workloadOf),
    dest: destEnd(key, flow, workloadOf),
    destPort: Number(key.destPort),
    destServiceName: key.destServiceName,
    destServiceNamespace: key.destServiceNamespace,
    destServicePortName: key.destServicePortName,
    destServicePort: Number(key.destServicePort),
    protocol: key.proto,
    reporter: key.reporter,
    action: key.action,
    enforced: (key.policies?.enforcedPolicies ?? []).map(hitOf),
    pending: (key.policies?.pendingPolicies ?? []).map(hitOf),
    packetsIn: Number(flow.packetsIn),
    packetsOut: Number(flow.packetsOut),
    bytesIn: Number(flow.bytesIn),
    bytesOut: Number(flow.bytesOut),
    connectionsStarted: Number(flow.numConnectionsStarted),
    connectionsCompleted: Number(flow.numConnectionsCompleted),
    connectionsLive: Number(flow.numConnectionsLive),
  };
}

function sourceEnd(key: FlowKey, flow: Flow, workloadOf: WorkloadOf): FlowEnd {
  const { sourceName: name, sourceNamespace: namespace, sourceType: type } = key;
  return end({ name, namespace, type, labels: flow.sourceLabels }, workloadOf);
}

function destEnd(key: FlowKey, flow: Flow, workloadOf: WorkloadOf): FlowEnd {
  const { destName: name, destNamespace: namespace, destType: type } = key;
  return end({ name, namespace, type, labels: flow.destLabels }, workloadOf);
}

function end(
  at: { readonly name: string; readonly namespace: string; readonly type: number; readonly labels: readonly string[] },
  workloadOf: WorkloadOf,
): FlowEnd {
  const owner = at.type === EndpointType.WorkloadEndpoint ? workloadOf(at.namespace, at.name) : undefined;
  return {
    name: at.name,
    namespace: at.namespace,
    type: at.type,
    workloadKind: owner?.kind ?? "",
    workload: owner?.name ?? "",
    labels: at.labels.toSorted().join(","),
  };
}

function hitOf(hit: PolicyHit): FlowPolicyHit {
  return {
    kind: hit.kind,
    tier: hit.tier,
    namespace: hit.namespace,
    name: hit.name,
    action: hit.action,
    policyIndex: Number(hit.policyIndex),
    ruleIndex: Number(hit.ruleIndex),
    ...(hit.trigger === undefined ? {} : { trigger: hitOf(hit.trigger) }),
  };
}
