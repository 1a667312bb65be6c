import type { Steps } from "@isthmus/std";
import { expect, it } from "vitest";
import { inTurns } from "./in-turns";

/** Steps that take their time: all of them many times what a turn may. */
function* longWork(milliseconds: number): Steps<string> {
  for (let step = 0; step < milliseconds; step += 1) {
    for (const until = performance.now() + 1; performance.now() < until;);
    yield;
  }
  return "done";
}

it("lets others of the event loop have turns before, between and after the steps", async () => {
  let turns = 0;
  let isOver = false;
  const others = (): void => {
    if (isOver) return;
    turns += 1;
    setImmediate(others);
  };
  setImmediate(others);
  expect(await inTurns(longWork(60))).toBe("done");
  isOver = true;
  expect(turns).toBeGreaterThan(6);
});

it("rejects with what a step throws", async () => {
  function* failing(): Steps<never> {
    yield;
    throw new Error("no");
  }
  await expect(inTurns(failing())).rejects.toThrow("no");
});
