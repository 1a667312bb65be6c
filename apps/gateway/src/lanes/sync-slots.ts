import type { Clock } from "@isthmus/std";

/** A place among those who send their inventory. */
export interface SyncSlot {
  /** Something came: the place is kept. */
  touch(): void;
  /** Gives the place to the next; once is enough. */
  release(): void;
}

/** Lets a bounded number of clusters send their inventory at once; the others wait in order. */
export interface SyncSlots {
  /** Rejects when the signal aborts first. */
  take(signal: AbortSignal): Promise<SyncSlot>;
  /** Gives away places of those who have sent nothing for a while. */
  tick(): void;
  readonly taken: number;
  readonly waiting: number;
}

/** How many, and for how long somebody may hold a place without sending. */
export interface SyncSlotOptions {
  readonly clock: Pick<Clock, "now">;
  readonly width: number;
  readonly idleMs: number;
}

interface Held {
  touchedAtMs: number;
}

/** Makes the places of one gateway. */
export function createSyncSlots({ clock, width, idleMs }: SyncSlotOptions): SyncSlots {
  const held = new Set<Held>();
  const waiting = new Set<() => void>();
  const admit = (): void => {
    for (const next of waiting) {
      if (held.size >= width) return;
      waiting.delete(next);
      next();
    }
  };
  const free = (place: Held): void => {
    if (held.delete(place)) admit();
  };
  const slot = (): SyncSlot => {
    const place: Held = { touchedAtMs: clock.now() };
    held.add(place);
    return {
      touch: () => {
        place.touchedAtMs = clock.now();
      },
      release: () => free(place),
    };
  };
  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          waiting.delete(enter);
          reject(signal.reason instanceof Error ? signal.reason : new Error("the session ended"));
        };
        const enter = (): void => {
          signal.removeEventListener("abort", stop);
          resolve(slot());
        };
        if (signal.aborted) return stop();
        signal.addEventListener("abort", stop, { once: true });
        waiting.add(enter);
        admit();
      }),
    tick: () => {
      for (const place of held) if (clock.now() - place.touchedAtMs >= idleMs) free(place);
    },
    get taken() {
      return held.size;
    },
    get waiting() {
      return waiting.size;
    },
  };
}
