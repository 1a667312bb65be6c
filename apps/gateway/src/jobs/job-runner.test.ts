import { describe, expect, it } from "vitest";
import { settle, turnedClock } from "@isthmus/std/testing";
import { createJobRunner } from "./job-runner";

function harness(run: (key: string, attempt: number) => Promise<void> = async () => undefined) {
  const clock = turnedClock(1_000_000);
  const log: string[] = [];
  let attempts = 0;
  const runner = createJobRunner({
    clock,
    delayMs: 50,
    retryMs: 1_000,
    run: async (key) => {
      log.push(`${key}@${clock.now() - 1_000_000}`);
      await run(key, (attempts += 1));
    },
    onFailure: (key) => log.push(`${key} failed`),
  });
  return { clock, log, runner };
}

describe("a job runner", () => {
  it("shares one run among a burst of askings", async () => {
    const { clock, log, runner } = harness();
    for (let i = 0; i < 5; i += 1) runner.ask("a");
    await clock.turn(49);
    expect(log).toEqual([]);
    await clock.turn(1);
    await clock.turn(1_000);
    expect(log).toEqual(["a@50"]);
  });

  it("runs again for what was asked during a run, and never the same key twice at once", async () => {
    let free: () => void = () => undefined;
    const { clock, log, runner } = harness((_, attempt) =>
      attempt === 1 ? new Promise<void>((resolve) => (free = resolve)) : Promise.resolve(),
    );
    runner.ask("a");
    await clock.turn(50);
    runner.ask("a");
    await clock.turn(100);
    expect(log).toEqual(["a@50"]);
    free();
    await settle();
    await clock.turn(50);
    expect(log).toEqual(["a@50", "a@200"]);
  });

  it.each([
    { name: "twice as long as a long run", urgency: "usual", next: "a@1550" },
    { name: "not at all where somebody waits for the next", urgency: "urgent", next: "a@600" },
  ] as const)("rests $name", async ({ urgency, next }) => {
    let free: () => void = () => undefined;
    const { clock, log, runner } = harness((_, attempt) =>
      attempt === 1 ? new Promise<void>((resolve) => (free = resolve)) : Promise.resolve(),
    );
    runner.ask("a");
    await clock.turn(50);
    runner.ask("a");
    await clock.turn(500);
    free();
    await settle();
    runner.ask("a", urgency);
    await clock.turn(5_000);
    expect(log).toEqual(["a@50", next]);
  });

  it("keeps keys apart", async () => {
    const { clock, log, runner } = harness();
    runner.ask("a");
    runner.ask("b");
    await clock.turn(50);
    expect(log).toEqual(["a@50", "b@50"]);
  });

  it("tries a failed run again", async () => {
    const { clock, log, runner } = harness((_, attempt) =>
      attempt === 1 ? Promise.reject(new Error("x")) : Promise.resolve(),
    );
    runner.ask("a");
    await clock.turn(3_000);
    expect(log).toEqual(["a@50", "a failed", "a@1100"]);
  });

  it("begins nothing after it was closed", async () => {
    const { clock, log, runner } = harness();
    runner.ask("a");
    await settle();
    await runner.close();
    runner.ask("b");
    await clock.turn(3_000);
    expect(log).toEqual([]);
  });
});
