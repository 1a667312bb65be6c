import { backoffDelayMs } from "@isthmus/std";

/** Keys of one turn: requests and the other queues have theirs between. */
const atATime = 64;

const retry = { baseMs: 500, maxMs: 30_000 };

/**
 * Runs a task for each key that was added: once, in turn, after what is running has finished. A task that throws is
 * tried again, ever later, until it succeeds; an addition tries it at once.
 */
export class WorkQueue {
  readonly #keys = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #task: (key: string) => void;
  readonly #onError: (error: unknown) => void;
  #scheduled: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(task: (key: string) => void, onError: (error: unknown) => void) {
    this.#task = task;
    this.#onError = onError;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#keys.add(key);
    this.#scheduled ??= setImmediate(() => this.#run());
  }

  close(): void {
    this.#closed = true;
    this.#keys.clear();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    if (this.#scheduled) clearImmediate(this.#scheduled);
  }

  #run(): void {
    this.#scheduled = undefined;
    const keys = firstOf(this.#keys, atATime);
    for (const key of keys) this.#keys.delete(key);
    for (const key of keys) this.#attempt(key);
    if (this.#keys.size > 0 && !this.#closed) this.#scheduled ??= setImmediate(() => this.#run());
  }

  #attempt(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    try {
      this.#task(key);
      this.#failures.delete(key);
    } catch (error) {
      this.#onError(error);
      this.#retryLater(key);
    }
  }

  #retryLater(key: string): void {
    const attempt = this.#failures.get(key) ?? 0;
    this.#failures.set(key, attempt + 1);
    const timer = setTimeout(() => this.add(key), backoffDelayMs(retry, attempt, 1));
    this.#timers.set(key, timer.unref());
  }
}

function firstOf(keys: ReadonlySet<string>, count: number): readonly string[] {
  const first: string[] = [];
  for (const key of keys) if (first.push(key) === count) break;
  return first;
}
