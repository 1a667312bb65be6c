import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Later } from "./run/aftermath";
import { runSchedule } from "./run/run-schedule";
import { coverageOf, scheduleOf, scheduleText } from "./schedule/schedule";
import { startWorld, type World } from "./world/world";

// Twelve schedules of `npm run soak link`, chosen so that each fault and each place comes, and none lasts long. One that
// fails prints its seed: `npm run soak link -- --seed N --cases 1` replays it.

const SEEDS = [2056, 979, 282, 91, 2492, 318, 172, 2455, 128, 75, 2134, 595] as const;
const LATER: Readonly<Record<number, readonly Later[]>> = { 595: ["merges", "restart", "expiry"] };

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 180_000);
afterAll(async () => world.stop(), 60_000);

describe("the link, after", () => {
  it.each(SEEDS.map((seed) => scheduleOf(seed)))(
    "the faults of seed $seed, has what it should have",
    async (schedule) => {
      const { faults } = await runSchedule(world, schedule, LATER[schedule.seed]);
      expect(faults, scheduleText(schedule)).toEqual([]);
    },
    600_000,
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
