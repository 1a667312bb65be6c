import { describe, expect, it } from "vitest";
import { createTurns } from "./turns";

describe("createTurns", () => {
  it("lets others of the event loop between any two pieces of work", async () => {
    const turns = createTurns();
    const log: string[] = [];
    const tick = (left: number): void => {
      log.push("tick");
      if (left > 0) setImmediate(() => tick(left - 1));
    };
    setImmediate(() => tick(6));
    await Promise.all(["a", "b", "c"].map((name) => turns.run(() => log.push(name))));
    expect(log.join(" ")).toMatch(/a( tick)+ b( tick)+ c/);
  });

  it("gives what the work gives, or its error, and goes on", async () => {
    const turns = createTurns();
    const failed = turns.run(() => {
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await turns.run(() => 7)).toBe(7);
  });
});
