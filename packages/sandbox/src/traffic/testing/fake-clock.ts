import type { Clock } from "@isthmus/std";

/** A clock that a test turns. */
export interface FakeClock extends Clock {
  /** Lets `ms` pass, waking sleepers in the order of their times and letting what they do settle. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function fakeClock(startMs: number): FakeClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => nowMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const wake = (): void => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        const sleeper: Sleeper = { dueMs: nowMs + delayMs, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", abort);
      }),
    advance: async (ms) => {
      const until = nowMs + ms;
      await settle();
      for (;;) {
        const next = [...sleepers].toSorted((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined || next.dueMs > until) break;
        sleepers.delete(next);
        nowMs = next.dueMs;
        next.wake();
        await settle();
      }
      nowMs = until;
    },
  };
}
