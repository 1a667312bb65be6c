declare global {
  // std declares no platform: this merges with the AbortSignal of Node or the browser where there is one.
  interface AbortSignal {}
}

/** Time as an argument (invariant I9): what reads the time or waits takes a Clock. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
