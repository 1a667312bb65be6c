import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@isthmus/std";

/** The process's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (delayMs, signal) => {
    await sleep(delayMs, undefined, signal && { signal });
  },
};
