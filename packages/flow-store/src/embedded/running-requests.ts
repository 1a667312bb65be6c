/** Somebody asked that requests of this id end. */
export class EndedRequest extends Error {
  override readonly name = "EndedRequest";
}

interface Running {
  readonly abort: AbortController;
  readonly ended: Promise<unknown>;
}

const REMEMBERED = 1_000;

/** Requests that wait or run, by their ids, so that somebody else can end them. */
export class RunningRequests {
  readonly #byId = new Map<string, Set<Running>>();
  readonly #ended = new Set<string>();

  /** Does the work of a request; its signal also aborts when somebody ends the id, and an id that was ended stays so. */
  async run<T>(id: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#ended.has(id)) throw new EndedRequest("the request was ended before it began");
    const abort = new AbortController();
    const done = work(AbortSignal.any([signal, abort.signal]));
    const running = { abort, ended: done.catch(() => undefined) };
    const all = this.#byId.get(id) ?? new Set<Running>();
    this.#byId.set(id, all.add(running));
    try {
      return await done;
    } finally {
      all.delete(running);
      if (all.size === 0) this.#byId.delete(id);
    }
  }

  /** Ends what waits or runs under an id and resolves when nothing of it does; what comes later under it is refused. */
  async end(id: string): Promise<void> {
    this.#ended.add(id);
    const [oldest] = this.#ended;
    if (this.#ended.size > REMEMBERED && oldest !== undefined) this.#ended.delete(oldest);
    const all = [...(this.#byId.get(id) ?? [])];
    for (const { abort } of all) abort.abort(new EndedRequest("the request was ended"));
    await Promise.all(all.map(({ ended }) => ended));
  }
}
