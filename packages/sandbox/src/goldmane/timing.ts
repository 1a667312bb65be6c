import { err, ok, type Result } from "@isthmus/std";

/** Delays of the flow pipeline. */
export interface FlowTiming {
  /** How long Felix gathers before it reports. */
  readonly flushMs: number;
  /** Length of Goldmane's buckets, whole seconds. */
  readonly bucketSeconds: number;
  /** How many buckets behind the current one a stream is. */
  readonly lagBuckets: number;
}

/** The delays of a real cluster. */
export const REAL_TIMING: FlowTiming = { flushMs: 15_000, bucketSeconds: 15, lagBuckets: 2 };

/** Buckets that Goldmane keeps: an hour, the current one and one in the future. */
export const BUCKET_COUNT = 242;

/** Reads `flush=15s,bucket=15s,lag=2`; what is left out is real, `""` is all real. The error says what is wrong. */
export function parseFlowTiming(text: string): Result<FlowTiming, string> {
  let timing = REAL_TIMING;
  for (const part of text.split(",").filter((piece) => piece.trim() !== "")) {
    const [name = "", value = ""] = part.split("=").map((piece) => piece.trim());
    const read = readSetting(name, value);
    if (read === undefined) return err(`\`${part.trim()}\` is not one of flush=<n>s, bucket=<n>s, lag=<n>`);
    timing = { ...timing, ...read };
  }
  return ok(timing);
}

function readSetting(name: string, value: string): Partial<FlowTiming> | undefined {
  const durationMs = parseDurationMs(value);
  if (name === "flush" && durationMs !== undefined && durationMs >= 100) return { flushMs: durationMs };
  if (name === "bucket" && durationMs !== undefined && durationMs >= 1000 && durationMs % 1000 === 0) {
    return { bucketSeconds: durationMs / 1000 };
  }
  if (name === "lag" && /^[1-9]$/u.test(value)) return { lagBuckets: Number(value) };
  return undefined;
}

function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+)(ms|s)$/u.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (match[2] === "s" ? 1000 : 1);
}
