/** What is left of one dimension: all of it, or some ids or names. */
export type ReachLimit = "all" | ReadonlySet<string>;

/** Clusters by id, there in all namespaces or in some; "all" is everything, clusters that join later included. */
export type ReachPlaces = "all" | ReadonlyMap<string, ReachLimit>;

/** A product of clusters (ids), namespaces and tiers (names). */
export interface ReachBox {
  readonly clusters: ReachLimit;
  readonly namespaces: ReachLimit;
  readonly tiers: ReachLimit;
}

/** What a transaction's repositories show, in the terms of rows: where each kind of thing can be read. */
export interface Reach {
  readonly clusters: ReachLimit;
  readonly inventory: ReachPlaces;
  readonly flows: ReachPlaces;
  readonly publications: ReachPlaces;
  /** Names. */
  readonly tiers: ReachLimit;
  /** A policy is shown where a box holds its tier, its namespace and one of its clusters. */
  readonly policies: readonly ReachBox[];
}
