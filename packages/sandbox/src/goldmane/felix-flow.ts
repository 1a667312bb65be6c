import { Action, EndpointType, NOT_INCLUDED, PolicyKind, Reporter } from "@isthmus/goldmane-api";
import { isPrivate, type Address } from "../dataplane/address";
import { PROTOCOL, type Endpoint, type Hit, type NetworkSet, type Policy, type Verdict } from "../dataplane/model";
import type { Program } from "../dataplane/program";
import type { Labels } from "../dataplane/selector";
import { keyOf, type Flow, type FlowCounters, type FlowHit, type FlowIdentity } from "./flow";

/** The service whose address a connection was made to. */
export interface FlowService {
  readonly namespace: string;
  readonly name: string;
  readonly portName: string;
  readonly port: number;
}

/** What Felix saw of a connection at one end, in one interval. */
export interface Observation {
  readonly reporter: "src" | "dst";
  readonly protocol: number;
  readonly source: Address;
  readonly destination: Address;
  readonly destinationPort: number;
  /** Only where this node translated the service's address. */
  readonly service: FlowService | undefined;
  readonly verdict: Verdict;
  readonly counters: FlowCounters;
}

/** Names the ends of an observation as Felix does and gives the flow that it counts towards. */
export function flowOf(observation: Observation, program: Program, intervalStart: number): Flow {
  const source = endOf(observation.source, observation.destination, program);
  const destination = endOf(observation.destination, observation.source, program);
  const identity = identityOf(observation, source, destination);
  return {
    identity,
    key: keyOf(identity),
    startTime: intervalStart,
    endTime: intervalStart,
    sourceLabels: source.labels,
    destLabels: destination.labels,
    counters: observation.counters,
  };
}

function identityOf(observation: Observation, source: End, destination: End): FlowIdentity {
  const { service, verdict } = observation;
  return {
    sourceName: source.name,
    sourceNamespace: source.namespace,
    sourceType: source.type,
    destName: destination.name,
    destNamespace: destination.namespace,
    destType: destination.type,
    destPort: observation.destinationPort,
    destServiceName: service?.name ?? NOT_INCLUDED,
    destServiceNamespace: service?.namespace ?? NOT_INCLUDED,
    destServicePortName: service?.portName || NOT_INCLUDED,
    destServicePort: service?.port ?? 0,
    proto: protocolName(observation.protocol),
    reporter: observation.reporter === "src" ? Reporter.Src : Reporter.Dst,
    action: verdict.action === "allow" ? Action.Allow : Action.Deny,
    enforced: verdict.enforced.map(hitOf),
    pending: verdict.pending.map(hitOf),
  };
}

interface End {
  readonly name: string;
  readonly namespace: string;
  readonly type: EndpointType;
  readonly labels: ReadonlySet<string>;
}

const NO_LABELS: ReadonlySet<string> = new Set();
const labelCache = new WeakMap<Labels, ReadonlySet<string>>();

/** A pod is named by its generateName, else an address by the network set that it falls in, else `pvt` or `pub`. */
function endOf(address: Address, other: Address, program: Program): End {
  const endpoint = program.endpointAt(address);
  if (endpoint !== undefined) return workloadEnd(endpoint);
  const set = program.networkSets.naming(address, program.endpointAt(other)?.namespace ?? "");
  if (set !== undefined) return networkSetEnd(set);
  const name = isPrivate(address) ? "pvt" : "pub";
  return { name, namespace: NOT_INCLUDED, type: EndpointType.Network, labels: NO_LABELS };
}

function workloadEnd(endpoint: Endpoint): End {
  return {
    name: endpoint.generateName === undefined ? endpoint.name : `${endpoint.generateName}*`,
    namespace: endpoint.namespace,
    type: EndpointType.WorkloadEndpoint,
    labels: flatLabels(endpoint.ownLabels),
  };
}

function networkSetEnd(set: NetworkSet): End {
  return {
    name: set.name,
    namespace: set.namespace ?? NOT_INCLUDED,
    type: EndpointType.NetworkSet,
    labels: flatLabels(set.ownLabels),
  };
}

/** `key=value`, without Calico's own. */
function flatLabels(labels: Labels): ReadonlySet<string> {
  const known = labelCache.get(labels);
  if (known !== undefined) return known;
  const own = [...labels].filter(([label]) => !label.startsWith("projectcalico.org/"));
  const flat = new Set(own.map(([label, value]) => `${label}=${value}`));
  labelCache.set(labels, flat);
  return flat;
}

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [PROTOCOL.icmp, "icmp"],
  [PROTOCOL.tcp, "tcp"],
  [PROTOCOL.udp, "udp"],
  [PROTOCOL.icmpv6, "icmp6"],
  [PROTOCOL.sctp, "sctp"],
]);

function protocolName(protocol: number): string {
  return PROTOCOL_NAMES.get(protocol) ?? String(protocol);
}

const ACTIONS = { allow: Action.Allow, deny: Action.Deny, pass: Action.Pass } as const;

function hitOf(hit: Hit, policyIndex: number): FlowHit {
  const action = ACTIONS[hit.action];
  switch (hit.kind) {
    case "rule":
      return { ...policyRef(hit.policy), action, policyIndex, ruleIndex: hit.ruleIndex };
    case "end-of-tier":
      return {
        kind: PolicyKind.EndOfTier,
        namespace: "",
        name: "",
        tier: hit.tier,
        action,
        policyIndex,
        ruleIndex: -1,
        trigger: { ...policyRef(hit.trigger), action: Action.ActionUnspecified, policyIndex: 0, ruleIndex: 0 },
      };
    case "profile":
      return {
        kind: PolicyKind.Profile,
        namespace: "",
        name: hit.name,
        tier: "",
        action,
        policyIndex,
        ruleIndex: hit.ruleIndex,
      };
  }
}

function policyRef(policy: Policy): Pick<FlowHit, "kind" | "namespace" | "name" | "tier"> {
  const { namespace, name, tier } = policy;
  return { kind: policyKind(policy), namespace, name, tier };
}

function policyKind({ kind, staged }: Policy): PolicyKind {
  switch (kind) {
    case "CalicoNetworkPolicy":
      return staged ? PolicyKind.StagedNetworkPolicy : PolicyKind.CalicoNetworkPolicy;
    case "GlobalNetworkPolicy":
      return staged ? PolicyKind.StagedGlobalNetworkPolicy : PolicyKind.GlobalNetworkPolicy;
    case "NetworkPolicy":
      return staged ? PolicyKind.StagedKubernetesNetworkPolicy : PolicyKind.NetworkPolicy;
    case "ClusterNetworkPolicy":
      return PolicyKind.ClusterNetworkPolicy;
  }
}
