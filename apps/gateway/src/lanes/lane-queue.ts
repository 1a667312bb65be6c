import { createGate } from "./gate";
import { nextTurn } from "./turns";

/** A queue of tasks that begin in order, and tells when it holds too much. */
export interface LaneQueue {
  /** Adds a task that holds `weight` bytes until it has run. */
  push(weight: number, task: () => Promise<void>): void;
  /** Drops what has not begun; what has begun is left to end. */
  close(): void;
  /** Resolves when everything pushed so far has run or was dropped. */
  idle(): Promise<void>;
}

/** When a queue is too full, and whom it tells. */
export interface LaneQueueOptions {
  readonly maxBytes: number;
  readonly maxTasks: number;
  /** How many run at once; 1 unless said: one after another. */
  readonly atOnce?: number;
  /** True: full; false: half empty again. Told once for each change. */
  readonly onPressure: (full: boolean) => void;
  /** A task failed: the lane is closed, since what follows may rest on it. */
  readonly onFailure: (error: unknown) => void;
}

/** Makes a bounded lane: it never drops, it asks its source to stop. */
export function createLaneQueue(options: LaneQueueOptions): LaneQueue {
  const { maxBytes, maxTasks, onPressure, onFailure } = options;
  const gate = createGate(options.atOnce ?? 1);
  const under = new Set<Promise<void>>();
  let closed = false;
  let full = false;
  let bytes = 0;
  const weigh = (): void => {
    if (!full && (bytes > maxBytes || under.size > maxTasks)) onPressure((full = true));
    else if (full && bytes <= maxBytes / 2 && under.size <= maxTasks / 2) onPressure((full = false));
  };
  const run = async (task: () => Promise<void>): Promise<void> => {
    try {
      if (!closed) await task();
    } catch (error) {
      const first = !closed;
      closed = true;
      if (first) onFailure(error);
    }
  };
  return {
    push: (weight, task) => {
      if (closed) return;
      bytes += weight;
      const running = gate
        // A turn of the event loop between any two: tasks that only reckon would else hold it for as long as there are some.
        .run(() => run(task).then(nextTurn))
        .finally(() => {
          bytes -= weight;
          under.delete(running);
          weigh();
        });
      under.add(running);
      weigh();
    },
    close: () => {
      closed = true;
    },
    idle: async () => void (await Promise.all(under)),
  };
}
