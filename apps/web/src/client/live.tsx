"use client";

import type { QueryClient, QueryMeta } from "@tanstack/react-query";
import type { LiveTopic } from "../view";

declare module "@tanstack/react-query" {
  interface Register {
    queryMeta: {
      /** Topics whose changes make this query ask again while the page is live. */
      readonly live?: readonly LiveTopic[];
    };
  }
}

/** Options that keep a query live: `trpc.flows.page.queryOptions(input, liveOn("evidence"))`. */
export const liveOn = (
  ...topics: readonly LiveTopic[]
): { readonly meta: { readonly live: readonly LiveTopic[] } } => ({
  meta: { live: topics },
});

const topicsOf = (meta: QueryMeta | undefined): readonly LiveTopic[] => meta?.live ?? [];

/** Makes the queries of these topics ask again; those not on the screen ask when they come back to it. */
export function invalidateTopics(queries: QueryClient, topics: ReadonlySet<LiveTopic> | "all"): void {
  void queries.invalidateQueries(
    {
      predicate: ({ meta }) => topicsOf(meta).some((topic) => topics === "all" || topics.has(topic)),
    },
    // A query that is being asked at this moment is let finish: under steady change it would never get an answer.
    { cancelRefetch: false },
  );
}
