const SMALL = 16_384;
const LARGE = 65_536;
const ATTEMPTS = 4;

/** Work of one size, made ready; only calling it is timed. */
export type WorkOfSize = (bytes: number) => () => unknown;

/** The shortest of several runs: what else the machine does can only lengthen one. */
function shortest(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run += 1) {
    const started = performance.now();
    work();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

/**
 * How many times longer work takes on 64 KB than on 16 KB: about 4 where the cost grows with the size, 16 where it grows
 * with its square. Half a millisecond is added to both, since shorter times are of the clock and not of the work. The
 * smallest of a few attempts counts, because a busy machine can only make it look worse.
 */
export function growth(work: WorkOfSize): number {
  const [small, large] = [work(SMALL), work(LARGE)];
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && best > 5; attempt += 1)
    best = Math.min(best, (shortest(large) + 0.5) / (shortest(small) + 0.5));
  return best;
}

/** More than this is no linear cost any more. */
export const LINEAR = 8;
