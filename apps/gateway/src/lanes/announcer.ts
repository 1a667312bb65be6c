import type { Clock } from "@isthmus/std";

/** Spaces announcements out: the first at once, those that follow too soon share one at the end of the pause. */
export interface Announcer {
  /** True where the caller should announce now; else it is done later, for everybody who asked meanwhile. */
  mayAnnounceNow(): boolean;
}

/** How an announcer spaces. */
export interface AnnouncerOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** Announces on its own; a failure is its own to tell, since announcements are hints. */
  readonly announce: () => Promise<void>;
}

/** Makes an announcer. */
export function createAnnouncer({ clock, everyMs, signal, announce }: AnnouncerOptions): Announcer {
  let lastMs = Number.NEGATIVE_INFINITY;
  let owed = false;
  const later = async (): Promise<void> => {
    await clock.sleep(lastMs + everyMs - clock.now(), signal);
    lastMs = clock.now();
    owed = false;
    await announce();
  };
  return {
    mayAnnounceNow: () => {
      if (clock.now() - lastMs >= everyMs) {
        lastMs = clock.now();
        return true;
      }
      if (!owed) {
        owed = true;
        // The signal aborts the pause when the session ends: nobody is owed a hint then.
        later().catch(() => undefined);
      }
      return false;
    },
  };
}
