import { permissions, permissionSpecs, type Permission } from "./permissions";

/** A role: a set of permissions that is bound to people and groups. */
export interface RoleDefinition {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly builtIn: boolean;
}

/** A role as it is stored: it may name permissions that there no longer are. */
export interface StoredRole {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly string[];
}

/** Kinds of organisations; that of the installation has members and providers, and no clusters. */
export type OrganisationKind = "ordinary" | "installation";

const builtIn = (id: string, name: string, held: readonly Permission[]): RoleDefinition => ({
  id,
  name,
  permissions: held,
  builtIn: true,
});

const reads = permissions.filter((permission) => permissionSpecs[permission].verb === "read");

const ordinary: readonly RoleDefinition[] = [
  builtIn(
    "owner",
    "Owner",
    permissions.filter((permission) => permission !== "installation.manage"),
  ),
  builtIn("platform-operator", "Platform operator", [
    "clusters.read",
    "clusters.connect",
    "clusters.manage",
    "clusters.delete",
    "inventory.read",
    "flows.read",
    "tiers.read",
    "policies.read",
    "publications.read",
    "publications.approve",
    "members.read",
    "audit.read",
    "tokens.create",
  ]),
  builtIn("security-engineer", "Security engineer", [
    "clusters.read",
    "inventory.read",
    "flows.read",
    "tiers.read",
    "tiers.manage",
    "policies.read",
    "policies.write",
    "policies.apply",
    "publications.read",
    "publications.approve",
    "members.read",
    "audit.read",
    "tokens.create",
  ]),
  builtIn("tier-editor", "Tier editor", [
    "clusters.read",
    "inventory.read",
    "flows.read",
    "tiers.read",
    "policies.read",
    "policies.write",
    "policies.apply",
    "publications.read",
    "tokens.create",
  ]),
  builtIn("auditor", "Auditor", [...reads, "tokens.create"]),
  builtIn("viewer", "Viewer", [
    "clusters.read",
    "inventory.read",
    "flows.read",
    "tiers.read",
    "policies.read",
    "publications.read",
  ]),
];

const installation: readonly RoleDefinition[] = [
  builtIn("installation-administrator", "Installation administrator", [
    "installation.manage",
    "members.read",
    "members.manage",
    "roles.read",
    "roles.manage",
    "providers.read",
    "providers.manage",
    "tokens.create",
    "tokens.read",
    "tokens.manage",
    "audit.read",
    "audit.export",
  ]),
];

/** The roles that every organisation has; their ids are words, those of custom roles are not. */
export const builtInRoles: readonly RoleDefinition[] = [...ordinary, ...installation];

/** The built-in roles that can be bound in an organisation of a kind. */
export const builtInRolesOf = (kind: OrganisationKind): readonly RoleDefinition[] =>
  kind === "installation" ? installation : ordinary;
