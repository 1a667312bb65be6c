import { describe, expect, it } from "vitest";
import { takeSteps, takeStepsWithPauses, type Steps } from "./steps";

describe("steps", () => {
  it("are all taken, and the last gives the result", () => {
    const taken: number[] = [];
    expect(takeSteps(work(3, (step) => taken.push(step)))).toBe("done");
    expect(taken).toEqual([0, 1, 2]);
  });

  it("pause as often as so much time has passed", async () => {
    let timeMs = 0;
    const log: string[] = [];
    const steps = work(7, (step) => {
      timeMs += 3;
      log.push(`${step}`);
    });
    const pause = (): Promise<void> => {
      log.push("pause");
      return Promise.resolve();
    };
    expect(await takeStepsWithPauses(steps, { now: () => timeMs, everyMs: 8, pause })).toBe("done");
    expect(log.join(" ")).toBe("0 1 2 pause 3 4 5 pause 6");
  });

  it("fail with what a step throws", async () => {
    const failing = (): Steps<string> =>
      work(2, () => {
        throw new RangeError("no");
      });
    expect(() => takeSteps(failing())).toThrow("no");
    const pauses = { now: () => 0, everyMs: 1, pause: () => Promise.resolve() };
    await expect(takeStepsWithPauses(failing(), pauses)).rejects.toThrow("no");
  });
});

function* work(count: number, step: (index: number) => void): Steps<string> {
  for (let index = 0; index < count; index += 1) {
    step(index);
    yield;
  }
  return "done";
}
