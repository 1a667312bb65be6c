const SMALL = 16_384;
const LARGE = 65_536;
const ATTEMPTS = 5;

/** More than this is no linear cost any more. */
export const LINEAR = 8;

/** Work of one size, made ready; only calling it is timed. */
export type WorkOfSize = (bytes: number) => () => unknown;

/** Work that takes longer is measured often enough by few runs. */
const ENOUGH_MS = 40;

/** Time of this process alone: what else the machine does takes none of it. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** The shortest of several runs: collecting garbage can only lengthen one. */
function shortest(work: () => unknown): number {
  let [best, spent] = [Number.POSITIVE_INFINITY, 0];
  for (let run = 0; run < 5 && spent < ENOUGH_MS; run += 1) {
    const started = cpuMs();
    work();
    const took = cpuMs() - started;
    [best, spent] = [Math.min(best, took), spent + took];
  }
  return best;
}

/**
 * How many times longer work takes on 64 KB than on 16 KB: about 4 where the cost grows with the size, 16 where it grows
 * with its square. A millisecond is added to both, since shorter times are of the clock and not of the work. The
 * smallest of a few attempts counts, because whatever disturbs a measurement makes it look worse.
 */
export function growth(work: WorkOfSize): number {
  const [small, large] = [work(SMALL), work(LARGE)];
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && best >= LINEAR; attempt += 1)
    best = Math.min(best, (shortest(large) + 1) / (shortest(small) + 1));
  return best;
}
