import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkQueue } from "./work-queue";

describe("the work queue", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs a key once for many additions, and again for one made meanwhile", () => {
    const ran: string[] = [];
    const queue = new WorkQueue((key) => {
      ran.push(key);
      if (ran.length === 1) queue.add("a");
    }, vi.fn());
    ["a", "b", "a"].forEach((key) => queue.add(key));
    vi.runAllTimers();
    expect(ran).toEqual(["a", "b", "a"]);
  });

  it("tries again what failed, later each time, and forgets it after a success", () => {
    const failures = [new Error("one"), new Error("two"), undefined];
    const onError = vi.fn();
    let runs = 0;
    const queue = new WorkQueue(() => {
      const failure = failures[runs];
      runs += 1;
      if (failure) throw failure;
    }, onError);
    queue.add("a");
    vi.advanceTimersByTime(499);
    expect(runs).toBe(1);
    vi.advanceTimersByTime(2);
    expect(runs).toBe(2);
    vi.advanceTimersByTime(900);
    expect(runs).toBe(2);
    vi.advanceTimersByTime(60_000);
    expect(runs).toBe(3);
    expect(onError).toHaveBeenCalledTimes(2);
  });

  it("does nothing once it is closed", () => {
    const task = vi.fn(() => {
      throw new Error("no");
    });
    const queue = new WorkQueue(task, vi.fn());
    queue.add("a");
    vi.advanceTimersByTime(1);
    queue.close();
    queue.add("b");
    vi.advanceTimersByTime(60_000);
    expect(task).toHaveBeenCalledTimes(1);
  });
});
