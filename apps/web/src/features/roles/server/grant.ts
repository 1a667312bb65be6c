import {
  builtInRoles,
  builtInRolesOf,
  compileAccess,
  permissionSpecs,
  readClusterSelector,
  widens,
  type AccessCluster,
  type BindingScope,
  type StoredRole,
} from "@isthmus/access";
import { readRolesAndClusters, type OrganisationTransaction } from "@isthmus/db";
import type { PersonContext } from "../../../server/context";
import { AppError } from "../../../server/errors";

/** A role and where it is to hold. */
export interface Grant {
  readonly roleId: string;
  readonly scope: BindingScope;
}

/** What grants are judged against. */
export interface GrantBook {
  readonly roles: readonly StoredRole[];
  readonly clusters: readonly AccessCluster[];
}

type Acting = Pick<PersonContext, "access" | "identity">;

/** The organisation's custom roles and all its clusters. */
export const readGrantBook = (tx: OrganisationTransaction): Promise<GrantBook> => readRolesAndClusters(tx);

/** The name of a role; one that is gone is called so. */
export const roleName = (roles: readonly StoredRole[], roleId: string): string =>
  [...builtInRoles, ...roles].find(({ id }) => id === roleId)?.name ?? "a role that is gone";

/** Refuses a role that does not exist here, and a scope that reaches nothing or names what there is not. */
export function checkGrant({ identity }: Acting, { roles, clusters }: GrantBook, { roleId, scope }: Grant): void {
  const kind = identity.organisationKind;
  if (![...builtInRolesOf(kind), ...roles].some(({ id }) => id === roleId))
    throw new AppError("invalid-input", "There is no such role here. Reload to see the roles that there are.");
  const limited = scope.clusters.kind !== "all" || scope.namespaces !== "all" || scope.tiers !== "all";
  if (kind === "installation" && limited)
    throw new AppError("invalid-input", "Roles of the installation hold everywhere: it has no clusters and no tiers.");
  if (scope.clusters.kind === "selector") {
    const read = readClusterSelector(scope.clusters.selector);
    if (!read.ok) {
      const why = read.error.code === "selector-blank" ? "it is empty" : read.error.diagnostics[0]?.message;
      throw new AppError("invalid-input", `The selector of clusters cannot be read: ${why ?? "it is no selector"}.`);
    }
  }
  if (scope.clusters.kind === "ids" && scope.clusters.ids.some((id) => !clusters.some((cluster) => cluster.id === id)))
    throw new AppError("invalid-input", "One of the clusters is not there any more. Reload and choose again.");
}

/** Refuses what the person does not hold themselves: nobody gives away, or brings about, more than they may do. */
export function refuseWider({ access }: Acting, book: GrantBook, grant: Grant): void {
  const holder = { kind: "person", personId: "" } as const;
  const given = compileAccess({ ...book, bindings: [{ id: "", holder, ...grant }] });
  const [first, ...others] = widens(access, given);
  if (first === undefined) return;
  const { title } = permissionSpecs[first.permission];
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  throw new AppError(
    "forbidden",
    `${roleName(book.roles, grant.roleId)} in that scope allows more than you may do yourself: “${title}”${more}. Give a smaller role or scope, or ask somebody who holds it.`,
  );
}
