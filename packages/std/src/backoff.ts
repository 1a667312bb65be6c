/** Exponential backoff with full jitter: the n-th delay is uniform in [0, min(maxMs, baseMs * 2^n)). */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Delay in ms before attempt `attempt` (from 0); `random` is uniform in [0, 1). */
export function backoffDelayMs(backoff: Backoff, attempt: number, random: number): number {
  const ceiling = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(ceiling * random);
}
