/** Work in pieces of a millisecond or so: whoever takes them can let others go on in between. */
export type Steps<T> = Generator<void, T>;

/** Takes all steps at once; gives what the last one gives. */
export function takeSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** How steps are taken with pauses: the time in ms, how much of it may pass without a pause, and what a pause is. */
export interface Pauses {
  readonly now: () => number;
  readonly everyMs: number;
  readonly pause: () => Promise<void>;
}

/** Takes steps, with a pause as often as so much time has passed; rejects with what a step throws. */
export async function takeStepsWithPauses<T>(steps: Steps<T>, { now, everyMs, pause }: Pauses): Promise<T> {
  for (let beganAt = now(); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (now() - beganAt < everyMs) continue;
    await pause();
    beganAt = now();
  }
}
