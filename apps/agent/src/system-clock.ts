import type { Clock } from "@isthmus/std";

/** The machine's clock. Waiting keeps the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, delayMs);
      if (signal?.aborted === true) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** The time since this process began, in ms: nobody can set it, back or forth. */
export const steadyClock: Clock = {
  now: () => performance.now(),
  sleep: (delayMs, signal) => systemClock.sleep(delayMs, signal),
};
