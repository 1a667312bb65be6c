import type { Clock } from "@isthmus/std";

/** When a keyed job runs: soon after it was asked for, once for many askings, one run a key at a time. */
export interface JobRunner {
  /** Asks for a run of `key`; asking while one runs makes another follow. */
  ask(key: string): void;
  /** Begins no more runs, and resolves when those under way have ended. */
  close(): Promise<void>;
}

/** How a runner debounces. */
export interface JobRunnerOptions {
  readonly clock: Clock;
  /** Wait after the first asking, in ms, so that askings in a burst share a run. */
  readonly delayMs: number;
  /** Wait before a failed run is tried again, in ms. */
  readonly retryMs: number;
  readonly run: (key: string) => Promise<void>;
  readonly onFailure: (key: string, error: unknown) => void;
}

/** Makes a runner. */
export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { clock, delayMs, retryMs, run, onFailure } = options;
  const asked = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const stop = new AbortController();
  const pause = (ms: number): Promise<void> => clock.sleep(ms, stop.signal).catch(() => undefined);
  const work = async (key: string): Promise<void> => {
    while (asked.has(key) && !stop.signal.aborted) {
      await pause(delayMs);
      asked.delete(key);
      try {
        if (!stop.signal.aborted) await run(key);
      } catch (error) {
        onFailure(key, error);
        asked.add(key);
        await pause(retryMs);
      }
    }
    running.delete(key);
  };
  return {
    ask: (key) => {
      if (stop.signal.aborted) return;
      asked.add(key);
      if (!running.has(key)) running.set(key, work(key));
    },
    close: async () => {
      stop.abort();
      await Promise.all(running.values());
    },
  };
}
