import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "@isthmus/std";

/** The machine's clock. Waiting keeps the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (delayMs, signal) => wait(delayMs, undefined, signal === undefined ? {} : { signal }),
};
