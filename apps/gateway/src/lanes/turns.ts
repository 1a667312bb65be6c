import { takeStepsWithPauses, type Steps } from "@isthmus/std";
import { createGate } from "./gate";

/** Lets work that reckons for milliseconds have the event loop one piece at a time, with a turn for everybody in between. */
export interface Turns {
  run<T>(work: () => T): Promise<T>;
  /** Work that can be left off: a turn ends after some milliseconds. */
  runSteps<T>(steps: Steps<T>): Promise<T>;
}

/** How long a turn lasts at least where there is more to do. */
const TURN_MS = 8;

/** Resolves once everybody else of the event loop has had a turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Makes the turns of one process. */
export function createTurns(): Turns {
  const gate = createGate(1);
  return {
    // One after another, each in a turn of its own: all that ask for the next turn would otherwise get the same.
    run: (work) =>
      gate.run(async () => {
        await nextTurn();
        return work();
      }),
    runSteps: (steps) =>
      gate.run(async () => {
        await nextTurn();
        return await takeStepsWithPauses(steps, { now: () => performance.now(), everyMs: TURN_MS, pause: nextTurn });
      }),
  };
}
