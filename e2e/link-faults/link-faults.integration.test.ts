import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Later } from "./run/aftermath";
import { runSchedule } from "./run/run-schedule";
import { coverageOf, scheduleOf, scheduleText } from "./schedule/schedule";
import { startWorld, type World } from "./world/world";

// Twelve schedules of `npm run soak link`, chosen so that each fault and each place comes, and none lasts long. One that
// fails prints its seed: `npm run soak link -- --seed N --cases 1` replays it.

const SEEDS = [2056, 979, 282, 91, 2492, 318, 172, 2455, 128, 75, 2134, 595] as const;
const LATER: Readonly<Record<number, readonly Later[]>> = { 595: ["merges", "restart", "expiry"] };

/** A schedule mostly waits, so two of them run side by side, each in a world of its own. */
const WORLDS = 2;
const worlds: World[] = [];
const idle: World[] = [];
const waiting: ((world: World) => void)[] = [];

beforeAll(async () => {
  for (let number = 0; number < WORLDS; number += 1) worlds.push(await startWorld());
  idle.push(...worlds);
}, 360_000);
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.stop()));
}, 60_000);

async function inWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const world = idle.pop() ?? (await new Promise<World>((resolve) => waiting.push(resolve)));
  try {
    return await work(world);
  } finally {
    const next = waiting.shift();
    if (next === undefined) idle.push(world);
    else next(world);
  }
}

describe.concurrent("the link, after", () => {
  it.each(SEEDS.map((seed) => scheduleOf(seed)))(
    "the faults of seed $seed, has what it should have",
    async (schedule) => {
      const { faults } = await inWorld((world) => runSchedule(world, schedule, LATER[schedule.seed]));
      expect(faults, scheduleText(schedule)).toEqual([]);
    },
    // That of a world included.
    1_800_000,
  );
});

it("these schedules bring each kind of fault, and one at each place", () => {
  const came = [...coverageOf(SEEDS.map((seed) => scheduleOf(seed)))].flatMap(([name, count]) =>
    count > 0 ? [name] : [],
  );
  const all = [...coverageOf([]).keys()];
  const half = (names: readonly string[], at: 0 | 1): ReadonlySet<string> =>
    new Set(names.map((name) => name.split(" ")[at] ?? ""));
  expect(half(came, 0)).toEqual(half(all, 0));
  expect(half(came, 1)).toEqual(half(all, 1));
});
