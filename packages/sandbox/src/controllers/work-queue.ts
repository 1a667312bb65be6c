/** Runs a task for each key that was added, once, in turn, after the present one has finished. */
export class WorkQueue {
  readonly #keys = new Set<string>();
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
    if (this.#scheduled) clearImmediate(this.#scheduled);
  }

  #run(): void {
    this.#scheduled = undefined;
    const keys = [...this.#keys];
    this.#keys.clear();
    for (const key of keys) this.#attempt(key);
  }

  #attempt(key: string): void {
    try {
      this.#task(key);
    } catch (error) {
      this.#onError(error);
    }
  }
}
