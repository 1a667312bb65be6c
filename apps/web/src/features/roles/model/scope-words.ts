import { describeScope, type AccessCluster, type BindingScope } from "@isthmus/access";

const isScope = (value: unknown): value is BindingScope =>
  typeof value === "object" &&
  value !== null &&
  "clusters" in value &&
  "namespaces" in value &&
  "tiers" in value &&
  typeof value.clusters === "object" &&
  value.clusters !== null &&
  "kind" in value.clusters;

/** A stored scope in words without marks; undefined for what is none. */
export const scopeWords = (value: unknown, clusters: readonly AccessCluster[]): string | undefined =>
  isScope(value) ? describeScope(value, clusters).replaceAll("`", "") : undefined;
