import type { PermissionSpec } from "./permissions";
import type { Limit, ResolvedScope } from "./scope";

/**
 * A product of clusters, namespaces and tiers in which a permission is granted. Clusters are ids of those that there
 * are; "all" takes in those that join later. A dimension that the permission has not is "all".
 */
export interface Box {
  readonly clusters: Limit;
  readonly namespaces: Limit;
  readonly tiers: Limit;
}

/** Everything. */
export const UNLIMITED_BOX: Box = { clusters: "all", namespaces: "all", tiers: "all" };

type Side = keyof Box;

const SIDES: readonly Side[] = ["clusters", "namespaces", "tiers"];

/** What is in both limits. */
export function intersectLimits(a: Limit, b: Limit): Limit {
  if (a === "all") return b;
  if (b === "all") return a;
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  return new Set([...small].filter((name) => large.has(name)));
}

/** What is in any of the limits. */
export function uniteLimits(limits: readonly Limit[]): Limit {
  const all = new Set<string>();
  for (const limit of limits) {
    if (limit === "all") return "all";
    for (const name of limit) all.add(name);
  }
  return all;
}

const isEmpty = (limit: Limit): boolean => limit !== "all" && limit.size === 0;

/** What a scope is to a permission: its limits in the dimensions that the permission has. */
export const boxOf = ({ dimensions }: PermissionSpec, scope: ResolvedScope): Box => ({
  clusters: dimensions.includes("cluster") ? scope.clusters : "all",
  namespaces: dimensions.includes("namespace") ? scope.namespaces : "all",
  tiers: dimensions.includes("tier") ? scope.tiers : "all",
});

/** Whether nothing at all is limited. */
export const isUnlimitedBox = (box: Box): boolean => SIDES.every((side) => box[side] === "all");

const limitKey = (limit: Limit): string => (limit === "all" ? "all" : JSON.stringify([...limit].sort()));

const keyBut = (box: Box, open?: Side): string =>
  SIDES.map((side) => (side === open ? "" : limitKey(box[side]))).join("\n");

/** Makes one box of those that differ on one side only. */
function mergeAlong(boxes: readonly Box[], side: Side): readonly Box[] {
  const groups = new Map<string, { readonly box: Box; readonly limits: Limit[] }>();
  for (const box of boxes) {
    const key = keyBut(box, side);
    const group = groups.get(key);
    if (group) group.limits.push(box[side]);
    else groups.set(key, { box, limits: [box[side]] });
  }
  return [...groups.values()].map(({ box, limits }) =>
    limits.length === 1 ? box : { ...box, [side]: uniteLimits(limits) },
  );
}

/** The same union in fewer boxes and in an order of its own; none of them empty. */
export function normalizeBoxes(boxes: readonly Box[]): readonly Box[] {
  const filled = boxes.filter((box) => !SIDES.some((side) => isEmpty(box[side])));
  const all = filled.find(isUnlimitedBox);
  if (all) return [all];
  const merged = SIDES.reduce(mergeAlong, filled);
  return merged
    .map((box) => ({ box, key: keyBut(box) }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ box }) => box);
}

/** What two unions of boxes have in common. */
export const intersectBoxes = (a: readonly Box[], b: readonly Box[]): readonly Box[] =>
  normalizeBoxes(
    a.flatMap((one) =>
      b.map((other) => ({
        clusters: intersectLimits(one.clusters, other.clusters),
        namespaces: intersectLimits(one.namespaces, other.namespaces),
        tiers: intersectLimits(one.tiers, other.tiers),
      })),
    ),
  );
