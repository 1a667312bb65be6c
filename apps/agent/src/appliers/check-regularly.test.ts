import { turnedClock } from "@isthmus/std/testing";
import { expect, it } from "vitest";
import { checkRegularly } from "./check-regularly";

it("checks every ten minutes, a quarter of it sooner or later, until it is stopped", async () => {
  const clock = turnedClock();
  const stop = new AbortController();
  const times: number[] = [];
  const draws = [0, 1, 0.5];
  const checking = checkRegularly({
    check: () => void times.push(clock.now() / 60_000),
    clock,
    random: () => draws[times.length] ?? 0.5,
    signal: stop.signal,
  });
  await clock.turn(31 * 60_000);
  expect(times).toEqual([7.5, 20, 30]);
  stop.abort();
  await checking;
});
