/** A queue of tasks that run one after another, and tells when it holds too much. */
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
  /** True: full; false: half empty again. Told once for each change. */
  readonly onPressure: (full: boolean) => void;
  /** A task failed: the lane is closed, since what follows may rest on it. */
  readonly onFailure: (error: unknown) => void;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Makes a bounded lane: it never drops, it asks its source to stop. */
export function createLaneQueue({ maxBytes, maxTasks, onPressure, onFailure }: LaneQueueOptions): LaneQueue {
  let tail = Promise.resolve();
  let closed = false;
  let full = false;
  let bytes = 0;
  let tasks = 0;
  const weigh = (): void => {
    if (!full && (bytes > maxBytes || tasks > maxTasks)) onPressure((full = true));
    else if (full && bytes <= maxBytes / 2 && tasks <= maxTasks / 2) onPressure((full = false));
  };
  const run = async (weight: number, task: () => Promise<void>): Promise<void> => {
    try {
      if (!closed) await task();
    } catch (error) {
      const first = !closed;
      closed = true;
      if (first) onFailure(error);
    } finally {
      bytes -= weight;
      tasks -= 1;
      weigh();
    }
  };
  return {
    push: (weight, task) => {
      if (closed) return;
      bytes += weight;
      tasks += 1;
      weigh();
      // A turn of the event loop between any two: tasks that only reckon would else hold it for as long as there are some.
      tail = tail.then(() => run(weight, task)).then(nextTurn);
    },
    close: () => {
      closed = true;
    },
    idle: () => tail,
  };
}
