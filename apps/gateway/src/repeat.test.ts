import { describe, expect, it } from "vitest";
import { repeat } from "./repeat";
import { settle, turnedClock } from "@isthmus/std/testing";

function harness(run: () => Promise<void> = async () => undefined) {
  const clock = turnedClock();
  const log: string[] = [];
  const loop = repeat({
    clock,
    everyMs: 100,
    run: async () => {
      log.push(`run@${clock.now()}`);
      await run();
    },
    onFailure: () => log.push("failed"),
  });
  return { clock, log, loop };
}

describe("repeat", () => {
  it("runs at once and then after each pause, and stops", async () => {
    const { clock, log, loop } = harness();
    await clock.turn(250);
    expect(log).toEqual(["run@0", "run@100", "run@200"]);
    await loop.stop();
    await clock.turn(500);
    expect(log).toHaveLength(3);
  });

  it("goes on after a failure", async () => {
    const { clock, log, loop } = harness(() => Promise.reject(new Error("x")));
    await clock.turn(100);
    expect(log).toEqual(["run@0", "failed", "run@100", "failed"]);
    await loop.stop();
  });

  it("runs at once when it is woken from its pause", async () => {
    const { clock, log, loop } = harness();
    await clock.turn(50);
    loop.wake();
    await settle();
    expect(log).toEqual(["run@0", "run@50"]);
    await loop.stop();
  });

  it("runs once more when it is woken during a run", async () => {
    let free: () => void = () => undefined;
    const { log, loop } = harness(() => new Promise<void>((resolve) => (free = resolve)));
    await settle();
    loop.wake();
    free();
    await settle();
    expect(log).toEqual(["run@0", "run@0"]);
    free();
    await settle();
    expect(log).toHaveLength(2);
    await loop.stop();
  });
});
