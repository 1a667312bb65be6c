import type { TimeRange } from "../domain";
import type { DaysFrom } from "../schema/day-rollup";
import type { EdgeTable } from "../schema/tables";

/** A rollup of edges with its step. */
export interface Rollup {
  readonly table: EdgeTable;
  readonly stepSeconds: number;
}

const minute: Rollup = { table: "edge_minute", stepSeconds: 60 };
const hour: Rollup = { table: "edge_hour", stepSeconds: 3_600 };
const day: Rollup = { table: "edge_day", stepSeconds: 86_400 };
const hourMs = 3_600_000;
const minutesUpTo = 6 * hourMs;
const hoursUpTo = 14 * 24 * hourMs;

/** The coarsest rollup that blurs a range's ends by little: minutes up to 6 h, hours up to 14 days, then days. */
export async function rollupForRange({ fromMs, toMs }: TimeRange, daysFrom: DaysFrom): Promise<Rollup> {
  if (toMs - fromMs <= minutesUpTo) return minute;
  return toMs - fromMs <= hoursUpTo || fromMs < (await daysFrom()) ? hour : day;
}

/** The coarsest rollup from which steps of a length can be made. */
export async function rollupForSteps(
  { range, stepSeconds }: { readonly range: TimeRange; readonly stepSeconds: number },
  daysFrom: DaysFrom,
): Promise<Rollup> {
  if (stepSeconds < hour.stepSeconds) return minute;
  const whole = stepSeconds % day.stepSeconds === 0;
  return whole && range.fromMs >= (await daysFrom()) ? day : hour;
}
