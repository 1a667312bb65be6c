import { boxOf, intersectBoxes, isUnlimitedBox, normalizeBoxes, uniteLimits, UNLIMITED_BOX, type Box } from "./box";
import { coversRegion, grantingScopes, type Grants } from "./grants";
import { couldJoin, waysOf } from "./joining";
import { isOpen, readLayers, type AccessInput, type Layers } from "./layers";
import { isOfPolicies, permissionSpecs, type Permission } from "./permissions";
import type { AccessProblem } from "./problem";
import type { Region } from "./region";
import type { Limit } from "./scope";

/** Where something is granted: everywhere, or in clusters by id, there in all namespaces or in some. */
export type Places = "all" | ReadonlyMap<string, Limit>;

/**
 * What a subject may do, compiled. "all" clusters and "all" places are said only where nothing is limited, clusters that
 * join later included; "all" tiers, and "all" namespaces of a cluster, are said of that dimension alone, since what
 * there is of them is not known here.
 */
export interface Access {
  /** Whether the permission is granted somewhere, be it in clusters that have yet to join. */
  may(permission: Permission): boolean;
  /** Clusters in which anything of it is granted. */
  clusters(permission: Permission): Limit;
  /** Namespaces of clusters in which anything of it is granted. */
  places(permission: Permission): Places;
  /** Tiers in which anything of it is granted. */
  tiers(permission: Permission): Limit;
  /** All of it, exactly, over the clusters that there are. */
  boxes(permission: Permission): readonly Box[];
  /** Whether it is granted in all of a region; `authorize` asks this. */
  covers(permission: Permission, region: Region): boolean;
  /** What is stored and grants nothing, for whoever looks after roles. */
  readonly problems: readonly AccessProblem[];
  /** What it was compiled from; `widens` compares this. */
  readonly layers: Layers;
}

/**
 * What everything over policies needs beside its own permission, in the same tier, by whichever binding. Calico's rule:
 * get on the tier, and the verb on its policies (apiserver/pkg/registry/projectcalico/authorizer/authorizer.go).
 */
export const TIER_RULE: Permission = "tiers.read";

/** Whether a permission is granted in all of a region, by every layer. */
export function layersCover(layers: Layers, permission: Permission, region: Region): boolean {
  if (!isOpen(layers, permission)) return false;
  const granted = (needed: Permission): boolean =>
    layers.grants.every((grants) => coversRegion(grants, needed, region));
  return granted(permission) && (!isOfPolicies(permission) || granted(TIER_RULE));
}

function plainBoxes(grants: readonly Grants[], permission: Permission): readonly Box[] {
  const spec = permissionSpecs[permission];
  return grants
    .map((layer) => normalizeBoxes(grantingScopes(layer, permission).map((scope) => boxOf(spec, scope))))
    .reduce(intersectBoxes);
}

function boxesOf(layers: Layers, permission: Permission): readonly Box[] {
  if (!isOpen(layers, permission)) return [];
  const boxes = plainBoxes(layers.grants, permission);
  return isOfPolicies(permission) ? intersectBoxes(boxes, plainBoxes(layers.grants, TIER_RULE)) : boxes;
}

/** Whether it would be granted in some cluster that has yet to join. */
function mayBeGranted(layers: Layers, permission: Permission): boolean {
  const spec = permissionSpecs[permission];
  if (!spec.dimensions.includes("cluster") || !isOpen(layers, permission)) return false;
  const rule = isOfPolicies(permission) ? plainBoxes(layers.grants, TIER_RULE) : [UNLIMITED_BOX];
  return waysOf(layers.grants.map((grants) => grantingScopes(grants, permission))).some((scopes) => {
    const boxes = scopes.map((scope): readonly Box[] => [{ ...boxOf(spec, scope), clusters: "all" }]);
    const nodes = scopes.flatMap(({ joining }) => joining?.node ?? []);
    return nodes.length === scopes.length && couldJoin(nodes) && boxes.reduce(intersectBoxes, rule).length > 0;
  });
}

function placesOf(boxes: readonly Box[], known: readonly string[]): Places {
  if (boxes.some(isUnlimitedBox)) return "all";
  const limits = new Map<string, Limit[]>();
  for (const { clusters, namespaces } of boxes) {
    for (const id of clusters === "all" ? known : clusters) {
      const found = limits.get(id);
      if (found) found.push(namespaces);
      else limits.set(id, [namespaces]);
    }
  }
  return new Map(Array.from(limits, ([id, found]) => [id, uniteLimits(found)]));
}

/** Compiles what a subject may do. Compiled once for each change of anything that it follows from. */
export function compileAccess(input: AccessInput): Access {
  const layers = readLayers(input);
  const known = input.clusters.map(({ id }) => id).sort();
  const remembered = new Map<Permission, readonly Box[]>();
  const boxes = (permission: Permission): readonly Box[] => {
    const found = remembered.get(permission) ?? boxesOf(layers, permission);
    remembered.set(permission, found);
    return found;
  };
  const places = (permission: Permission): Places => placesOf(boxes(permission), known);
  return {
    may: (permission) => boxes(permission).length > 0 || mayBeGranted(layers, permission),
    clusters: (permission) => {
      const found = places(permission);
      return found === "all" ? found : new Set(found.keys());
    },
    places,
    tiers: (permission) => uniteLimits(boxes(permission).map(({ tiers }) => tiers)),
    boxes,
    covers: (permission, region) => layersCover(layers, permission, region),
    problems: layers.problems,
    layers,
  };
}
