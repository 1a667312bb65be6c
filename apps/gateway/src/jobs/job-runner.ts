import type { Clock } from "@isthmus/std";

/** When a keyed job runs: soon after it was asked for, once for many askings, one run a key at a time. */
export interface JobRunner {
  /** Asks for a run of `key`; asking while one runs makes another follow. An urgent one does not wait for its rest. */
  ask(key: string, urgency?: "usual" | "urgent"): void;
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

/** After a run that took long the next rests twice as long, and at most this, in ms: else it would do nothing else. */
const LONGEST_REST_MS = 10_000;

/** A run that took less is followed by the next at once, in ms. */
const SHORT_RUN_MS = 250;

const restAfter = (tookMs: number): number => (tookMs < SHORT_RUN_MS ? 0 : Math.min(LONGEST_REST_MS, 2 * tookMs));

interface Asking {
  isUrgent: boolean;
  /** Ends a rest. */
  readonly hurry: AbortController;
}

/** Makes a runner. */
export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { clock, delayMs, retryMs, run, onFailure } = options;
  const asked = new Map<string, Asking>();
  const running = new Map<string, Promise<void>>();
  const stop = new AbortController();
  const pause = (ms: number, hurry: AbortSignal = stop.signal): Promise<void> =>
    clock.sleep(ms, AbortSignal.any([stop.signal, hurry])).catch(() => undefined);
  const work = async (key: string): Promise<void> => {
    let restMs = 0;
    for (let asking = asked.get(key); asking && !stop.signal.aborted; asking = asked.get(key)) {
      await pause(delayMs);
      if (!asking.isUrgent && restMs > delayMs) await pause(restMs - delayMs, asking.hurry.signal);
      asked.delete(key);
      const startedAtMs = clock.now();
      try {
        if (!stop.signal.aborted) await run(key);
        restMs = restAfter(clock.now() - startedAtMs);
      } catch (error) {
        restMs = 0;
        onFailure(key, error);
        if (!asked.has(key)) asked.set(key, { isUrgent: false, hurry: new AbortController() });
        await pause(retryMs);
      }
    }
    running.delete(key);
  };
  return {
    ask: (key, urgency = "usual") => {
      if (stop.signal.aborted) return;
      const asking = asked.get(key) ?? { isUrgent: false, hurry: new AbortController() };
      asked.set(key, asking);
      if (urgency === "urgent") {
        asking.isUrgent = true;
        asking.hurry.abort();
      }
      if (!running.has(key)) running.set(key, work(key));
    },
    close: async () => {
      stop.abort();
      await Promise.all(running.values());
    },
  };
}
