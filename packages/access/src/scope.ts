import type { LabelMap } from "@isthmus/policy-engine";
import type { ClusterSelector, ClusterSelectorError } from "./cluster-selector";
import { clusterLabels, readClusterSelector } from "./cluster-selector";
import { err, ok, type Result } from "@isthmus/std";
import type { Dimension } from "./permissions";
import { WHOLE, type Region } from "./region";

/** The clusters that a binding reaches. */
export type ClusterScope =
  | { readonly kind: "all" }
  | { readonly kind: "selector"; readonly selector: string }
  | { readonly kind: "ids"; readonly ids: readonly string[] };

/**
 * Where a binding holds: everything that lies in all three. Namespaces and tiers are names, so that one binding means
 * the same in every cluster. What has no namespace (the namespace "") is reached only by `namespaces: "all"`.
 */
export interface BindingScope {
  readonly clusters: ClusterScope;
  readonly namespaces: "all" | readonly string[];
  readonly tiers: "all" | readonly string[];
}

/** The scope without any limit; alone it reaches what is of the whole organisation. */
export const EVERYWHERE: BindingScope = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };

/** A cluster of the organisation as scopes see it. */
export interface AccessCluster {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a scope leaves of one dimension. */
export type Limit = "all" | ReadonlySet<string>;

/** A scope over the clusters that there are. */
export interface ResolvedScope {
  /** Equal for scopes that are written alike but for order. */
  readonly key: string;
  readonly clusters: Limit;
  /** Which clusters that are yet to join it would reach; absent for a list of clusters. */
  readonly joining?: ClusterSelector;
  readonly namespaces: Limit;
  readonly tiers: Limit;
}

/** Why a scope reaches nothing, whatever the role. */
export type ScopeError = ClusterSelectorError | { readonly code: "scope-empty"; readonly dimension: Dimension };

/** Resolves scopes over the same clusters; each selector is read once. */
export type ScopeResolver = (scope: BindingScope) => Result<ResolvedScope, ScopeError>;

const ANY_CLUSTER: ClusterSelector = { node: { kind: "all" }, text: "all()", matches: () => true };

type ClusterPart = Pick<ResolvedScope, "clusters" | "joining">;

const sortedText = (names: Iterable<string>): string => JSON.stringify([...names].sort());

/** The names of a list, without the empty one: what has no namespace is not reached by naming nothing. */
function limitOf(names: "all" | readonly string[]): Limit {
  return names === "all" ? "all" : new Set(names.filter((name) => name !== ""));
}

const limitText = (limit: Limit): string => (limit === "all" ? "all" : sortedText(limit));

/** What tells scopes apart as they are written. */
function keyOf({ clusters }: BindingScope, namespaces: Limit, tiers: Limit): string {
  const written =
    clusters.kind === "all" ? "all" : clusters.kind === "ids" ? sortedText(clusters.ids) : `?${clusters.selector}`;
  return JSON.stringify([written, limitText(namespaces), limitText(tiers)]);
}

/** A cluster with the labels that selectors see, which are put together once. */
interface LabelledCluster {
  readonly id: string;
  readonly labels: LabelMap;
}

function selected(selector: string, clusters: readonly LabelledCluster[]): Result<ClusterPart, ScopeError> {
  const read = readClusterSelector(selector);
  if (!read.ok) return read;
  const matching = clusters.filter(({ labels }) => read.value.matches(labels));
  return ok({ clusters: new Set(matching.map(({ id }) => id)), joining: read.value });
}

/** Makes a resolver over the organisation's clusters. A scope that reaches nothing as it is written is an error. */
export function scopeResolver(clusters: readonly AccessCluster[]): ScopeResolver {
  const ids = new Set(clusters.map(({ id }) => id));
  const labelled = clusters.map((cluster) => ({ id: cluster.id, labels: clusterLabels(cluster) }));
  const selectors = new Map<string, Result<ClusterPart, ScopeError>>();
  const clustersOf = (scope: ClusterScope): Result<ClusterPart, ScopeError> => {
    if (scope.kind === "all") return ok({ clusters: "all", joining: ANY_CLUSTER });
    if (scope.kind === "ids") {
      if (scope.ids.length === 0) return err({ code: "scope-empty", dimension: "cluster" });
      return ok({ clusters: new Set(scope.ids.filter((id) => ids.has(id))) });
    }
    const known = selectors.get(scope.selector) ?? selected(scope.selector, labelled);
    selectors.set(scope.selector, known);
    return known;
  };
  const resolve = (scope: BindingScope): Result<ResolvedScope, ScopeError> => {
    const found = clustersOf(scope.clusters);
    if (!found.ok) return found;
    const [namespaces, tiers] = [limitOf(scope.namespaces), limitOf(scope.tiers)];
    if (namespaces !== "all" && namespaces.size === 0) return err({ code: "scope-empty", dimension: "namespace" });
    if (tiers !== "all" && tiers.size === 0) return err({ code: "scope-empty", dimension: "tier" });
    let key: string | undefined;
    return ok({
      // Sorting names takes most of a scope's time, and whoever asks one thing of it needs no key.
      get key() {
        return (key ??= keyOf(scope, namespaces, tiers));
      },
      ...found.value,
      namespaces,
      tiers,
    });
  };
  // Whoever asks several things of the same bindings has each scope resolved once.
  const resolved = new WeakMap<BindingScope, Result<ResolvedScope, ScopeError>>();
  return (scope) => {
    const known = resolved.get(scope) ?? resolve(scope);
    resolved.set(scope, known);
    return known;
  };
}

/** What a scope leaves of a dimension. */
export function limitAlong({ clusters, namespaces, tiers }: ResolvedScope, dimension: Dimension): Limit {
  switch (dimension) {
    case "cluster":
      return clusters;
    case "namespace":
      return namespaces;
    case "tier":
      return tiers;
  }
}

/** Whether all that one limit leaves is left by another. */
export const isWithin = (limit: Limit, other: Limit): boolean =>
  other === "all" || (limit !== "all" && limit.size <= other.size && [...limit].every((name) => other.has(name)));

/** Whether a scope has no limit in a dimension. */
export const isUnlimited = (scope: ResolvedScope, dimension: Dimension): boolean =>
  limitAlong(scope, dimension) === "all";

/** Whether a scope reaches one thing of a dimension, or the whole of it. */
export function reaches(scope: ResolvedScope, dimension: Dimension, extent: Region[Dimension]): boolean {
  if (typeof extent === "object") return scope.joining?.matches(extent.labels) ?? false;
  const limit = limitAlong(scope, dimension);
  return limit === "all" || (extent !== WHOLE && limit.has(extent));
}

/**
 * Whether a scope, as it is written, could reach a region: false only where `reaches` says no whatever clusters there
 * are. Of hundreds of scopes few name what is asked about, and the others need not be resolved.
 */
export function couldReach(scope: BindingScope, dimensions: readonly Dimension[], region: Region): boolean {
  return dimensions.every((dimension) => {
    const extent = region[dimension];
    const written = writtenAlong(scope, dimension);
    return typeof extent === "object" || written === "all" || (extent !== WHOLE && written.includes(extent));
  });
}

/** The names that a scope is limited to; a selector may select anything. */
function writtenAlong({ clusters, namespaces, tiers }: BindingScope, dimension: Dimension): "all" | readonly string[] {
  switch (dimension) {
    case "cluster":
      return clusters.kind === "ids" ? clusters.ids : "all";
    case "namespace":
      return namespaces;
    case "tier":
      return tiers;
  }
}
