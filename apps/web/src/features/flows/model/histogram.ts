import type { HistogramStep } from "@isthmus/flow-store";
import type { Interval } from "../../../view";

const stepsSeconds = [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400] as const;

/** The length of a histogram's step for a range: the shortest with at most 72 bars. */
export function stepSecondsFor({ fromMs, toMs }: Interval): number {
  const seconds = (toMs - fromMs) / 1000;
  return stepsSeconds.find((step) => seconds / step <= 72) ?? 86_400;
}

/** The length of a step in words: "flow records per minute". */
export function describeStep(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds === 60) return "minute";
  if (seconds < 3_600) return `${seconds / 60} min`;
  if (seconds === 3_600) return "hour";
  return seconds === 86_400 ? "day" : `${seconds / 3_600} h`;
}

/** One bar: what was allowed quietly, and the rare verdicts that have a scale of their own. */
export interface Bar {
  readonly startMs: number;
  readonly allow: number;
  readonly deny: number;
  readonly staged: number;
  readonly unknown: number;
}

/** Bars for every step of a range, those without flows too; steps the store answers outside the range are left out. */
export function barsOf(steps: readonly HistogramStep[], range: Interval, stepSeconds: number): readonly Bar[] {
  const stepMs = stepSeconds * 1000;
  const byStart = new Map(steps.map((step) => [step.startMs, step]));
  const bars: Bar[] = [];
  for (let startMs = Math.floor(range.fromMs / stepMs) * stepMs; startMs < range.toMs; startMs += stepMs) {
    const step = byStart.get(startMs);
    bars.push({
      startMs,
      // A staged denial is an allowed flow: it is counted in its own band and not in both.
      allow: (step?.allow ?? 0) + (step?.pass ?? 0) - (step?.pendingDeny ?? 0),
      deny: step?.deny ?? 0,
      staged: step?.pendingDeny ?? 0,
      unknown: step?.unknown ?? 0,
    });
  }
  return bars;
}

/** The top of a scale: the first of 1, 2, 4, 5, 7 times a power of ten that is not below the greatest value. */
export function niceTop(greatest: number): number {
  if (greatest <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(greatest));
  return [1, 2, 4, 5, 7, 10].map((each) => each * power).find((top) => top >= greatest) ?? greatest;
}

/** Times for the axis: at most `count`, at round distances, within the range. */
export function axisTimes(range: Interval, count: number): readonly number[] {
  const minutes = (range.toMs - range.fromMs) / 60_000 / count;
  const distance =
    [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 7_200].find((each) => each >= minutes) ?? 14_400;
  const stepMs = distance * 60_000;
  const times: number[] = [];
  for (let at = Math.ceil(range.fromMs / stepMs) * stepMs; at <= range.toMs; at += stepMs) times.push(at);
  return times;
}

/** Intervals of several clusters as one line of intervals that do not touch. */
export function joinIntervals(intervals: readonly Interval[]): readonly Interval[] {
  const joined: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of [...intervals].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else joined.push({ fromMs, toMs });
  }
  return joined;
}
