import { sha256 } from "./crypto";

/** One policy that decided or would decide a flow; numbers are those of goldmane-api's enums. */
export interface FlowPolicyHit {
  readonly kind: number;
  readonly tier: string;
  readonly namespace: string;
  readonly name: string;
  readonly action: number;
  readonly policyIndex: number;
  readonly ruleIndex: number;
  /** For an end of tier: the policy whose selection made it apply. */
  readonly trigger?: FlowPolicyHit;
}

/** One end of a flow as Goldmane reported it. */
export interface FlowEnd {
  readonly name: string;
  readonly namespace: string;
  /** EndpointType of goldmane-api. */
  readonly type: number;
  /** Owner of the pods where the agent knows it (`Deployment`), else empty. */
  readonly workloadKind: string;
  readonly workload: string;
  /** `k=v,k=v`, sorted. */
  readonly labels: string;
}

/** What makes a flow one flow: Goldmane's FlowKey. */
export interface FlowKeyFields {
  readonly source: FlowEnd;
  readonly dest: FlowEnd;
  readonly destPort: number;
  readonly destServiceName: string;
  readonly destServiceNamespace: string;
  readonly destServicePortName: string;
  readonly destServicePort: number;
  readonly protocol: string;
  /** Reporter of goldmane-api: 1 source, 2 destination. */
  readonly reporter: number;
  /** Action of goldmane-api: 1 allow, 2 deny, 3 pass. */
  readonly action: number;
  readonly enforced: readonly FlowPolicyHit[];
  readonly pending: readonly FlowPolicyHit[];
}

/** What was counted of a flow within its bucket; whole numbers below 2^53. */
export interface FlowCounts {
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly connectionsStarted: number;
  readonly connectionsCompleted: number;
  readonly connectionsLive: number;
}

/** One flow of one 15-second bucket. */
export interface FlowRow extends FlowKeyFields, FlowCounts {}

/** A row with the hash of its key (`flowKeyHash`), which batches are sorted by. */
export interface HashedFlowRow extends FlowRow {
  readonly keyHash: bigint;
}

function hitText(hit: FlowPolicyHit): unknown[] {
  const { kind, tier, namespace, name, action, policyIndex, ruleIndex, trigger } = hit;
  return [kind, tier, namespace, name, action, policyIndex, ruleIndex, trigger === undefined ? null : hitText(trigger)];
}

/** The canonical text of a flow's key: what Goldmane keys by, in its order; labels and owners are not part of it. */
export function flowKeyText(row: FlowKeyFields): string {
  const { source, dest } = row;
  return JSON.stringify([
    [source.name, source.namespace, source.type],
    [dest.name, dest.namespace, dest.type, row.destPort],
    [row.destServiceName, row.destServiceNamespace, row.destServicePortName, row.destServicePort],
    [row.protocol, row.reporter, row.action],
    row.enforced.map(hitText),
    row.pending.map(hitText),
  ]);
}

/** The first 8 bytes of the SHA-256 of the key's text, big endian. */
export function flowKeyHash(row: FlowKeyFields): bigint {
  return Buffer.from(sha256(flowKeyText(row))).readBigUInt64BE(0);
}
