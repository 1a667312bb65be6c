import type { Later } from "../src/controllers/runtime";

/** A clock that stands still until it is turned, and the timers that wait for it. */
export class TurnedClock {
  #nowMs: number;
  readonly #timers = new Set<{ readonly dueMs: number; readonly task: () => void }>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  readonly now = (): number => this.#nowMs;

  readonly later: Later = (delayMs, task) => {
    const timer = { dueMs: this.#nowMs + delayMs, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Turns the clock on, timer by timer; after each everything that it set off is done. */
  async turn(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await quiet();
    for (;;) {
      const due = [...this.#timers].filter(({ dueMs }) => dueMs <= endMs).toSorted((a, b) => a.dueMs - b.dueMs);
      const [next] = due;
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.task();
      await quiet();
    }
    this.#nowMs = endMs;
  }
}

/** Queues run in turns of the event loop, and what they write sets off further turns. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
}
