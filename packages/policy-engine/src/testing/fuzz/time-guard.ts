/** Watches how long cases take for their size. */
export interface TimeGuard {
  /** Runs a case; gives what it returned, and a fault where it took far longer than others of its size do. */
  readonly timed: <T>(size: number, run: () => T) => { readonly value: T; readonly slow?: string };
}

/** So many times the median of its size is a fault. */
const GENEROUS = 300;
/**
 * Shorter than this nothing is a fault: garbage is collected, other processes run, and what is as large may be of another
 * make (two thousand empty rules took 210 ms where most of their size are one long text; rule by rule it is the same).
 */
const FLOOR_MS = 500;
const SAMPLES = 501;

interface Bucket {
  readonly times: number[];
  at: number;
}

function medianOf(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** A guard over sizes in octaves: the last few hundred times of each, and what is far beyond their median is run again. */
export function timeGuard(now: () => number): TimeGuard {
  const buckets = new Map<number, Bucket>();
  const bucketOf = (size: number): Bucket => {
    const octave = Math.floor(Math.log2(size + 1));
    const bucket = buckets.get(octave) ?? { times: [], at: 0 };
    buckets.set(octave, bucket);
    return bucket;
  };
  const measure = <T>(run: () => T): { readonly value: T; readonly ms: number } => {
    const started = now();
    const value = run();
    return { value, ms: now() - started };
  };
  return {
    timed: (size, run) => {
      const { value, ms } = measure(run);
      const { times, at } = bucketOf(size);
      times[at % SAMPLES] = ms;
      bucketOf(size).at = at + 1;
      if (ms < FLOOR_MS) return { value };
      // Three more runs, of which the shortest counts: a pause of the machine does not repeat itself.
      const best = Math.min(ms, ...[1, 2, 3].map(() => measure(run).ms));
      const median = medianOf(times);
      if (best < Math.max(FLOOR_MS, GENEROUS * median)) return { value };
      return { value, slow: `took ${best.toFixed(0)} ms, the median of its size is ${median.toFixed(2)} ms` };
    },
  };
}
