import type { Clock } from "@isthmus/std";

/** A task that repeats until it is stopped. */
export interface Repeating {
  /** Begins no more runs, and resolves when the one under way has ended. */
  stop(): Promise<void>;
  /** Runs at once, or once more after the run under way. */
  wake(): void;
}

/** How a task repeats. */
export interface RepeatOptions {
  readonly clock: Clock;
  /** Pause between the end of a run and the begin of the next, in ms. */
  readonly everyMs: number;
  readonly run: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** Runs a task now and again and again, never twice at once; a failure is told and does not end it. */
export function repeat({ clock, everyMs, run, onFailure }: RepeatOptions): Repeating {
  const stop = new AbortController();
  let nap = new AbortController();
  let woken = false;
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      woken = false;
      await run().catch(onFailure);
      nap = new AbortController();
      const signal = AbortSignal.any([stop.signal, nap.signal]);
      if (!woken && !stop.signal.aborted) await clock.sleep(everyMs, signal).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    stop: () => {
      stop.abort();
      return running;
    },
    wake: () => {
      woken = true;
      nap.abort();
    },
  };
}
