import type { Session } from "chdb";

/** A session lent to one request at a time, since its settings and parameters are those of that request. */
export interface PooledSession {
  session: Session;
  /** Set where it must be replaced before the next request. */
  spoiled: boolean;
}

/** Too many requests wait, or the engine is closing. */
export class PoolRefusal extends Error {
  override readonly name = "PoolRefusal";
}

const maxWaiting = 256;

interface Waiting {
  readonly resolve: (pooled: PooledSession) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal;
}

/** Lends sessions, first come first served, with a bounded queue. */
export class SessionPool {
  readonly #open: () => Session;
  readonly #all: PooledSession[];
  readonly #idle: PooledSession[];
  #waiting: Waiting[] = [];
  #refusing = false;
  #onAllIdle: (() => void) | undefined;

  constructor(open: () => Session, size: number) {
    this.#open = open;
    this.#all = Array.from({ length: size }, () => ({ session: open(), spoiled: false }));
    this.#idle = [...this.#all];
  }

  acquire(signal: AbortSignal): Promise<PooledSession> {
    signal.throwIfAborted();
    if (this.#refusing) return Promise.reject(new PoolRefusal("the engine is closing"));
    const idle = this.#idle.pop();
    if (idle) return Promise.resolve(idle);
    if (this.#waiting.length >= maxWaiting) return Promise.reject(new PoolRefusal("too many requests are waiting"));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve, reject, signal };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", () => this.#abandon(waiting), { once: true });
    });
  }

  release(pooled: PooledSession): void {
    if (pooled.spoiled) this.#renew(pooled);
    const next = this.#waiting.shift();
    if (next) return next.resolve(pooled);
    this.#idle.push(pooled);
    if (this.#idle.length === this.#all.length) this.#onAllIdle?.();
  }

  /** Takes no more requests, and turns away those that wait. */
  refuse(): void {
    this.#refusing = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new PoolRefusal("the engine is closing"));
  }

  /** Waits for what runs, then closes the sessions. */
  async close(): Promise<void> {
    this.refuse();
    if (this.#idle.length < this.#all.length) await new Promise<void>((resolve) => (this.#onAllIdle = resolve));
    for (const { session } of this.#all) session.close();
  }

  #renew(pooled: PooledSession): void {
    pooled.session.close();
    pooled.session = this.#open();
    pooled.spoiled = false;
  }

  #abandon(waiting: Waiting): void {
    const index = this.#waiting.indexOf(waiting);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    waiting.reject(waiting.signal.reason);
  }
}
