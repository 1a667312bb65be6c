import { fuzzCorpus } from "../src/testing/fuzz/corpus";
import { fuzz, NO_CASES, type FuzzResult } from "../src/testing/fuzz/fuzz";
import { timeGuard } from "../src/testing/fuzz/time-guard";

/** How long, and from which seed. */
interface SoakOptions {
  readonly seed: number;
  readonly cases: number;
  /** Ends the run after so many minutes, if it is not over before. */
  readonly minutes?: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The process's own time: other processes do not make a case slow. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const SAY_EVERY = 50_000;
/** So many cases run before a signal is listened to. */
const BATCH = 1_000;

/** More of them tell nothing more. */
const MAX_FAULTS = 100;

type Counts = FuzzResult["counts"];

const sum = (a: Counts, b: Counts): Counts => ({
  selectors: a.selectors + b.selectors,
  "selectors accepted": a["selectors accepted"] + b["selectors accepted"],
  manifests: a.manifests + b.manifests,
  "manifests accepted": a["manifests accepted"] + b["manifests accepted"],
  worlds: a.worlds + b.worlds,
  "worlds accepted": a["worlds accepted"] + b["worlds accepted"],
});

/** Fuzzes selectors and manifests. */
export async function soak({ seed, cases, minutes, say, signal }: SoakOptions): Promise<FuzzResult> {
  const corpus = fuzzCorpus();
  const endsAt = minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  let counts: Counts = NO_CASES;
  const faults: string[] = [];
  const guard = timeGuard(cpuMs);
  for (let from = 0; from < cases && !signal.aborted && performance.now() < endsAt; from += BATCH) {
    const part = fuzz({ seed, from, cases: Math.min(BATCH, cases - from), guard, ...corpus });
    counts = sum(counts, part.counts);
    faults.push(...part.faults);
    part.faults.forEach(say);
    if (faults.length > MAX_FAULTS) break;
    if (from % SAY_EVERY === 0) say(`case ${from}: ${faults.length} faults`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { counts, faults };
}
