import { setImmediate } from "node:timers/promises";
import { takeStepsWithPauses, type Steps } from "@isthmus/std";

/** How long a turn lasts at least where there is more to do: two buckets may be worked on, while flows are read. */
const TURN_MS = 5;

/**
 * Takes steps, with a turn for others of the event loop before the first, after the last and as often as some
 * milliseconds have passed; rejects with what a step throws.
 */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  await setImmediate();
  const result = await takeStepsWithPauses(steps, {
    now: () => performance.now(),
    everyMs: TURN_MS,
    pause: () => setImmediate(),
  });
  await setImmediate();
  return result;
}
