import type { Clock } from "@isthmus/std";

/** A clock that a test turns. */
export interface TurnedClock extends Clock {
  /** Lets `ms` pass: who slept so long wakes, in order, and their work runs. */
  turn(ms: number): Promise<void>;
  /** Lets `ms` pass while nobody wakes, as when the process is paused. */
  jump(ms: number): void;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function turnedClock(): TurnedClock {
  let nowMs = 0;
  const sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
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
        const sleeper = { dueMs: nowMs + delayMs, wake };
        if (signal?.aborted === true) return abort();
        sleepers.add(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      }),
    jump: (ms) => {
      nowMs += ms;
    },
    turn: async (ms) => {
      const until = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...sleepers].toSorted((a, b) => a.dueMs - b.dueMs);
        if (next === undefined || next.dueMs > until) break;
        sleepers.delete(next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.wake();
        await settle();
      }
      nowMs = until;
    },
  };
}
