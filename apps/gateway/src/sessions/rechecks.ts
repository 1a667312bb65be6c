import type { Clock } from "@isthmus/std";

/** Looks at sessions after announcements, many in one look. */
export interface Rechecks {
  ask(organisationId: string, clusterId: string): void;
}

/** How sessions are looked at. */
export interface RechecksOptions {
  readonly clock: Pick<Clock, "sleep">;
  readonly check: (organisationId: string, clusterIds: ReadonlySet<string>) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** How long askings gather, in ms. */
const GATHER_MS = 30;

/** Makes them; one look at a time, which takes what was asked until it begins. */
export function createRechecks({ clock, check, onFailure }: RechecksOptions): Rechecks {
  const asked = new Map<string, Set<string>>();
  let running = false;
  const run = async (): Promise<void> => {
    while (asked.size > 0) {
      await clock.sleep(GATHER_MS);
      const batch = [...asked];
      asked.clear();
      for (const [organisationId, clusterIds] of batch) await check(organisationId, clusterIds).catch(onFailure);
    }
    running = false;
  };
  return {
    ask: (organisationId, clusterId) => {
      asked.set(organisationId, (asked.get(organisationId) ?? new Set()).add(clusterId));
      if (running) return;
      running = true;
      void run();
    },
  };
}
