import { describe, expect, it } from "vitest";
import { createLaneQueue } from "./lane-queue";

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function harness(limits = { maxBytes: 100, maxTasks: 10 }) {
  const log: string[] = [];
  const queue = createLaneQueue({
    ...limits,
    onPressure: (full) => log.push(full ? "full" : "free"),
    onFailure: (error) => log.push(`failed: ${String(error)}`),
  });
  const task = (name: string) => async () => {
    log.push(name);
  };
  return { log, queue, task };
}

describe("a lane queue", () => {
  it("runs one task after another, in order", async () => {
    const { log, queue, task } = harness();
    const first = gate();
    queue.push(1, () => first.opened.then(() => void log.push("a")));
    queue.push(1, task("b"));
    queue.push(1, task("c"));
    first.open();
    await queue.idle();
    expect(log).toEqual(["a", "b", "c"]);
  });

  it("tells once when it is too heavy, and once when it is half empty again", async () => {
    const { log, queue, task } = harness();
    const first = gate();
    queue.push(60, () => first.opened);
    queue.push(60, task("b"));
    queue.push(60, task("c"));
    first.open();
    await queue.idle();
    expect(log).toEqual(["full", "b", "c", "free"]);
  });

  it("tells when it holds too many, however light", async () => {
    const { log, queue, task } = harness({ maxBytes: 100, maxTasks: 2 });
    for (const name of ["a", "b", "c"]) queue.push(0, task(name));
    await queue.idle();
    expect(log).toEqual(["full", "a", "b", "free", "c"]);
  });

  it("runs nothing after a failure, and tells it once", async () => {
    const { log, queue, task } = harness();
    queue.push(1, () => Promise.reject(new Error("x")));
    queue.push(1, task("b"));
    queue.push(1, () => Promise.reject(new Error("y")));
    await queue.idle();
    queue.push(1, task("c"));
    await queue.idle();
    expect(log).toEqual(["failed: Error: x"]);
  });

  it("drops what has not begun when it is closed, and lets what has begun end", async () => {
    const { log, queue, task } = harness();
    const first = gate();
    queue.push(1, () => first.opened.then(() => void log.push("a")));
    queue.push(1, task("b"));
    await Promise.resolve();
    queue.close();
    first.open();
    await queue.idle();
    expect(log).toEqual(["a"]);
  });
});
