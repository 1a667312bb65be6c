import {
  decodeFlowKey,
  decodeLabels,
  splitFlow,
  EndpointType,
  type FlowKey,
  type PolicyHit,
} from "@isthmus/goldmane-api";
import type { FlowFault } from "../evidence-source";
import {
  BUCKET_SECONDS,
  flowKeyHash,
  type FlowEnd,
  type FlowKeyFields,
  type FlowPolicyHit,
  type HashedFlowRow,
} from "@isthmus/protocol";

/** Who owns the pods that a flow names by `namespace` and name (a pod's name, or its prefix and `*`). */
export type WorkloadOf = (
  namespace: string,
  name: string,
) => { readonly kind: string; readonly name: string } | undefined;

/** A flow of Goldmane as a row of the wire, and when it began in Unix seconds. */
export interface ReadFlow {
  readonly startTime: number;
  readonly row: HashedFlowRow;
}

/** What a reader may be given beside. */
export interface ReaderOptions {
  /** Told of each number that cannot be. */
  readonly faultSeen?: (fault: FlowFault) => void;
  readonly maxKeys?: number;
}

/** A key that was decoded, with its ends as they last were. */
interface KnownKey {
  /** As it came. */
  readonly text: string;
  readonly fields: FlowKeyFields;
  readonly hash: bigint;
  source: KnownEnd;
  dest: KnownEnd;
}

/** One end with the labels as they came; shared by all keys that have it. */
interface KnownEnd {
  readonly end: FlowEnd;
  readonly labels: string;
}

/** After so many flows what did not come again is on its way out: some minutes' worth of a large cluster. */
const GENERATION_FLOWS = 120_000;
/** And never more keys than this, in each of two generations. */
const MAX_KEYS = 60_000;
const MAX_PORT = 0xffff;
/** The last second of ClickHouse's DateTime, within a bucket that ends by then. */
const MAX_TIME = 0xffff_ffff - BUCKET_SECONDS;
/** A negative number of 64 bits reads as this or more. */
const NEGATIVE_FROM = 2 ** 63;
/** Distinct ends, labels, policies and texts that are shared; beyond them all are forgotten and learnt anew. */
const MAX_SHARED = 50_000;

/**
 * Reads Goldmane's flows. The same flow comes every 15 seconds, so keys are decoded and hashed once and remembered while
 * they keep coming; equal texts and ends of different flows are one in memory. Owners are as they are now.
 */
export class FlowReader {
  readonly #workloadOf: WorkloadOf;
  readonly #faultSeen: (fault: FlowFault) => void;
  readonly #maxKeys: number;
  #keys = new Map<string, KnownKey>();
  #former = new Map<string, KnownKey>();
  #flows = 0;
  readonly #labels = new Shared<string>();
  readonly #ends = new Shared<KnownEnd>();
  readonly #texts = new Shared<string>();
  readonly #traces = new Shared<readonly FlowPolicyHit[]>();

  constructor(workloadOf: WorkloadOf, { faultSeen = () => undefined, maxKeys = MAX_KEYS }: ReaderOptions = {}) {
    this.#workloadOf = workloadOf;
    this.#faultSeen = faultSeen;
    this.#maxKeys = maxKeys;
  }

  /**
   * Reads a `goldmane.Flow`; undefined for one without a key, or whose time or port cannot be. A count that cannot be is
   * read as the nearest that can. Throws a RangeError on bytes that are no flow.
   */
  read(message: Uint8Array): ReadFlow | undefined {
    const flow = splitFlow(message);
    if (flow === undefined) return undefined;
    if (flow.startTime > MAX_TIME) return this.#without("time-impossible");
    const known = this.#keyOf(flow.key);
    if (!isPort(known.fields.destPort) || !isPort(known.fields.destServicePort))
      return this.#without("port-impossible");
    known.source = this.#endNow(known.source, flow.sourceLabels, "source");
    known.dest = this.#endNow(known.dest, flow.destLabels, "dest");
    const { fields } = known;
    const row: HashedFlowRow = {
      keyHash: known.hash,
      source: known.source.end,
      dest: known.dest.end,
      destPort: fields.destPort,
      destServiceName: fields.destServiceName,
      destServiceNamespace: fields.destServiceNamespace,
      destServicePortName: fields.destServicePortName,
      destServicePort: fields.destServicePort,
      protocol: fields.protocol,
      reporter: fields.reporter,
      action: fields.action,
      enforced: fields.enforced,
      pending: fields.pending,
      packetsIn: this.#count(flow.packetsIn),
      packetsOut: this.#count(flow.packetsOut),
      bytesIn: this.#count(flow.bytesIn),
      bytesOut: this.#count(flow.bytesOut),
      connectionsStarted: this.#count(flow.connectionsStarted),
      connectionsCompleted: this.#count(flow.connectionsCompleted),
      connectionsLive: this.#count(flow.connectionsLive),
    };
    return { startTime: flow.startTime, row };
  }

