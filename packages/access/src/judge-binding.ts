import { forbiddenLimits } from "./grants";
import { permissionSpecs, type Dimension, type Permission } from "./permissions";
import type { Region } from "./region";
import type { RoleBook } from "./role-book";
import { reaches, type BindingScope, type ScopeError, type ScopeResolver } from "./scope";

/** Why a role within a scope does not grant a permission in all of some regions. */
export type Shortfall =
  | { readonly code: "role-unknown" }
  | { readonly code: "role-lacks-permission" }
  | { readonly code: "scope-void"; readonly error: ScopeError }
  /** Limited in a dimension that the permission has not, and that it must not be limited in. */
  | { readonly code: "scope-limited"; readonly dimension: Dimension }
  | { readonly code: "scope-leaves-out"; readonly dimension: Dimension; readonly regions: readonly Region[] };

/** What one binding, or a ceiling, is to a permission in some regions. */
export interface Judgement {
  /** Those in which it grants the permission by itself. */
  readonly granted: readonly Region[];
  /** What is wrong with it for the others; never empty where there are others. */
  readonly shortfalls: readonly Shortfall[];
}

/** A question and what is needed to judge a binding by it. */
export interface Question {
  readonly book: RoleBook;
  readonly resolve: ScopeResolver;
  readonly permission: Permission;
  readonly regions: readonly Region[];
}

const nothing = (shortfall: Shortfall): Judgement => ({ granted: [], shortfalls: [shortfall] });

/** Judges one role within one scope, dimension by dimension: slower than the index, and it says why. */
export function judgeBinding(
  { book, resolve, permission, regions }: Question,
  given: { readonly roleId: string; readonly scope: BindingScope },
): Judgement {
  const role = book.roles.get(given.roleId);
  if (!role) return nothing({ code: "role-unknown" });
  if (!role.permissions.includes(permission)) return nothing({ code: "role-lacks-permission" });
  const resolved = resolve(given.scope);
  if (!resolved.ok) return nothing({ code: "scope-void", error: resolved.error });
  const scope = resolved.value;
  const spec = permissionSpecs[permission];
  const limited = forbiddenLimits(spec, scope);
  const leftOut = spec.dimensions.flatMap((dimension) => {
    const missed = regions.filter((region) => !reaches(scope, dimension, region[dimension]));
    return missed.length === 0 ? [] : [{ code: "scope-leaves-out" as const, dimension, regions: missed }];
  });
  const isLeftOut = (region: Region): boolean => leftOut.some((each) => each.regions.includes(region));
  const granted = limited.length > 0 ? [] : regions.filter((region) => !isLeftOut(region));
  return {
    granted,
    shortfalls: [...limited.map((dimension): Shortfall => ({ code: "scope-limited", dimension })), ...leftOut],
  };
}
