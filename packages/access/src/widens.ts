import { intersectLimits } from "./box";
import type { ClusterSelector } from "./cluster-selector";
import type { Access } from "./compile";
import { coversRegion, grantingScopes, scopeOfKey, type Grants } from "./grants";
import { couldJoin, waysOf } from "./joining";
import { isOpen, type Layers } from "./layers";
import { permissions, permissionSpecs, type Dimension, type Permission } from "./permissions";
import { WHOLE, type Extent, type Region } from "./region";
import { isWithin, limitAlong, reaches, type ResolvedScope } from "./scope";

/** The clusters of a widening: all, one, or those that may yet join and match. */
export type WidenedCluster =
  | { readonly kind: "all" }
  | { readonly kind: "known"; readonly clusterId: string }
  | { readonly kind: "joining"; readonly selector: string };

/** One place in which a permission is granted afterwards and was not before. */
export interface Widening {
  readonly permission: Permission;
  readonly cluster: WidenedCluster;
  /** Absent where all of them are meant, or those that no scope names. */
  readonly namespace?: string;
  /** Likewise. */
  readonly tier?: string;
}

/** Two accesses side by side, for one permission. */
interface Comparison {
  readonly permission: Permission;
  readonly before: Layers;
  readonly after: Layers;
}

/** One scope of each layer: what is in all of them is granted. */
type Way = readonly ResolvedScope[];

type Names = Pick<Region, "namespace" | "tier">;

function isHeld({ permission, before }: Comparison, region: Region): boolean {
  return isOpen(before, permission) && before.grants.every((grants) => coversRegion(grants, permission, region));
}

/**
 * Whether each layer before has the same scope with the same clusters at the least: nothing is gained, and there is no
 * need to look closer. After most changes this is true of almost everything.
 */
function isKept({ permission, before }: Comparison, way: Way): boolean {
  if (!isOpen(before, permission)) return false;
  return before.grants.every((grants) =>
    way.some((scope) => {
      const same = scopeOfKey(grants, permission, scope.key);
      return same !== undefined && isWithin(scope.clusters, same.clusters);
    }),
  );
}

/**
 * The points of a way in one dimension. Where there is no limit the whole stands for every name: who holds the whole
 * holds each. Where the permission has not the dimension, nobody asks for a name.
 */
function extentsOf({ permission }: Comparison, way: Way, dimension: Dimension): readonly Extent[] {
  if (!permissionSpecs[permission].dimensions.includes(dimension)) return [WHOLE];
  const limit = way.map((scope) => limitAlong(scope, dimension)).reduce(intersectLimits);
  return limit === "all" ? [WHOLE] : [...limit].sort();
}

/** Selectors of the scopes that reach the names. */
function selectorsOf(grants: Grants, permission: Permission, names: Names): readonly ClusterSelector[] {
  const dimensions = permissionSpecs[permission].dimensions.filter((dimension) => dimension !== "cluster");
  return grantingScopes(grants, permission)
    .filter((scope) => dimensions.every((dimension) => reaches(scope, dimension, names[dimension])))
    .flatMap(({ joining }) => joining ?? []);
}

/** The selector of clusters that may yet join, would be reached by the way, and were not reached before. */
function joiningOf({ permission, before }: Comparison, way: Way, names: Names): string | undefined {
  const selectors = way.flatMap(({ joining }) => joining ?? []);
  if (selectors.length < way.length) return undefined;
  const nodes = selectors.map(({ node }) => node);
  const held = isOpen(before, permission)
    ? before.grants.map((grants) => selectorsOf(grants, permission, names))
    : [[]];
  const isGained = held.some((layer) => {
    const isSame = layer.some(({ text }) => selectors.some((selector) => selector.text === text));
    return (
      !isSame &&
      couldJoin(
        nodes,
        layer.map(({ node }) => node),
      )
    );
  });
  return isGained ? selectors.map(({ text }) => (selectors.length === 1 ? text : `(${text})`)).join(" && ") : undefined;
}

function clusterOf(comparison: Comparison, way: Way, names: Names): WidenedCluster | undefined {
  const found = extentsOf(comparison, way, "cluster").find((cluster) => !isHeld(comparison, { ...names, cluster }));
  if (found !== undefined) return found === WHOLE ? { kind: "all" } : { kind: "known", clusterId: found };
  if (!permissionSpecs[comparison.permission].dimensions.includes("cluster")) return undefined;
  const selector = joiningOf(comparison, way, names);
  return selector === undefined ? undefined : { kind: "joining", selector };
}

function gainOf(comparison: Comparison, way: Way): Widening | undefined {
  for (const namespace of extentsOf(comparison, way, "namespace")) {
    for (const tier of extentsOf(comparison, way, "tier")) {
      const cluster = clusterOf(comparison, way, { namespace, tier });
      if (cluster) {
        return {
          permission: comparison.permission,
          cluster,
          ...(namespace === WHOLE ? {} : { namespace }),
          ...(tier === WHOLE ? {} : { tier }),
        };
      }
    }
  }
  return undefined;
}

function wideningOf(comparison: Comparison): Widening | undefined {
  const { permission, after } = comparison;
  if (!isOpen(after, permission)) return undefined;
  for (const way of waysOf(after.grants.map((grants) => grantingScopes(grants, permission)))) {
    const gain = isKept(comparison, way) ? undefined : gainOf(comparison, way);
    if (gain) return gain;
  }
  return undefined;
}

/**
 * What is granted after a change and was not before: for each permission one place, if there is any. Empty means that
 * nothing is gained, now or by any cluster that joins later. Nobody may give what they have not, so the one side is the
 * giver's access and the other the binding's alone; nobody may widen their own access by a cluster's labels, so the
 * sides are their access before and after.
 *
 * The tier rule is left out on both sides: a verb on policies that can do nothing alone does something beside the
 * `tiers.read` of whoever gets it.
 */
export const widens = (before: Access, after: Access): readonly Widening[] =>
  permissions.flatMap((permission) => wideningOf({ permission, before: before.layers, after: after.layers }) ?? []);
