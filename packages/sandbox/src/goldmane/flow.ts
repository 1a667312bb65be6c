import type { Action, EndpointType, PolicyKind, Reporter } from "@isthmus/goldmane-api";

/** A step of a trace as Goldmane keeps it. */
export interface FlowHit {
  readonly kind: PolicyKind;
  readonly namespace: string;
  readonly name: string;
  readonly tier: string;
  readonly action: Action;
  readonly policyIndex: number;
  readonly ruleIndex: number;
  readonly trigger?: FlowHit;
}

/** What makes two connections the same flow; names are Goldmane's. */
export interface FlowIdentity {
  readonly sourceName: string;
  readonly sourceNamespace: string;
  readonly sourceType: EndpointType;
  readonly destName: string;
  readonly destNamespace: string;
  readonly destType: EndpointType;
  readonly destPort: number;
  readonly destServiceName: string;
  readonly destServiceNamespace: string;
  readonly destServicePortName: string;
  readonly destServicePort: number;
  readonly proto: string;
  readonly reporter: Reporter;
  readonly action: Action;
  readonly enforced: readonly FlowHit[];
  readonly pending: readonly FlowHit[];
}

/** Counters of a flow over a stretch of time; in and out are those of the reporter. */
export interface FlowCounters {
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly started: number;
  readonly completed: number;
  readonly live: number;
}

/** A flow over a stretch of time. */
export interface Flow {
  readonly identity: FlowIdentity;
  /** Text that is equal for equal identities. */
  readonly key: string;
  /** Unix seconds. */
  readonly startTime: number;
  readonly endTime: number;
  readonly sourceLabels: ReadonlySet<string>;
  readonly destLabels: ReadonlySet<string>;
  readonly counters: FlowCounters;
}

/** The key of an identity. */
export function keyOf(identity: FlowIdentity): string {
  return JSON.stringify(identity);
}

/** Two stretches of one flow as one: counters added, labels intersected. */
export function mergeFlows(a: Flow, b: Flow): Flow {
  return {
    ...a,
    startTime: Math.min(a.startTime, b.startTime),
    endTime: Math.max(a.endTime, b.endTime),
    sourceLabels: intersect(a.sourceLabels, b.sourceLabels),
    destLabels: intersect(a.destLabels, b.destLabels),
    counters: addCounters(a.counters, b.counters),
  };
}

function intersect(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return a === b ? a : new Set([...a].filter((label) => b.has(label)));
}

function addCounters(a: FlowCounters, b: FlowCounters): FlowCounters {
  return {
    packetsIn: a.packetsIn + b.packetsIn,
    packetsOut: a.packetsOut + b.packetsOut,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
    started: a.started + b.started,
    completed: a.completed + b.completed,
    live: a.live + b.live,
  };
}
