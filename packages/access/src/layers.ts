import type { RoleBinding } from "./binding";
import { indexGrants, type Grant, type Grants } from "./grants";
import { isPermission, permissionSpecs, type Permission } from "./permissions";
import { scopeErrorText, type AccessProblem } from "./problem";
import { readRoles, type RoleBook } from "./role-book";
import type { StoredRole } from "./roles";
import { scopeResolver, type AccessCluster, type BindingScope, type ScopeResolver } from "./scope";

/** Everything that the access of one person or token in one organisation follows from. */
export interface AccessInput {
  /** Those that the subject holds, its own and its groups'. */
  readonly bindings: readonly RoleBinding[];
  /** Custom roles; the built-in ones are known. */
  readonly roles: readonly StoredRole[];
  /** Those of the organisation that are not deleted. */
  readonly clusters: readonly AccessCluster[];
  /** What a token was limited to when it was made: access is what is in both. */
  readonly ceiling?: Ceiling;
  /** "View as": changes are refused. */
  readonly readOnly?: boolean;
}

/** The most that a token can do, whatever its holder can. */
export interface Ceiling {
  readonly roleId: string;
  readonly scope: BindingScope;
}

/** What was read of an input. What counts is granted in every layer: the bindings', and the ceiling's where there is one. */
export interface Layers {
  readonly grants: readonly Grants[];
  readonly readOnly: boolean;
  readonly problems: readonly AccessProblem[];
}

interface Reader {
  readonly book: RoleBook;
  readonly resolve: ScopeResolver;
  readonly problems: AccessProblem[];
}

/** What a role within a scope grants; nothing, and a problem, where one of the two means nothing. */
function readGrant(reader: Reader, given: Ceiling & { readonly id?: string }): readonly Grant[] {
  const about = { ...(given.id === undefined ? {} : { bindingId: given.id }), roleId: given.roleId };
  const role = reader.book.roles.get(given.roleId);
  if (!role) {
    reader.problems.push({ ...about, code: "role-unknown", message: "its role does not exist" });
    return [];
  }
  const scope = reader.resolve(given.scope);
  if (scope.ok) return [{ scope: scope.value, permissions: role.permissions }];
  reader.problems.push({ ...about, code: scope.error.code, message: scopeErrorText(scope.error) });
  return [];
}

const orderOf = ({ bindingId = "", roleId = "", code, message }: AccessProblem): string =>
  JSON.stringify([bindingId, roleId, code, message]);

function compareProblems(a: AccessProblem, b: AccessProblem): number {
  const [left, right] = [orderOf(a), orderOf(b)];
  return left < right ? -1 : Number(left > right);
}

/** Whether a permission can be granted at all: "view as" leaves no changes. */
export const isOpen = ({ readOnly }: Layers, permission: Permission): boolean =>
  isPermission(permission) && !(readOnly && permissionSpecs[permission].verb === "change");

/** Reads an input. Whatever means nothing grants nothing and is a problem; a ceiling that means nothing leaves nothing. */
export function readLayers(input: AccessInput): Layers {
  const book = readRoles(input.roles);
  const reader: Reader = { book, resolve: scopeResolver(input.clusters), problems: [...book.problems] };
  const grants = [indexGrants(input.bindings.flatMap((binding) => readGrant(reader, binding)))];
  if (input.ceiling) grants.push(indexGrants(readGrant(reader, input.ceiling)));
  return { grants, readOnly: input.readOnly ?? false, problems: reader.problems.sort(compareProblems) };
}
