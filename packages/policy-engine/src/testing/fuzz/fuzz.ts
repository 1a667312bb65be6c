import { parseResource } from "../../decode/parse-resource";
import type { Checked } from "./checked";
import { drawsOf, type Draws } from "./draws";
import { checkManifest } from "./check-manifest";
import { writtenManifest, type Value } from "./manifest-values";
import { mutated } from "./mutate-value";
import { checkWorld } from "./check-world";
import { checkSelector } from "./check-selector";
import { selectorText } from "./selector-texts";
import type { TimeGuard } from "./time-guard";

/** What a run of the fuzzer is to do. */
export interface FuzzOptions {
  readonly seed: number;
  readonly cases: number;
  /** Number of the first case, to repeat one. */
  readonly from?: number;
  /** Selectors and manifests that were written elsewhere; there may be none. */
  readonly selectors: readonly string[];
  readonly manifests: readonly Value[];
  /** Watches how long cases take; one guard for all parts of a run. */
  readonly guard: TimeGuard;
}

type CaseKind = "selector" | "manifest" | "world";
type CountName = `${CaseKind}s` | `${CaseKind}s accepted`;

/** Counts of nothing. */
export const NO_CASES: Readonly<Record<CountName, number>> = {
  selectors: 0,
  "selectors accepted": 0,
  manifests: 0,
  "manifests accepted": 0,
  worlds: 0,
  "worlds accepted": 0,
};

/** What came of it. */
export interface FuzzResult {
  readonly counts: Readonly<Record<CountName, number>>;
  /** Each with the number of its case. */
  readonly faults: readonly string[];
}

/** One case in so many is a manifest, and one in so many of these a world of several. */
const MANIFESTS = 3;
const WORLDS = 60;

interface Case {
  readonly kind: CaseKind;
  readonly size: number;
  readonly check: (draws: Draws) => Checked;
}

/** A manifest, changed more often than not. */
function drawManifest(draws: Draws, corpus: readonly Value[]): Value {
  const written = writtenManifest(draws);
  const base = draws.once(3) && corpus.length > 0 ? draws.pick(corpus) : written;
  return draws.once(4) ? base : mutated(draws, base, [written, ...corpus]);
}

const ATTEMPTS = 8;

/** A manifest that is valid, if one of a few is. */
function drawValid(draws: Draws): Value {
  let written = writtenManifest(draws);
  for (let more = 1; more < ATTEMPTS && !parseResource(written).ok; more += 1) written = writtenManifest(draws);
  return written;
}

function drawCase(draws: Draws, { selectors, manifests }: FuzzOptions): Case {
  if (!draws.once(MANIFESTS)) {
    const text = selectorText(draws, selectors);
    return { kind: "selector", size: text.length, check: (d) => checkSelector(d, text) };
  }
  if (draws.once(WORLDS)) {
    const several = draws.some(2, 6, () => (draws.once(6) ? drawManifest(draws, manifests) : drawValid(draws)));
    return { kind: "world", size: sizeOf(several), check: (d) => checkWorld(d, several) };
  }
  const value = drawManifest(draws, manifests);
  return { kind: "manifest", size: sizeOf(value), check: (d) => checkManifest(d, value) };
}

/** About how large a value is: its places, and the lengths of its texts. */
function sizeOf(root: Value): number {
  let size = 0;
  const waiting: Value[] = [root];
  for (;;) {
    const value = waiting.pop();
    if (value === undefined) return size;
    size += typeof value === "string" ? value.length + 1 : 1;
    if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) waiting.push(inner);
  }
}

/** An error and the two functions that it came from, without where their files lie. */
function toldOf(error: unknown): string {
  if (!(error instanceof Error)) return "something";
  const lines = (error.stack ?? error.message).split("\n").slice(0, 3);
  return lines.map((line) => line.replace(/\(?file:.*$/, "").trim()).join(" ");
}

function checkedOf(one: Case, draws: Draws): Checked {
  try {
    return one.check(draws);
  } catch (error) {
    return { accepted: false, faults: [`threw ${toldOf(error)}`] };
  }
}

/** Runs cases drawn from a seed; each depends on the seed and its own number alone. */
export function fuzz(options: FuzzOptions): FuzzResult {
  const { seed, cases, from = 0, guard } = options;
  const counts: Record<CountName, number> = { ...NO_CASES };
  const faults: string[] = [];
  for (let index = from; index < from + cases; index += 1) {
    const one = drawCase(drawsOf(seed, index), options);
    const { value, slow } = guard.timed(one.size, () => checkedOf(one, drawsOf(seed + 1, index)));
    counts[`${one.kind}s`] += 1;
    if (value.accepted) counts[`${one.kind}s accepted`] += 1;
    for (const fault of [...value.faults, ...(slow === undefined ? [] : [slow])])
      faults.push(`case ${index} (${one.kind}): ${fault}`);
  }
  return { counts, faults };
}
