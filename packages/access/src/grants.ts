import { addBit, hasBit, meet, noBits, type Bits } from "./bits";
import { permissionSpecs, type Dimension, type Permission, type PermissionSpec } from "./permissions";
import { WHOLE, type Extent, type JoiningCluster, type Region } from "./region";
import { isUnlimited, limitAlong, type ResolvedScope } from "./scope";

/** Permissions within a scope: a binding without its holder. */
export interface Grant {
  readonly scope: ResolvedScope;
  readonly permissions: readonly Permission[];
}

/** For each name of a dimension the scopes that reach it; what is not named is reached by those without a limit. */
export interface Rows {
  readonly unlimited: Bits;
  readonly named: ReadonlyMap<string, Bits>;
}

/** Grants of a subject, indexed: scopes are numbered, and everything else is sets of those numbers. */
export interface Grants {
  readonly scopes: readonly ResolvedScope[];
  /** Their numbers by key. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly granting: ReadonlyMap<Permission, Bits>;
  readonly rows: Readonly<Record<Dimension, Rows>>;
}

const DIMENSIONS: readonly Dimension[] = ["cluster", "namespace", "tier"];

/**
 * The dimensions in which a scope is limited, the permission is not, and the limit is in the way. A read ignores such
 * limits. A change is refused by them: whoever may act in one namespace must not remove the cluster. What is of the
 * whole organisation is granted by scopes without any limit alone.
 */
export function forbiddenLimits({ verb, dimensions }: PermissionSpec, scope: ResolvedScope): readonly Dimension[] {
  if (verb === "read" && dimensions.length > 0) return [];
  return DIMENSIONS.filter((dimension) => !dimensions.includes(dimension) && !isUnlimited(scope, dimension));
}

function rowsOf(scopes: readonly ResolvedScope[], dimension: Dimension): Rows {
  const unlimited = noBits(scopes.length);
  scopes.forEach((scope, at) => {
    if (isUnlimited(scope, dimension)) addBit(unlimited, at);
  });
  const named = new Map<string, Bits>();
  scopes.forEach((scope, at) => {
    const limit = limitAlong(scope, dimension);
    for (const name of limit === "all" ? [] : limit) {
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
      if (forbiddenLimits(permissionSpecs[permission], scope).length > 0) continue;
      const bits = granting.get(permission) ?? noBits(scopes.length);
      granting.set(permission, bits);
      addBit(bits, at);
    }
  });
  return {
    scopes,
    numbers: new Map(scopes.map(({ key }, at) => [key, at])),
    granting,
    rows: { cluster: rowsOf(scopes, "cluster"), namespace: rowsOf(scopes, "namespace"), tier: rowsOf(scopes, "tier") },
  };
}

/** The scopes that grant a permission. */
export function grantingScopes({ granting, scopes }: Grants, permission: Permission): readonly ResolvedScope[] {
  const bits = granting.get(permission);
  return bits ? scopes.filter((_, at) => hasBit(bits, at)) : [];
}

/** The scope of a key, if it grants a permission. */
export function scopeOfKey({ granting, numbers, scopes }: Grants, permission: Permission, key: string) {
  const [bits, at] = [granting.get(permission), numbers.get(key)];
  return bits && at !== undefined && hasBit(bits, at) ? scopes[at] : undefined;
}

/** The scopes that reach a name, or the whole of a dimension. */
export const rowOf = (rows: Rows, extent: Extent): Bits =>
  extent === WHOLE ? rows.unlimited : (rows.named.get(extent) ?? rows.unlimited);

function joiningRow({ scopes }: Grants, { labels }: JoiningCluster): Bits {
  const bits = noBits(scopes.length);
  scopes.forEach(({ joining }, at) => {
    if (joining?.matches(labels)) addBit(bits, at);
  });
  return bits;
}

function rowAlong(grants: Grants, dimension: Dimension, region: Region): Bits {
  const extent = region[dimension];
  return typeof extent === "object" ? joiningRow(grants, extent) : rowOf(grants.rows[dimension], extent);
}

/**
 * Whether a permission is granted in all of a region. A region is one point in each dimension: one name, or the whole,
 * which only a scope without a limit covers. So one scope must cover all of it, and no union needs to be formed.
 */
export function coversRegion(grants: Grants, permission: Permission, region: Region): boolean {
  const granting = grants.granting.get(permission);
  if (granting === undefined) return false;
  const { dimensions } = permissionSpecs[permission];
  return meet([granting, ...dimensions.map((dimension) => rowAlong(grants, dimension, region))]);
}
