import { err, ok, type Result } from "@isthmus/std";

/**
 * The one time range of all pages, as it stands in the URL:
 *
 *     range    = relative | instant ".." instant
 *     relative = digits ("m" | "h" | "d")        the last so long, up to now
 *     instant  = ISO 8601 in UTC, to the second
 */
export type TimeRange =
  | { readonly kind: "relative"; readonly durationMs: number }
  | { readonly kind: "absolute"; readonly fromMs: number; readonly toMs: number };

/** A range with both ends known, in ms since the epoch; `toMs` is exclusive. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;
const isUnit = (text: string | undefined): text is Unit => text === "m" || text === "h" || text === "d";

/** The longest range that a page may ask for. */
export const longestRangeMs = 31 * unitMs.d;

/** The range of a page whose URL says none: the last hour. */
export const defaultRange: TimeRange = { kind: "relative", durationMs: unitMs.h };

/** Ranges offered in the picker, in the notation of the URL. */
export const offeredRanges = ["5m", "15m", "1h", "3h", "6h", "12h", "24h", "2d", "7d", "30d"] as const;

/** Parses the notation above; the error is one sentence for a person. */
export function parseRange(text: string): Result<TimeRange, string> {
  const relative = /^(\d{1,6})([mhd])$/.exec(text);
  if (relative !== null && isUnit(relative[2])) return checkedRelative(Number(relative[1]) * unitMs[relative[2]]);
  const [from, to, rest] = text.split("..");
  if (from === undefined || to === undefined || rest !== undefined) {
    return err("a range is written as 15m, 6h, 7d, or as two times in UTC joined by ..");
  }
  return checkedAbsolute(parseInstant(from), parseInstant(to));
}

function checkedRelative(durationMs: number): Result<TimeRange, string> {
  if (durationMs <= 0) return err("a range must be longer than nothing");
  if (durationMs > longestRangeMs) return err("a range can be 31 days at most");
  return ok({ kind: "relative", durationMs });
}

function checkedAbsolute(fromMs: number | undefined, toMs: number | undefined): Result<TimeRange, string> {
  if (fromMs === undefined || toMs === undefined) return err("a time is written as 2026-11-23T14:00:00Z");
  if (fromMs >= toMs) return err("the range ends before it begins");
  if (toMs - fromMs > longestRangeMs) return err("a range can be 31 days at most");
  return ok({ kind: "absolute", fromMs, toMs });
}

function parseInstant(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || printInstant(ms) !== text ? undefined : ms;
}

const printInstant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Prints a range in the notation of the URL, in the largest unit that is exact. */
export function printRange(range: TimeRange): string {
  if (range.kind === "absolute") return `${printInstant(range.fromMs)}..${printInstant(range.toMs)}`;
  // One day stays "24h": that is how people say it.
  const units: readonly Unit[] = range.durationMs > unitMs.d ? ["d", "h", "m"] : ["h", "m"];
  const unit = units.find((each) => range.durationMs % unitMs[each] === 0) ?? "m";
  return `${Math.round(range.durationMs / unitMs[unit])}${unit}`;
}

/** Both ends of a range, given the time. */
export function resolveRange(range: TimeRange, nowMs: number): Interval {
  return range.kind === "absolute"
    ? { fromMs: range.fromMs, toMs: range.toMs }
    : { fromMs: nowMs - range.durationMs, toMs: nowMs };
}

const words = { m: "min", h: "h", d: "d" } as const;

/** The range as the top bar says it: "last 1 h". */
export function describeRange(range: TimeRange): string {
  if (range.kind === "relative") {
    const text = printRange(range);
    const unit = text.at(-1);
    return `last ${text.slice(0, -1)} ${isUnit(unit) ? words[unit] : ""}`;
  }
  const from = printInstant(range.fromMs);
  const to = printInstant(range.toMs);
  return from.slice(0, 10) === to.slice(0, 10)
    ? `${from.slice(0, 10)} ${from.slice(11, 16)} to ${to.slice(11, 16)}`
    : `${from.slice(0, 16).replace("T", " ")} to ${to.slice(0, 16).replace("T", " ")}`;
}
