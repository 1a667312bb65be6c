import type { Clock } from "@isthmus/std";

/** Something that is done again and again at moments of its own choice. */
export interface Scheduled {
  /** When it is due next, in ms since the epoch. */
  nextMs(nowMs: number): number;
  run(nowMs: number): void;
}

/** Does `task` whenever it is due, until `signal` aborts. */
export async function runScheduled(task: Scheduled, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const waitMs = Math.max(0, task.nextMs(clock.now()) - clock.now());
    try {
      await clock.sleep(waitMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    task.run(clock.now());
  }
}

/** The next moment after `nowMs` that is `phaseMs` past a multiple of `periodMs`. */
export function nextPhase(nowMs: number, periodMs: number, phaseMs: number): number {
  return Math.floor((nowMs - phaseMs) / periodMs + 1) * periodMs + phaseMs;
}
