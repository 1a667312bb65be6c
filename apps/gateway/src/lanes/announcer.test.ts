import { describe, expect, it } from "vitest";
import { turnedClock } from "@isthmus/std/testing";
import { createAnnouncer } from "./announcer";

function harness() {
  const clock = turnedClock();
  const stop = new AbortController();
  const log: string[] = [];
  const announcer = createAnnouncer({
    clock,
    everyMs: 500,
    signal: stop.signal,
    announce: async () => void log.push(`later@${clock.now()}`),
  });
  const ask = () => void (announcer.mayAnnounceNow() && log.push(`now@${clock.now()}`));
  return { clock, stop, log, ask };
}

describe("an announcer", () => {
  it("lets the first through, and gives all that follow too soon one at the end of the pause", async () => {
    const { clock, log, ask } = harness();
    ask();
    await clock.turn(100);
    ask();
    ask();
    await clock.turn(1_000);
    expect(log).toEqual(["now@0", "later@500"]);
    ask();
    expect(log.at(-1)).toBe("now@1100");
  });

  it("counts the late one too", async () => {
    const { clock, log, ask } = harness();
    ask();
    ask();
    await clock.turn(600);
    ask();
    await clock.turn(1_000);
    expect(log).toEqual(["now@0", "later@500", "later@1000"]);
  });

  it("owes nothing when the session ends", async () => {
    const { clock, stop, log, ask } = harness();
    ask();
    ask();
    stop.abort();
    await clock.turn(1_000);
    expect(log).toEqual(["now@0"]);
  });
});
