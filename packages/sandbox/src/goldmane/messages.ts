import {
  create,
  FlowResultSchema,
  FlowSchema,
  PolicyHitSchema,
  type Flow as FlowMessage,
  type FlowResult,
  type PolicyHit,
} from "@isthmus/goldmane-api";
import type { IdentifiedFlow } from "./bucket-ring";
import { keyOf, type Flow, type FlowHit, type FlowIdentity } from "./flow";

/** A flow as it goes over the wire. */
export function flowResultOf({ id, flow }: IdentifiedFlow): FlowResult {
  return create(FlowResultSchema, { id: BigInt(id), flow: flowMessageOf(flow) });
}

function flowMessageOf(flow: Flow): FlowMessage {
  const { identity, counters } = flow;
  const { enforced, pending, ...key } = identity;
  return create(FlowSchema, {
    Key: {
      ...key,
      destPort: BigInt(identity.destPort),
      destServicePort: BigInt(identity.destServicePort),
      policies: { enforcedPolicies: enforced.map(hitMessageOf), pendingPolicies: pending.map(hitMessageOf) },
    },
    startTime: BigInt(flow.startTime),
    endTime: BigInt(flow.endTime),
    sourceLabels: [...flow.sourceLabels].toSorted(),
    destLabels: [...flow.destLabels].toSorted(),
    packetsIn: BigInt(counters.packetsIn),
    packetsOut: BigInt(counters.packetsOut),
    bytesIn: BigInt(counters.bytesIn),
    bytesOut: BigInt(counters.bytesOut),
    numConnectionsStarted: BigInt(counters.started),
    numConnectionsCompleted: BigInt(counters.completed),
    numConnectionsLive: BigInt(counters.live),
  });
}

function hitMessageOf(hit: FlowHit): PolicyHit {
  const { trigger, policyIndex, ruleIndex, ...fields } = hit;
  return create(PolicyHitSchema, {
    ...fields,
    policyIndex: BigInt(policyIndex),
    ruleIndex: BigInt(ruleIndex),
    ...(trigger && { trigger: hitMessageOf(trigger) }),
  });
}

/** Reads a flow that a collector's client sent; undefined where it has no key. */
export function flowOfMessage(message: FlowMessage): Flow | undefined {
  const key = message.Key;
  if (key === undefined) return undefined;
  const { policies, $typeName: _type, $unknown: _unknown, ...fields } = key;
  const identity: FlowIdentity = {
    ...fields,
    destPort: Number(key.destPort),
    destServicePort: Number(key.destServicePort),
    enforced: (policies?.enforcedPolicies ?? []).map(hitOfMessage),
    pending: (policies?.pendingPolicies ?? []).map(hitOfMessage),
  };
  return {
    identity,
    key: keyOf(identity),
    startTime: Number(message.startTime),
    endTime: Number(message.endTime),
    sourceLabels: new Set(message.sourceLabels),
    destLabels: new Set(message.destLabels),
    counters: countersOf(message),
  };
}

function countersOf(message: FlowMessage): Flow["counters"] {
  return {
    packetsIn: Number(message.packetsIn),
    packetsOut: Number(message.packetsOut),
    bytesIn: Number(message.bytesIn),
    bytesOut: Number(message.bytesOut),
    started: Number(message.numConnectionsStarted),
    completed: Number(message.numConnectionsCompleted),
    live: Number(message.numConnectionsLive),
  };
}

function hitOfMessage(message: PolicyHit): FlowHit {
  return {
    kind: message.kind,
    namespace: message.namespace,
    name: message.name,
    tier: message.tier,
    action: message.action,
    policyIndex: Number(message.policyIndex),
    ruleIndex: Number(message.ruleIndex),
    ...(message.trigger && { trigger: hitOfMessage(message.trigger) }),
  };
}
