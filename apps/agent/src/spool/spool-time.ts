/** Two clocks: one that tells the time and can be set, and one that only runs. */
export interface SpoolClocks {
  readonly wall: () => number;
  readonly steady: () => number;
}

/** A later process believes that at most this share of the age limit has passed since the last evidence was made. */
const BELIEVED_SHARE = 0.5;

/**
 * The time by which evidence ages, in ms: that of the wall when the spool was opened, and from then on that of a steady
 * clock, so that a clock that is set ages nothing. Across processes time goes on from the newest evidence that there is,
 * never backwards, and by half of the age limit at most: a wrong clock alone drops nothing.
 */
export class SpoolTime {
  readonly #clocks: SpoolClocks;
  readonly #beganMs: number;
  readonly #steadyMs: number;

  constructor(clocks: SpoolClocks, { newestMs, maxAgeMs }: { readonly newestMs: number; readonly maxAgeMs: number }) {
    this.#clocks = clocks;
    this.#steadyMs = clocks.steady();
    const wall = clocks.wall();
    const known = newestMs > Number.NEGATIVE_INFINITY;
    this.#beganMs = known ? Math.min(Math.max(wall, newestMs), newestMs + maxAgeMs * BELIEVED_SHARE) : wall;
  }

  now(): number {
    return this.#beganMs + this.#clocks.steady() - this.#steadyMs;
  }
}
