import type { Notification, Topic } from "@isthmus/db";

/** What a browser is told: something of this topic changed (id of what), or everything may have. */
export type Change =
  { readonly kind: "changed"; readonly topic: Topic; readonly id: string } | { readonly kind: "maybe-missed" };

/** Fans the process's one stream of notifications out to the open pages of each organisation. */
export interface Changes {
  readonly notify: (notification: Notification) => void;
  /** The connection to Postgres was away: everybody reads again. */
  readonly maybeMissed: () => void;
  readonly subscribe: (organisationId: string, listener: (change: Change) => void) => () => void;
  readonly subscriberCount: () => number;
}

/** Makes the fan-out; it holds nothing but its subscribers. */
export function createChanges(): Changes {
  const byOrganisation = new Map<string, Set<(change: Change) => void>>();
  const all = () => [...byOrganisation.values()].flatMap((listeners) => [...listeners]);
  return {
    notify: ({ organisation, topic, id }) => {
      for (const listener of byOrganisation.get(organisation) ?? []) listener({ kind: "changed", topic, id });
    },
    maybeMissed: () => {
      for (const listener of all()) listener({ kind: "maybe-missed" });
    },
    subscribe: (organisationId, listener) => {
      const listeners = byOrganisation.get(organisationId) ?? new Set();
      byOrganisation.set(organisationId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) byOrganisation.delete(organisationId);
      };
    },
    subscriberCount: () => all().length,
  };
}
