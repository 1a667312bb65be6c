import { compareClusters } from "./agreement";

/** How much, and from which seed. */
interface SoakOptions {
  readonly seed: number;
  /** Packets that both sides judge; the batch in which the last falls is finished. */
  readonly cases: number;
  /** Ends the run after so many minutes, if it is not over before. */
  readonly minutes?: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

interface SoakResult {
  readonly counts: Readonly<Record<"clusters judged by both" | "packets judged by both", number>>;
  readonly faults: readonly string[];
}

/** Clusters that are compared before a signal is listened to. */
const BATCH = 25;
const SAY_EVERY = 20;

/** More of them tell nothing more. */
const MAX_FAULTS = 3;

/** Seeds of batches lie far apart, so that runs of neighbouring seeds have nothing in common. */
const seedOf = (seed: number, batch: number): number => (Math.imul(seed, 1_000_003) + batch) | 0;

/** Compares the policy engine and the sandbox's dataplane on random clusters, packet by packet. */
export async function soak({ seed, cases, minutes, say, signal }: SoakOptions): Promise<SoakResult> {
  const endsAt = minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  const faults: string[] = [];
  let [packets, batch] = [0, 0];
  while (packets < cases && faults.length < MAX_FAULTS && !signal.aborted && performance.now() < endsAt) {
    const own = seedOf(seed, batch);
    const { tally, difference } = compareClusters({ numRuns: BATCH, seed: own });
    packets += tally.get("packets") ?? 0;
    if (difference !== undefined) {
      faults.push(`engine and sandbox differ within ${BATCH} clusters of seed ${own}`);
      say(difference);
    }
    if (batch % SAY_EVERY === 0) say(`${packets} packets judged alike: ${faults.length} faults`);
    batch += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { counts: { "clusters judged by both": batch * BATCH, "packets judged by both": packets }, faults };
}
