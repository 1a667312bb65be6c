import { describe, expect, it } from "vitest";
import { parseFlowTiming, REAL_TIMING } from "./timing";

describe("ISTHMUS_SANDBOX_TIME", () => {
  it.each([
    ["", REAL_TIMING],
    ["flush=15s,bucket=15s,lag=2", REAL_TIMING],
    ["flush=500ms", { ...REAL_TIMING, flushMs: 500 }],
    [" bucket=1s , lag=1 ", { ...REAL_TIMING, bucketSeconds: 1, lagBuckets: 1 }],
  ])("%j", (text, expected) => expect(parseFlowTiming(text)).toEqual({ ok: true, value: expected }));

  it.each(["flush", "flush=15", "flush=50ms", "bucket=500ms", "bucket=0s", "lag=0", "lag=10", "speed=2"])(
    "%j is refused and named",
    (text) => {
      const parsed = parseFlowTiming(text);
      expect(parsed.ok ? "" : parsed.error).toContain(`\`${text}\``);
    },
  );
});
