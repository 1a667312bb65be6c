import type { FlowBatch } from "./messages";

/** Policies in one trace: Goldmane's has one for each tier, and its profile. */
const MAX_HITS_A_TRACE = 256;
/** How far hits name one another: an end of tier names a policy, and that is all. */
const MAX_TRIGGERS = 8;
/**
 * Characters that the rows of one batch may stand for: 5,000 flows with a kibibyte of labels at each end and ten policies
 * each are a third of it.
 */
const MAX_CHARACTERS = 64 * 1024 * 1024;
/** What a hit has beside its names: numbers and separators. */
const HIT_CHARACTERS = 24;

type TextColumn = {
  [K in keyof FlowBatch]: FlowBatch[K] extends number[] ? K : never;
}[keyof FlowBatch];

const TEXT_COLUMNS = [
  "sourceName",
  "sourceNamespace",
  "sourceWorkloadKind",
  "sourceWorkload",
  "sourceLabels",
  "destName",
  "destNamespace",
  "destWorkloadKind",
  "destWorkload",
  "destLabels",
  "destServiceName",
  "destServiceNamespace",
  "destServicePortName",
  "protocol",
] as const satisfies readonly TextColumn[];

/**
 * Why a batch is more than may be made of it, undefined where it is not: counted over its tables and indices alone. What
 * is no index counts nothing here, and is refused by whoever follows it.
 */
export function checkExpansion(batch: FlowBatch): string | undefined {
  const lengths = batch.strings.map((text) => text.length);
  const hits = hitSizes(batch, lengths);
  if (typeof hits === "string") return hits;
  const traces: number[] = [];
  for (const { hits: places } of batch.traces) {
    if (places.length > MAX_HITS_A_TRACE) return `a trace of ${places.length} policies of at most ${MAX_HITS_A_TRACE}`;
    traces.push(places.reduce((sum, place) => sum + (hits[place] ?? 0), 0));
  }
  const sizes = [...TEXT_COLUMNS.map((name) => sum(batch[name], lengths)), sum(batch.enforcedTrace, traces)];
  const characters = [...sizes, sum(batch.pendingTrace, traces)].reduce((all, size) => all + size, 0);
  return characters > MAX_CHARACTERS ? `rows of ${characters} characters of at most ${MAX_CHARACTERS}` : undefined;
}

const sum = (column: readonly number[], sizes: readonly number[]): number =>
  column.reduce((all, place) => all + (sizes[place] ?? 0), 0);

/** What each hit stands for, with those that it names. */
function hitSizes(batch: FlowBatch, lengths: readonly number[]): readonly number[] | string {
  const sizes: number[] = [];
  const depths: number[] = [];
  for (const { tier, namespace, name, trigger } of batch.hits) {
    const depth = trigger === 0 ? 0 : 1 + (depths[trigger - 1] ?? 0);
    if (depth > MAX_TRIGGERS) return `a policy that ${depth} others trigger, of at most ${MAX_TRIGGERS}`;
    depths.push(depth);
    const own = [tier, namespace, name].reduce((all, place) => all + (lengths[place] ?? 0), HIT_CHARACTERS);
    sizes.push(own + (trigger === 0 ? 0 : (sizes[trigger - 1] ?? 0)));
  }
  return sizes;
}
