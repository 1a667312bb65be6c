import { isPermission, type Permission } from "./permissions";
import type { AccessProblem } from "./problem";
import { builtInRoles, type StoredRole } from "./roles";

/** A role as it counts: what it is called and what it grants. */
export interface KnownRole {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** The roles that bindings can name, and what of the stored ones does not count. */
export interface RoleBook {
  readonly roles: ReadonlyMap<string, KnownRole>;
  readonly problems: readonly AccessProblem[];
}

/** Permissions that no custom role carries: the installation's are its built-in role's alone. */
const BUILT_IN_ONLY: ReadonlySet<string> = new Set<Permission>(["installation.manage"]);

/** What of a stored role's permission does not count, if anything. */
function problemOf(role: StoredRole, permission: string): AccessProblem | undefined {
  const who = { roleId: role.id };
  if (!isPermission(permission)) {
    return {
      ...who,
      code: "permission-unknown",
      message: `role \`${role.name}\` names \`${permission}\`, which is no permission`,
    };
  }
  if (!BUILT_IN_ONLY.has(permission)) return undefined;
  const message = `role \`${role.name}\` names \`${permission}\`, which no custom role can carry`;
  return { ...who, code: "permission-reserved", message };
}

/** Reads stored roles beside the built-in ones, which a stored role of the same id does not replace. */
export function readRoles(stored: readonly StoredRole[]): RoleBook {
  const roles = new Map<string, KnownRole>(builtInRoles.map((role) => [role.id, role]));
  const builtIn = new Set(roles.keys());
  const problems: AccessProblem[] = [];
  for (const role of stored) {
    if (builtIn.has(role.id)) continue;
    const found = role.permissions.flatMap((permission) => problemOf(role, permission) ?? []);
    problems.push(...found);
    const held = role.permissions.filter(isPermission).filter((permission) => !BUILT_IN_ONLY.has(permission));
    roles.set(role.id, { name: role.name, permissions: held });
  }
  return { roles, problems };
}
