import { createGate } from "./gate";

/** Lets work that reckons for milliseconds have the event loop one piece at a time, with a turn for everybody in between. */
export interface Turns {
  run<T>(work: () => T): Promise<T>;
}

/** Makes the turns of one process. */
export function createTurns(): Turns {
  const gate = createGate(1);
  return {
    // One after another, each in a turn of its own: all that ask for the next turn would otherwise get the same.
    run: (work) =>
      gate.run(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return work();
      }),
  };
}
