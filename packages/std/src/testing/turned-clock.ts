import type { Clock } from "../clock";

/** A clock that stands still until a test turns it. */
export interface TurnedClock extends Clock {
  /** Lets `ms` pass: who slept so long wakes, in the order of their times, and what they do settles. */
  turn(ms: number): Promise<void>;
  /** Lets `ms` pass while nobody wakes, as when the process is paused. */
  jump(ms: number): void;
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Makes a clock that shows `startMs`. A sleep whose signal is aborted rejects with the signal's reason. */
export function turnedClock(startMs = 0): TurnedClock {
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
        if (signal?.aborted === true) return abort();
        sleepers.add(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      }),
    jump: (ms) => {
      nowMs += ms;
    },
    turn: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...sleepers].toSorted((a, b) => a.dueMs - b.dueMs);
        if (next === undefined || next.dueMs > untilMs) break;
        sleepers.delete(next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.wake();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** Lets every promise that is ready run. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
