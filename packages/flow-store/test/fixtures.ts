import { randomUUID } from "node:crypto";
import type { BatchIdentity } from "../src/testing";
import { parseFilter } from "@isthmus/flow-filter";
import type { FlowEnd, FlowFilter, FlowRow, Places, PolicyHit } from "../src/index";

/** The filter that a text says. */
export function asking(text: string): FlowFilter {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.error)}`);
  return { where: parsed.value };
}

/** An organisation with two clusters, of this test alone. */
export function organisation() {
  return { organisationId: randomUUID(), west: randomUUID(), east: randomUUID() };
}

/** Places that are whole clusters. */
export function whole(...clusterIds: readonly string[]): Places {
  return new Map(clusterIds.map((id) => [id, "all" as const]));
}

/** A workload's end of a flow. */
export function workload(clusterId: string | null, name: string, changes: Partial<FlowEnd> = {}): FlowEnd {
  return {
    clusterId,
    namespace: "boutique",
    workloadKind: "Deployment",
    workloadName: name,
    name: `${name}-*`,
    type: "workload",
    labels: [`app=${name}`],
    resolution: "local",
    ...changes,
  };
}

/** A hit of a policy. */
export function hit(name: string, action: PolicyHit["action"], changes: Partial<PolicyHit> = {}): PolicyHit {
  return {
    kind: "GlobalNetworkPolicy",
    tier: "security",
    namespace: "",
    name,
    action,
    policyIndex: 0,
    ruleIndex: 1,
    trigger: null,
    ...changes,
  };
}

let nextHash = 1n;

/** A flow from checkout to payment, allowed, seen at its source. */
export function flow(source: FlowEnd, dest: FlowEnd, changes: Partial<FlowRow> = {}): FlowRow {
  return {
    keyHash: nextHash++,
    source,
    dest,
    destPort: 50051,
    protocol: "tcp",
    service: { namespace: "boutique", name: "payment", portName: "grpc", port: 50051 },
    reporter: "source",
    action: "allow",
    enforcedTrace: [hit("security.allow-payment", "allow")],
    pendingTrace: [hit("security.allow-payment", "allow")],
    packetsIn: 10,
    packetsOut: 20,
    bytesIn: 1_000,
    bytesOut: 2_000,
    connectionsStarted: 3,
    connectionsCompleted: 2,
    connectionsLive: 1,
    ...changes,
  };
}

/** The start of the tests' time: a full hour, yesterday (so that nothing is beyond its retention). */
export const t0 = Math.floor(Date.now() / 3_600_000 - 24) * 3_600;

/** An identity of a whole bucket in one part. */
export function bucket(organisationId: string, clusterId: string, changes: Partial<BatchIdentity> = {}): BatchIdentity {
  return {
    organisationId,
    clusterId,
    incarnation: "goldmane-1/0",
    bucketStart: t0,
    part: 0,
    parts: 1,
    correction: 0,
    ...changes,
  };
}

/** What gateways call that gives nothing to read: functions of a store that tests of reading leave out. */
export const gatewayWrites = [
  "now",
  "insertFlows",
  "endInsert",
  "completeFlows",
  "markBuckets",
  "insertGaps",
  "insertLogBatch",
  "applyRetention",
  "deleteOrganisation",
  "ping",
  "close",
];
