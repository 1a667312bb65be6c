import { printSelector, type SelectorNode } from "@isthmus/policy-engine";
import type { Access } from "./compile";
import { classesOf } from "./classes";
import { coversRegion, grantingScopes, type Grants } from "./grants";
import { couldJoin, waysOf } from "./joining";
import { isOpen, type Layers } from "./layers";
import { permissions, permissionSpecs, type Dimension, type Permission } from "./permissions";
import { WHOLE, type Extent, type Region } from "./region";
import { reaches } from "./scope";

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

type Names = Pick<Region, "namespace" | "tier">;

function covered(layers: Layers, permission: Permission, region: Region): boolean {
  return isOpen(layers, permission) && layers.grants.every((grants) => coversRegion(grants, permission, region));
}

const isWider = ({ permission, before, after }: Comparison, region: Region): boolean =>
  covered(after, permission, region) && !covered(before, permission, region);

/** One name for each class of names that no scope of either side tells apart; the whole stands for what is not named. */
function namesOf({ permission, before, after }: Comparison, dimension: Dimension): readonly Extent[] {
  if (!permissionSpecs[permission].dimensions.includes(dimension)) return [WHOLE];
  return classesOf([...before.grants, ...after.grants], dimension);
}

/** Selectors of the scopes that reach the names; a name of a dimension that the permission has not is never asked for. */
function selectorsOf(grants: Grants, permission: Permission, names: Names): readonly SelectorNode[] {
  const dimensions = permissionSpecs[permission].dimensions.filter((dimension) => dimension !== "cluster");
  return grantingScopes(grants, permission)
    .filter((scope) => dimensions.every((dimension) => reaches(scope, dimension, names[dimension])))
    .flatMap(({ joining }) => joining?.node ?? []);
}

/** Whether a cluster could join that all of a way match and that one of the layers before would not reach. */
function isNewlyReached(way: readonly SelectorNode[], before: readonly (readonly SelectorNode[])[]): boolean {
  const texts = new Set(way.map(printSelector));
  return before.some((layer) => !layer.some((node) => texts.has(printSelector(node))) && couldJoin(way, layer));
}

/** Clusters that may yet join are told apart by selectors alone: what matters is whether labels could make a difference. */
function joiningWider({ permission, before, after }: Comparison, names: Names): string | undefined {
  if (!isOpen(after, permission)) return undefined;
  const held = isOpen(before, permission)
    ? before.grants.map((grants) => selectorsOf(grants, permission, names))
    : [[]];
  const way = waysOf(after.grants.map((grants) => selectorsOf(grants, permission, names))).find((nodes) =>
    isNewlyReached(nodes, held),
  );
  return way && printSelector(way.length === 1 && way[0] ? way[0] : { kind: "and", operands: way });
}

function clusterWider(comparison: Comparison, names: Names): WidenedCluster | undefined {
  const found = namesOf(comparison, "cluster").find((cluster) => isWider(comparison, { ...names, cluster }));
  if (found !== undefined) return found === WHOLE ? { kind: "all" } : { kind: "known", clusterId: found };
  if (!permissionSpecs[comparison.permission].dimensions.includes("cluster")) return undefined;
  const selector = joiningWider(comparison, names);
  return selector === undefined ? undefined : { kind: "joining", selector };
}

function wideningOf(comparison: Comparison): Widening | undefined {
  for (const namespace of namesOf(comparison, "namespace")) {
    for (const tier of namesOf(comparison, "tier")) {
      const cluster = clusterWider(comparison, { namespace, tier });
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
