import type { GoldmaneClient } from "@isthmus/goldmane-api";

/** Whether Goldmane's clock has passed this time, in Unix seconds. */
export type HasPassed = (seconds: number) => Promise<boolean>;

const CALL_MS = 5_000;
/** Found within this the clocks are as good as one; beyond the widest nothing is said. */
const WIDTHS_SECONDS = [4, 16, 64, 256, 1_024] as const;

/**
 * Goldmane's clock minus ours in seconds, to the second; undefined where Goldmane does not tell. It says nowhere what
 * time it is, but refuses a range that begins after now (normalizeTimeRange and validateTimeRange of Calico's
 * goldmane.go): so it is asked whether a time has passed, and the time is closed in on.
 */
export async function goldmaneClockOffset(hasPassed: HasPassed, nowMs: () => number): Promise<number | undefined> {
  const passed = (offset: number): Promise<boolean> => hasPassed(Math.floor(nowMs() / 1_000) + offset);
  for (const width of WIDTHS_SECONDS) {
    if ((await passed(-width)) && !(await passed(width))) return between(passed, -width, width);
  }
  return undefined;
}

/** The first has passed, the second has not. */
async function between(passed: HasPassed, from: number, to: number): Promise<number> {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await passed(middle)) low = middle;
    else high = middle;
  }
  // The last second that had passed is the one before now.
  return low + 1;
}

/** Asks a Goldmane for the shortest list there is; what it refuses has not passed. */
export function hasPassedAt(client: Pick<GoldmaneClient, "flows">, signal?: AbortSignal): HasPassed {
  return async (seconds) => {
    try {
      await client.flows.list(
        { startTimeGte: BigInt(seconds), pageSize: 1n },
        { timeoutMs: CALL_MS, ...(signal && { signal }) },
      );
      return true;
    } catch {
      return false;
    }
  };
}
