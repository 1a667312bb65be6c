import type { LabelMap } from "@isthmus/policy-engine";

/** All of a dimension, what is yet to come included. */
export const WHOLE: unique symbol = Symbol("whole");

/** One thing of a dimension, or all of it. */
export type Extent = string | typeof WHOLE;

/** A cluster that is yet to join, by the labels that it will have. */
export interface JoiningCluster {
  readonly labels: LabelMap;
}

/** What a question is about: a product of one extent in each dimension. */
export interface Region {
  readonly cluster: Extent | JoiningCluster;
  readonly namespace: Extent;
  readonly tier: Extent;
}
