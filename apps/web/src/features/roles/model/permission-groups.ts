import { builtInRolesOf, permissions, permissionSpecs, type OrganisationKind, type Permission } from "@isthmus/access";

/** Permissions of one noun, as the grid of a role shows them. */
export interface PermissionGroup {
  readonly noun: string;
  readonly title: string;
  readonly permissions: readonly Permission[];
  /** By what they can be limited, in words. */
  readonly limits: string;
}

const titles: Readonly<Record<string, string>> = {
  organisation: "Organisation",
  members: "Members",
  roles: "Roles",
  providers: "Single sign-on",
  tokens: "API tokens",
  audit: "Audit log",
  clusters: "Clusters",
  inventory: "Inventory",
  flows: "Flows and graph",
  publications: "Publications",
  tiers: "Tiers",
  policies: "Policies",
  installation: "Installation",
};

const nounOf = (permission: Permission): string => permission.slice(0, permission.indexOf("."));

function limitsOf(permission: Permission): string {
  const { dimensions } = permissionSpecs[permission];
  return dimensions.length === 0 ? "whole organisation" : `by ${dimensions.join(", ")}`;
}

/** The permissions by noun, in the order in which they are defined. */
export function permissionGroups(shown: readonly Permission[] = permissions): readonly PermissionGroup[] {
  const nouns = [...new Set(shown.map(nounOf))];
  return nouns.flatMap((noun) => {
    const held = shown.filter((permission) => nounOf(permission) === noun);
    const first = held[0];
    return first === undefined
      ? []
      : [{ noun, title: titles[noun] ?? noun, permissions: held, limits: limitsOf(first) }];
  });
}

/** The permissions that a role can carry in an organisation of a kind. */
export const grantableIn = (kind: OrganisationKind): readonly Permission[] => {
  const carriedThere = new Set(builtInRolesOf(kind).flatMap((role) => role.permissions));
  return permissions.filter((permission) => carriedThere.has(permission));
};

/** "27 of 27", "6 of 27": how much a role carries. */
export const carried = (held: number, all: number): string => (held === all ? `all ${all}` : `${held} of ${all}`);

/** Ticks or clears one permission, in the order in which they are defined. */
export const togglePermission = (held: readonly Permission[], permission: Permission): readonly Permission[] =>
  permissions.filter((each) => (each === permission ? !held.includes(each) : held.includes(each)));

/** Warns of a choice that does nothing: policies cannot be touched in a tier that cannot be read. */
export function roleWarnings(held: readonly Permission[]): readonly string[] {
  const policies = held.filter((permission) => nounOf(permission) === "policies");
  const warnings: string[] = [];
  if (policies.length > 0 && !held.includes("tiers.read"))
    warnings.push("Policies need “See tiers” too: whoever cannot see a tier cannot touch its policies.");
  if (policies.includes("policies.apply") && !held.includes("policies.read"))
    warnings.push("“Apply policies” without “See policies” can be used through the API alone.");
  return warnings;
}
