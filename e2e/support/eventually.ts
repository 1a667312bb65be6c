import { setTimeout as sleep } from "node:timers/promises";

/** Calls `probe` until it returns something other than undefined; rejects after `timeoutMs`, naming what was awaited. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  { timeoutMs = 60_000, everyMs = 250 } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = "";
  while (Date.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error instanceof Error ? error.message : "something that is no error was thrown";
    }
    await sleep(everyMs);
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s${last === "" ? "" : `; last: ${last}`}`);
}
