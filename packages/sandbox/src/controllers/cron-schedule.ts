import { err, ok, type Result } from "@isthmus/std";

/** When a CronJob runs: a test of the minutes of the clock in its time zone. */
export interface CronSchedule {
  /** The first time after `ms` that it names; undefined where there is none within eight years, as for 30 February. */
  after(ms: number): number | undefined;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly names: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const ranges: readonly [string, Range][] = [
  ["minute", { from: 0, to: 59, names: [] }],
  ["hour", { from: 0, to: 23, names: [] }],
  ["day of the month", { from: 1, to: 31, names: [] }],
  ["month", { from: 1, to: 12, names: months }],
  ["day of the week", { from: 0, to: 7, names: weekdays }],
];
const macros: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** A field: its values, and whether it is left open (`*`), which matters where days are told in two ways. */
interface Field {
  readonly values: ReadonlySet<number>;
  readonly open: boolean;
}

/**
 * Reads the schedule of a CronJob: five fields or a macro, in `timeZone` or UTC. Where both the day of the month and
 * that of the week are given, either will do (Kubernetes' documentation of CronJob, "Schedule syntax").
 */
export function parseCronSchedule(source: string, timeZone?: string): Result<CronSchedule, string> {
  const parts = (macros[source.trim()] ?? source).trim().split(/\s+/);
  if (parts.length !== ranges.length)
    return err(
      `expected exactly 5 fields, found ${parts.length}: give "minute hour day month weekday" or a macro such as @hourly`,
    );
  const fields: Field[] = [];
  for (const [index, [name, range]] of ranges.entries()) {
    const field = parseField(parts[index] ?? "", range);
    if (field === undefined)
      return err(
        `${parts[index]} is no ${name}: give a number from ${range.from} to ${range.to}, *, a range, a step or a list of them`,
      );
    fields.push(field);
  }
  const clock = clockIn(timeZone);
  if (clock === undefined) return err(`${timeZone} is no time zone: give a name such as Europe/Berlin`);
  return ok({ after: (ms) => nextAfter(fields, clock, ms) });
}

function parseField(source: string, range: Range): Field | undefined {
  const values = new Set<number>();
  for (const item of source.split(",")) {
    const [, span = "", step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
    const ends = spanOf(span, range, step !== undefined);
    const every = step === undefined ? 1 : Number(step);
    if (ends === undefined || every < 1) return undefined;
    for (let value = ends.from; value <= ends.to; value += every) values.add(range.to === 7 ? value % 7 : value);
  }
  return { values, open: source.startsWith("*") || source.startsWith("?") };
}

function spanOf(
  source: string,
  { from, to, names }: Range,
  stepped: boolean,
): { from: number; to: number } | undefined {
  if (source === "*" || source === "?") return { from, to: to === 7 ? 6 : to };
  const ends = source.split("-").map((text) => {
    const named = names.indexOf(text.toLowerCase());
    if (named >= 0) return named + from;
    return /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  });
  const [first = Number.NaN, last = stepped ? to : first] = ends;
  return ends.length <= 2 && first >= from && last <= to && first <= last ? { from: first, to: last } : undefined;
}

interface Moment {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}
type ClockIn = (ms: number) => Moment;

function clockIn(timeZone: string | undefined): ClockIn | undefined {
  if (timeZone === undefined || timeZone === "" || timeZone === "UTC" || timeZone === "Etc/UTC")
    return (ms) => {
      const date = new Date(ms);
      const [minute, hour, day] = [date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate()];
      return { minute, hour, day, month: date.getUTCMonth() + 1, weekday: date.getUTCDay() };
    };
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      minute: "numeric",
      hour: "numeric",
      day: "numeric",
      month: "numeric",
      weekday: "short",
    });
    return (ms) => {
      const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
      const weekday = weekdays.indexOf((parts["weekday"] ?? "").toLowerCase());
      const number = (name: string) => Number(parts[name]);
      return { minute: number("minute"), hour: number("hour"), day: number("day"), month: number("month"), weekday };
    };
  } catch {
    return undefined;
  }
}

const minuteMs = 60_000;
const horizonMs = 8 * 366 * 24 * 60 * minuteMs;

/** Goes on by whole days and hours while those do not fit, so that a yearly schedule takes few steps. */
function nextAfter(fields: readonly Field[], clock: ClockIn, ms: number): number | undefined {
  const [minutes, hours, ...days] = fields;
  let at = (Math.floor(ms / minuteMs) + 1) * minuteMs;
  while (at < ms + horizonMs) {
    const moment = clock(at);
    if (!fitsDay(days, moment)) at += toNextHour(moment);
    else if (hours?.values.has(moment.hour) !== true) at += toNextHour(moment);
    else if (minutes?.values.has(moment.minute) !== true) at += minuteMs;
    else return at;
  }
  return undefined;
}

/** An hour at a time: days have 23 or 25 of them where clocks are changed. */
const toNextHour = ({ minute }: Moment): number => (60 - minute) * minuteMs;

function fitsDay([day, month, weekday]: readonly Field[], moment: Moment): boolean {
  if (day === undefined || weekday === undefined || month?.values.has(moment.month) !== true) return false;
  const [byDay, byWeekday] = [day.values.has(moment.day), weekday.values.has(moment.weekday)];
  return day.open || weekday.open ? byDay && byWeekday : byDay || byWeekday;
}
