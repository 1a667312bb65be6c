import { BatchFault } from "./flow-batch-error";
import { MAX_TRIGGER_DEPTH } from "./flow-limits";
import type { FlowMessage, HitMessage } from "./flow-message";
import type { FlowPolicyHit } from "./flow-row";

/** The tables of a batch, and what each entry comes to in bytes where it is written out. */
export interface FlowTables {
  readonly traces: readonly (readonly FlowPolicyHit[])[];
  readonly stringWeights: Float64Array;
  readonly traceWeights: Float64Array;
  /** All entries of the tables once. */
  readonly weight: number;
}

interface ReadHit {
  readonly hit: FlowPolicyHit;
  readonly weight: number;
  readonly depth: number;
}

// What a text, a hit or a trace costs beside its characters.
const TEXT_BYTES = 4;
const HIT_BYTES = 32;

/** Makes hits and traces of what the message says; each index must be one of a table's, and a trigger stands first. */
export function readFlowTables({ strings, hits, traces }: FlowMessage): FlowTables {
  const stringWeights = Float64Array.from(strings, ({ length }) => length + TEXT_BYTES);
  const known: ReadHit[] = [];
  for (const row of hits) known.push(readHit(row, known, { strings, stringWeights }));
  const traceWeights = new Float64Array(traces.length);
  const read = traces.map((indices, index) => {
    const trace = Array.from(indices, (at) => entry(known, at, "hits"));
    traceWeights[index] = trace.reduce((sum, { weight }) => sum + weight, TEXT_BYTES);
    return trace.map(({ hit }) => hit);
  });
  return { traces: read, stringWeights, traceWeights, weight: sumOf(stringWeights) + sumOf(traceWeights) };
}

interface Strings {
  readonly strings: readonly string[];
  readonly stringWeights: Float64Array;
}

function readHit(row: HitMessage, known: readonly ReadHit[], { strings, stringWeights }: Strings): ReadHit {
  const { kind, action, policyIndex, ruleIndex, trigger } = row;
  // INVARIANT: the builder writes a trigger before what it triggers, so a forward index can only be a circle.
  if (trigger > known.length) {
    throw new BatchFault("hits-circular", `hit ${known.length} is triggered by hit ${trigger - 1}`);
  }
  const text = (index: number) => entry(strings, index, "strings");
  const own = {
    kind,
    tier: text(row.tier),
    namespace: text(row.namespace),
    name: text(row.name),
    action,
    policyIndex,
    ruleIndex,
  };
  const weight = [row.tier, row.namespace, row.name].reduce((sum, at) => sum + (stringWeights[at] ?? 0), HIT_BYTES);
  const triggered = trigger === 0 ? undefined : known[trigger - 1];
  if (triggered === undefined) return { hit: own, weight, depth: 0 };
  if (triggered.depth >= MAX_TRIGGER_DEPTH) {
    throw new BatchFault("batch-too-large", `hit ${known.length} has more than ${MAX_TRIGGER_DEPTH} triggers`);
  }
  return { hit: { ...own, trigger: triggered.hit }, weight: weight + triggered.weight, depth: triggered.depth + 1 };
}

function entry<T>(table: readonly T[], index: number, name: string): T {
  const value = table[index];
  if (value === undefined) throw new BatchFault("index-out-of-range", `${name} has no entry ${index}`);
  return value;
}

function sumOf(weights: Float64Array): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}
