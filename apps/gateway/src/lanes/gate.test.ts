import { describe, expect, it } from "vitest";
import { createGate } from "./gate";

describe("a gate", () => {
  it("lets no more in than it is wide, in order, and frees the place of one that fails", async () => {
    const gate = createGate(2);
    const log: string[] = [];
    const opens: (() => void)[] = [];
    const enter = (name: string) =>
      gate.run(async () => {
        log.push(name);
        await new Promise<void>((resolve) => opens.push(resolve));
        if (name === "a") throw new Error(name);
      });
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    const [a, b, c, d] = ["a", "b", "c", "d"].map(enter);
    await settle();
    expect(log).toEqual(["a", "b"]);
    opens[0]?.();
    await expect(a).rejects.toThrow("a");
    await settle();
    expect(log).toEqual(["a", "b", "c"]);
    opens[1]?.();
    await b;
    await settle();
    expect(log).toEqual(["a", "b", "c", "d"]);
    opens[2]?.();
    opens[3]?.();
    await Promise.all([c, d]);
  });
});
