import { readFileSync } from "node:fs";
import { coverageOf, scheduleOf, scheduleText, type Schedule } from "../schedule/schedule";
import { startWorld } from "../world/world";
import type { Later } from "./aftermath";
import { runSchedule } from "./run-schedule";

/** Which schedules are run: those of `cases` seeds in a row. */
export interface LinkSoakOptions {
  readonly seed: number;
  readonly cases: number;
  readonly say: (line: string) => void;
  /** Ends the run early, cleanly. */
  readonly signal: AbortSignal;
}

/** What came of them. */
export interface LinkSoakResult {
  readonly counts: Readonly<Record<string, number>>;
  /** Each in a line, with its seed; empty when everything held. */
  readonly faults: readonly string[];
}

/** A schedule by its JSON, changed by hand perhaps, in place of those of seeds: the file that ISTHMUS_RIG_SCHEDULE names. */
function givenSchedules(): readonly Schedule[] | undefined {
  const file = process.env["ISTHMUS_RIG_SCHEDULE"];
  // INVARIANT: whoever names a file here wrote it, or kept it from a run.
  return file === undefined ? undefined : [JSON.parse(readFileSync(file, "utf8")) as Schedule];
}

/** Every schedule's evidence is merged; of some ClickHouse is restarted then too, of others the flows expire. */
function latersOf({ seed }: Schedule): readonly Later[] {
  if (seed % 8 === 3) return ["merges", "expiry"];
  return seed % 4 === 0 ? ["merges", "restart"] : ["merges"];
}

/** Runs the schedules of so many seeds, one after another, in one world. */
export async function soak({ seed, cases, say, signal }: LinkSoakOptions): Promise<LinkSoakResult> {
  const schedules = givenSchedules() ?? Array.from({ length: cases }, (_, at) => scheduleOf(seed + at));
  const world = await startWorld();
  if (!world.canFillDisks) say("prlimit is not there: no disk is filled");
  const faults: string[] = [];
  const done = { schedules: 0, faults: 0, flows: 0, buckets: 0, "ends made good": 0 };
  try {
    for (const schedule of schedules) {
      if (signal.aborted) break;
      say(scheduleText(schedule));
      const outcome = await runSchedule(world, schedule, latersOf(schedule));
      done.schedules += 1;
      done.faults += schedule.steps.length;
      done.flows += outcome.flows;
      done.buckets += outcome.buckets;
      done["ends made good"] += outcome.ends.length;
      const how = outcome.faults.length === 0 ? "held" : "FAILED";
      say(
        `seed ${schedule.seed} ${how}, settled in ${(outcome.settledMs / 1_000).toFixed(1)} s, ${outcome.flows} flows`,
      );
      if (outcome.lastWrong !== "") say(`  wrong last: ${outcome.lastWrong}`);
      for (const end of outcome.ends) say(`  ended by itself: ${end}`);
      for (const fault of outcome.faults) say(`  ✗ ${fault}`);
      if (outcome.logs !== "") say(`  its logs are kept: ${outcome.logs}`);
      faults.push(...outcome.faults.map((fault) => `seed ${schedule.seed}: ${fault}`));
    }
  } finally {
    await world.stop();
  }
  const least = Math.min(...coverageOf(schedules.slice(0, done.schedules)).values());
  return { counts: { ...done, "least of a fault at a place": least }, faults };
}
