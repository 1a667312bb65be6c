import type { Scope, TimeRange } from "../domain";
import type { AnsweringKind, Kept, KeptKind } from "../retention";
import type { DaysFrom } from "../schema/day-rollup";
import type { EdgeTable } from "../schema/tables";

/** A rollup of edges with its step. */
export interface Rollup {
  readonly kind: Exclude<AnsweringKind, "flows">;
  readonly table: EdgeTable;
  readonly stepSeconds: number;
}

const minute: Rollup = { kind: "minute", table: "edge_minute", stepSeconds: 60 };
const hour: Rollup = { kind: "hour", table: "edge_hour", stepSeconds: 3_600 };
const day: Rollup = { kind: "day", table: "edge_day", stepSeconds: 86_400 };
const finestFirst = [minute, hour, day];
const hourMs = 3_600_000;
const minutesUpTo = 6 * hourMs;
const hoursUpTo = 14 * 24 * hourMs;

/** The rollup that answers for a range: of those that still hold it, the one that blurs its ends by little. */
export async function rollupForRange(range: TimeRange, scope: Scope, daysFrom: DaysFrom): Promise<Rollup> {
  return chooseRollup(wantedFor(range), range, await heldOf(scope, daysFrom));
}

/** The rollup that answers in steps: of those that still hold the range, the one from which such steps can be made. */
export async function rollupForSteps(
  { range, stepSeconds }: { readonly range: TimeRange; readonly stepSeconds: number },
  scope: Scope,
  daysFrom: DaysFrom,
): Promise<Rollup> {
  const wanted = stepSeconds < hour.stepSeconds ? minute : stepSeconds % day.stepSeconds === 0 ? day : hour;
  return chooseRollup(wanted, range, await heldOf(scope, daysFrom));
}

/** Minutes up to 6 h, hours up to 14 days, then days. */
function wantedFor({ fromMs, toMs }: TimeRange): Rollup {
  const lengthMs = toMs - fromMs;
  return lengthMs <= minutesUpTo ? minute : lengthMs <= hoursUpTo ? hour : day;
}

/** The wanted rollup where it holds the whole range, else the next coarser, else the next finer; else what holds most. */
function chooseRollup(wanted: Rollup, { fromMs, toMs }: TimeRange, held: Kept): Rollup {
  const at = finestFirst.indexOf(wanted);
  const inTurn = [...finestFirst.slice(at), ...finestFirst.slice(0, at).toReversed()];
  const whole = inTurn.find(({ kind }) => held[kind].sinceMs <= fromMs);
  if (whole !== undefined) return whole;
  const there = finestFirst.filter(({ kind }) => held[kind].sinceMs < Infinity);
  const beginsMs = ({ kind }: Rollup) => Math.min(held[kind].sinceMs, toMs);
  return there.reduce((best, each) => (beginsMs(each) <= beginsMs(best) ? each : best), minute);
}

const everything: KeptKind = { sinceMs: 0, days: null };

/** What can be there of each kind; days only since there is such a rollup, which is Infinity where there is none. */
export async function heldOf(scope: Scope, daysFrom: DaysFrom): Promise<Kept> {
  const [kept, from] = await Promise.all([scope.kept?.(), daysFrom()]);
  const held = kept ?? allKept;
  return from > held.day.sinceMs ? { ...held, day: { sinceMs: from, days: null } } : held;
}

const allKept: Kept = { flows: everything, minute: everything, hour: everything, day: everything };
