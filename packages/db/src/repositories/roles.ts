import type { Prisma, Role as Row } from "../generated/client";
import { prismaOf, type OrganisationTransaction } from "../transaction";
import { readScope, type StoredBinding, type StoredScope } from "./access-source";

/** A role of the organisation's own. */
export interface CustomRole {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const roleOf = ({ id, name, description, permissions, createdAt, updatedAt }: Row): CustomRole => ({
  id,
  name,
  description,
  permissions,
  createdAt,
  updatedAt,
});

/** The organisation's own roles by name. */
export async function listCustomRoles(tx: OrganisationTransaction): Promise<readonly CustomRole[]> {
  return (await prismaOf(tx).role.findMany({ orderBy: [{ name: "asc" }, { id: "asc" }] })).map(roleOf);
}

/** One of the organisation's own roles, locked until the transaction ends. */
export async function findCustomRole(tx: OrganisationTransaction, id: string): Promise<CustomRole | undefined> {
  await prismaOf(tx).$queryRaw`select 1 as one from role where id = ${id}::uuid for update`;
  const row = await prismaOf(tx).role.findFirst({ where: { id } });
  return row === null ? undefined : roleOf(row);
}

/** What a role is called and carries. */
export interface RoleText {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
}

/** Makes a role; `unique-violation` where the name is in use. */
export async function createCustomRole(
  tx: OrganisationTransaction,
  { permissions, at, ...role }: RoleText & { readonly id: string; readonly createdBy: string; readonly at: Date },
): Promise<void> {
  await prismaOf(tx).role.create({
    data: { ...role, permissions: [...permissions], organisationId: tx.organisationId, createdAt: at, updatedAt: at },
  });
}

/** Changes a role; whoever holds it has what it carries from then on. */
export async function updateCustomRole(
  tx: OrganisationTransaction,
  { id, permissions, at, ...text }: RoleText & { readonly id: string; readonly at: Date },
): Promise<void> {
  await prismaOf(tx).role.updateMany({
    where: { id },
    data: { ...text, permissions: [...permissions], updatedAt: at },
  });
}

/** Deletes a role. */
export async function deleteCustomRole(tx: OrganisationTransaction, id: string): Promise<void> {
  await prismaOf(tx).role.deleteMany({ where: { id } });
}

/** By how many bindings, open invitations and live tokens each role is used; roles that nothing uses are left out. */
export async function countRoleUses(tx: OrganisationTransaction, now: Date): Promise<ReadonlyMap<string, RoleUses>> {
  const rows = await prismaOf(tx).$queryRaw<{ role_id: string; kind: keyof RoleUses; uses: bigint }[]>`
    select role_id, 'bindings' as kind, count(*) as uses from role_binding group by role_id
    union all
    select role_id, 'invitations', count(*) from invitation
    where accepted_at is null and revoked_at is null and expires_at > ${now} group by role_id
    union all
    select role_id, 'tokens', count(*) from api_token where revoked_at is null and expires_at > ${now} group by role_id`;
  const uses = new Map<string, RoleUses>();
  for (const { role_id: roleId, kind, uses: count } of rows) {
    uses.set(roleId, { ...(uses.get(roleId) ?? { bindings: 0, invitations: 0, tokens: 0 }), [kind]: Number(count) });
  }
  return uses;
}

/** What uses a role. */
export interface RoleUses {
  readonly bindings: number;
  readonly invitations: number;
  readonly tokens: number;
}

/** A binding with what pages show of it. */
export interface BindingRecord extends StoredBinding {
  readonly holderName: string;
  readonly holderEmail: string;
  readonly origin: string;
  readonly createdAt: Date;
  readonly createdByName: string;
}

interface BindingRow {
  readonly id: string;
  readonly role_id: string;
  readonly person_id: string | null;
  readonly provider_id: string | null;
  readonly group_name: string | null;
  readonly scope: unknown;
  readonly origin: string;
  readonly created_at: Date;
  readonly holder_name: string | null;
  readonly holder_email: string | null;
  readonly created_by_name: string | null;
}

/** Bindings of the organisation, oldest first: all, or one by its id. */
export async function listBindings(tx: OrganisationTransaction, id?: string): Promise<readonly BindingRecord[]> {
  const rows = await prismaOf(tx).$queryRaw<BindingRow[]>`
    select b.id::text, b.role_id, b.person_id::text, b.provider_id::text, b.group_name, b.scope, b.origin, b.created_at,
           coalesce(p.display_name, i.name) as holder_name, p.email as holder_email, c.display_name as created_by_name
    from role_binding b
    left join person p on p.id = b.person_id
    left join person c on c.id = b.created_by
    left join identity_provider i on i.id = b.provider_id
    where ${id ?? null}::uuid is null or b.id = ${id ?? null}::uuid
    order by b.created_at, b.id`;
  return rows.map((row) => ({
    id: row.id,
    roleId: row.role_id,
    holder:
      row.person_id === null
        ? { kind: "group", providerId: row.provider_id ?? "", group: row.group_name ?? "" }
        : { kind: "person", personId: row.person_id },
    scope: readScope(row.scope),
    holderName: row.holder_name ?? "",
    holderEmail: row.holder_email ?? "",
    origin: row.origin,
    createdAt: row.created_at,
    createdByName: row.created_by_name ?? "",
  }));
}

/** A role to be given. */
export interface NewBinding {
  readonly id: string;
  readonly roleId: string;
  readonly holder: StoredBinding["holder"];
  readonly scope: StoredScope;
  readonly createdBy: string | null;
  /** "app" where it is not said. */
  readonly origin?: "app" | "file";
  readonly at: Date;
}

/** Gives a role. */
export async function createBinding(tx: OrganisationTransaction, binding: NewBinding): Promise<void> {
  const { id, roleId, holder, scope, createdBy, at, origin = "app" } = binding;
  await prismaOf(tx).roleBinding.create({
    data: {
      id,
      organisationId: tx.organisationId,
      roleId,
      ...(holder.kind === "person"
        ? { personId: holder.personId }
        : { providerId: holder.providerId, groupName: holder.group }),
      scope: scope as unknown as Prisma.InputJsonObject,
      createdBy,
      origin,
      createdAt: at,
    },
  });
}

/** Takes a role back; false where there was no such binding. */
export async function deleteBinding(tx: OrganisationTransaction, id: string): Promise<boolean> {
  return (await prismaOf(tx).roleBinding.deleteMany({ where: { id } })).count > 0;
}
