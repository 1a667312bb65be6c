/** Limits attempts to sign in, by e-mail and by address, within this process. */
export interface AttemptLimit {
  /** Ms to wait before the next attempt under these keys; 0 when one may be made, which is then counted. */
  readonly tryAttempt: (keys: readonly AttemptKey[], nowMs: number) => number;
  /** A success clears what was counted under a key. */
  readonly clear: (key: string) => void;
}

export interface AttemptKey {
  readonly key: string;
  /** Attempts allowed in a window. */
  readonly allowed: number;
}

const windowMs = 5 * 60_000;
// What an attacker can make this process remember.
const keysLimit = 20_000;

/** Makes a limiter over windows of five minutes. */
export function createAttemptLimit(): AttemptLimit {
  const attempts = new Map<string, { count: number; sinceMs: number }>();
  const current = (key: string, nowMs: number) => {
    const seen = attempts.get(key);
    return seen === undefined || nowMs - seen.sinceMs >= windowMs ? undefined : seen;
  };
  return {
    tryAttempt: (keys, nowMs) => {
      const waits = keys.map(({ key, allowed }) => {
        const seen = current(key, nowMs);
        return seen !== undefined && seen.count >= allowed ? seen.sinceMs + windowMs - nowMs : 0;
      });
      const waitMs = Math.max(0, ...waits);
      if (waitMs > 0) return waitMs;
      for (const { key } of keys) {
        const seen = current(key, nowMs) ?? { count: 0, sinceMs: nowMs };
        attempts.delete(key);
        attempts.set(key, { count: seen.count + 1, sinceMs: seen.sinceMs });
      }
      // The map keeps the order of last attempts: the oldest go first.
      for (const key of attempts.keys()) {
        if (attempts.size <= keysLimit) break;
        attempts.delete(key);
      }
      return 0;
    },
    clear: (key) => void attempts.delete(key),
  };
}
