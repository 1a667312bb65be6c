import { addBit, hasBit, meet, noBits, type Bits } from "./bits";
import { permissionSpecs, type Dimension, type Permission, type PermissionSpec } from "./permissions";
import { WHOLE, type Extent, type Region } from "./region";
import { isUnlimited, type Limit, type ResolvedScope } from "./scope";

/** Permissions within a scope: a binding without its holder. */
export interface Grant {
  readonly scope: ResolvedScope;
  readonly permissions: readonly Permission[];
}

/** For each name of a dimension the scopes that reach it; what is not named is reached by those without a limit. */
interface Rows {
  readonly unlimited: Bits;
  readonly named: ReadonlyMap<Extent, Bits>;
}

/** Grants of a subject, indexed: scopes are numbered, and everything else is sets of those numbers. */
export interface Grants {
  readonly scopes: readonly ResolvedScope[];
  readonly granting: ReadonlyMap<Permission, Bits>;
  readonly clusters: Rows;
  readonly namespaces: Rows;
  readonly tiers: Rows;
}

const DIMENSIONS: readonly Dimension[] = ["cluster", "namespace", "tier"];

/**
 * Whether a scope grants a permission somewhere, by the limits that the permission cannot have. A read ignores them. A
 * change is refused by them: whoever may act in one namespace must not remove the cluster. What is of the whole
 * organisation is granted by scopes without any limit alone.
 */
export function admits(spec: PermissionSpec, scope: ResolvedScope): boolean {
  if (spec.verb === "read" && spec.dimensions.length > 0) return true;
  return DIMENSIONS.every((dimension) => spec.dimensions.includes(dimension) || isUnlimited(scope, dimension));
}

function rowsOf(limits: readonly Limit[]): Rows {
  const unlimited = noBits(limits.length);
  limits.forEach((limit, at) => {
    if (limit === "all") addBit(unlimited, at);
  });
  const named = new Map<Extent, Bits>();
  limits.forEach((limit, at) => {
    if (limit === "all") return;
    for (const name of limit) {
      const row = named.get(name) ?? unlimited.slice();
      named.set(name, row);
      addBit(row, at);
    }
  });
  return { unlimited, named };
}

/** Indexes grants; those of equal scope are one. */
export function indexGrants(grants: readonly Grant[]): Grants {
  const byScope = new Map<string, { readonly scope: ResolvedScope; readonly permissions: Set<Permission> }>();
  for (const { scope, permissions } of grants) {
    const known = byScope.get(scope.key) ?? { scope, permissions: new Set() };
    byScope.set(scope.key, known);
    for (const permission of permissions) known.permissions.add(permission);
  }
  const merged = [...byScope.values()];
  const scopes = merged.map(({ scope }) => scope);
  const granting = new Map<Permission, Bits>();
  merged.forEach(({ scope, permissions }, at) => {
    for (const permission of permissions) {
      if (!admits(permissionSpecs[permission], scope)) continue;
      const bits = granting.get(permission) ?? noBits(scopes.length);
      granting.set(permission, bits);
      addBit(bits, at);
    }
  });
  return {
    scopes,
    granting,
    clusters: rowsOf(scopes.map(({ clusters }) => clusters)),
    namespaces: rowsOf(scopes.map(({ namespaces }) => namespaces)),
    tiers: rowsOf(scopes.map(({ tiers }) => tiers)),
  };
}

/** The scopes that grant a permission. */
export function grantingScopes({ granting, scopes }: Grants, permission: Permission): readonly ResolvedScope[] {
  const bits = granting.get(permission);
  return bits ? scopes.filter((_, at) => hasBit(bits, at)) : [];
}

const rowOf = (rows: Rows, extent: Extent): Bits => rows.named.get(extent) ?? rows.unlimited;

function clusterRow(grants: Grants, cluster: Region["cluster"]): Bits {
  if (cluster === WHOLE || typeof cluster === "string") return rowOf(grants.clusters, cluster);
  const bits = noBits(grants.scopes.length);
  grants.scopes.forEach(({ joining }, at) => {
    if (joining?.matches(cluster.labels)) addBit(bits, at);
  });
  return bits;
}

/**
 * Whether a permission is granted in all of a region. A region is one point in each dimension: one name, or the whole,
 * which only a scope without a limit covers. So one scope must cover all of it, and no union needs to be formed.
 */
export function coversRegion(grants: Grants, permission: Permission, region: Region): boolean {
  const granting = grants.granting.get(permission);
  if (granting === undefined) return false;
  const sets = [granting];
  for (const dimension of permissionSpecs[permission].dimensions) {
    if (dimension === "cluster") sets.push(clusterRow(grants, region.cluster));
    else if (dimension === "namespace") sets.push(rowOf(grants.namespaces, region.namespace));
    else sets.push(rowOf(grants.tiers, region.tier));
  }
  return meet(sets);
}