  #without(fault: FlowFault): undefined {
    this.#faultSeen(fault);
  }

  #count(count: number): number {
    if (count <= Number.MAX_SAFE_INTEGER) return count;
    const isNegative = count >= NEGATIVE_FROM;
    this.#faultSeen(isNegative ? "count-negative" : "count-too-large");
    return isNegative ? 0 : Number.MAX_SAFE_INTEGER;
  }

  #keyOf(text: string): KnownKey {
    this.#flows += 1;
    if (this.#flows > GENERATION_FLOWS || this.#keys.size >= this.#maxKeys) {
      [this.#former, this.#keys, this.#flows] = [this.#keys, new Map(), 0];
    }
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const key = this.#former.get(text) ?? this.#decode(text);
    this.#keys.set(key.text, key);
    return key;
  }

  #decode(text: string): KnownKey {
    const key = decodeFlowKey(text);
    const fields = this.#fieldsOf(key);
    const [source, dest] = [this.#shared(fields.source, ""), this.#shared(fields.dest, "")];
    const shared = { ...fields, source: source.end, dest: dest.end };
    return { text, fields: shared, hash: flowKeyHash(fields), source, dest };
  }

  #fieldsOf(key: FlowKey): FlowKeyFields {
    const share = (text: string): string => this.#texts.of(text, () => text);
    const end = (name: string, namespace: string, type: EndpointType): FlowEnd => {
      const named = { name: share(name), namespace: share(namespace), type };
      return { ...named, workloadKind: "", workload: "", labels: "" };
    };
    return {
      source: end(key.sourceName, key.sourceNamespace, key.sourceType),
      dest: end(key.destName, key.destNamespace, key.destType),
      destPort: Number(key.destPort),
      destServiceName: share(key.destServiceName),
      destServiceNamespace: share(key.destServiceNamespace),
      destServicePortName: share(key.destServicePortName),
      destServicePort: Number(key.destServicePort),
      protocol: share(key.proto),
      reporter: key.reporter,
      action: key.action,
      enforced: this.#traceOf(key.policies?.enforcedPolicies ?? []),
      pending: this.#traceOf(key.policies?.pendingPolicies ?? []),
    };
  }

  #traceOf(policies: readonly PolicyHit[]): readonly FlowPolicyHit[] {
    const hits = policies.map(hitOf);
    return this.#traces.of(JSON.stringify(hits), () => hits);
  }

  /** The end as it was, unless its labels or its owner have changed. */
  #endNow(known: KnownEnd, labels: string, side: "source" | "dest"): KnownEnd {
    const { name, namespace, type, workloadKind, workload } = known.end;
    const owner = type === EndpointType.WorkloadEndpoint ? this.#workloadOf(namespace, name) : undefined;
    const [ownerKind, ownerName] = [owner?.kind ?? "", owner?.name ?? ""];
    if (labels === known.labels && workloadKind === ownerKind && workload === ownerName) return known;
    const text = this.#labels.of(labels, () => decodeLabels(labels, side).toSorted().join(","));
    const end = { name, namespace, type, workloadKind: ownerKind, workload: ownerName, labels: text };
    return this.#shared(end, labels);
  }

  #shared(end: FlowEnd, labels: string): KnownEnd {
    return this.#ends.of(`${Object.values(end).join("\n")}\n${labels}`, () => ({ end, labels }));
  }
}

/** Values by what they say, so that equal ones are one. */
class Shared<T> {
  #values = new Map<string, T>();

  of(text: string, make: () => T): T {
    const known = this.#values.get(text);
    if (known !== undefined) return known;
    if (this.#values.size >= MAX_SHARED) this.#values = new Map();
    const value = make();
    this.#values.set(text, value);
    return value;
  }
}

const isPort = (port: number): boolean => port >= 0 && port <= MAX_PORT;

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
