import type { Clock } from "@isthmus/std";

/** Between two full checks; a watch tells of drift within a second, so that this is for what it does not tell. */
const EVERY_MS = 10 * 60_000;
/** By so much of it more or less, so that a fleet does not ask at once. */
const JITTER_SHARE = 0.25;

/** What checking at regular times needs. */
export interface CheckRegularlyOptions {
  readonly check: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Calls `check` every ten minutes or so, until the signal aborts. */
export async function checkRegularly({ check, clock, random, signal }: CheckRegularlyOptions): Promise<void> {
  for (;;) {
    const delayMs = EVERY_MS * (1 + JITTER_SHARE * (2 * random() - 1));
    await clock.sleep(delayMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    check();
  }
}
