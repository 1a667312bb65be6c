import { randomUUID } from "node:crypto";
import { builtInRolesOf, permissions, permissionSpecs } from "@isthmus/access";
import {
  countRoleUses,
  createCustomRole,
  DatabaseError,
  deleteCustomRole,
  findCustomRole,
  listBindings,
  listCustomRoles,
  updateCustomRole,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { recordAct } from "../../audit/server";
import { readGrantBook, refuseWider } from "./grant";
import type { RoleInput } from "./inputs";

type Context = RequestContext & PersonContext;

const builtInDescriptions: Readonly<Record<string, string>> = {
  owner: "Everything in the organisation, its members and roles included.",
  "platform-operator": "Connects clusters and keeps them healthy.",
  "security-engineer": "Writes and rolls out policy in every tier.",
  "tier-editor": "Writes and applies policies, usually in some tiers or namespaces.",
  auditor: "Sees everything and changes nothing; exports the audit log.",
  viewer: "Sees clusters, flows and policies.",
  "installation-administrator": "Organisations, their providers and administrators; nothing inside organisations.",
};

/** The built-in roles of this kind of organisation, and its own; who may not see roles sees of those the ones they hold. */
export const roles = (ctx: Context) =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const seesAll = ctx.access.may("roles.read");
    const custom = (await listCustomRoles(tx)).filter(({ name }) => seesAll || ctx.authority.roles.includes(name));
    const uses = seesAll ? await countRoleUses(tx, new Date(ctx.server.clock.now())) : new Map<string, object>();
    const used = (id: string) => ({ bindings: 0, invitations: 0, tokens: 0, ...uses.get(id) });
    return [
      ...builtInRolesOf(ctx.identity.organisationKind).map((role) => ({
        id: role.id,
        name: role.name,
        builtIn: true,
        description: builtInDescriptions[role.id] ?? "",
        permissions: [...role.permissions],
        ...used(role.id),
      })),
      ...custom.map((role) => ({
        id: role.id,
        name: role.name,
        builtIn: false,
        description: role.description,
        permissions: permissions.filter((permission) => role.permissions.includes(permission)),
        ...used(role.id),
      })),
    ];
  });

/** Every permission in words. */
export const permissionCatalogue = () =>
  permissions.map((permission) => ({ permission, ...permissionSpecs[permission] }));

const unlessTaken = (error: unknown): never => {
  if (error instanceof DatabaseError && error.code === "unique-violation")
    throw new AppError("conflict", "There is a role of this name. Choose another.");
  throw error;
};

function refuseName({ identity }: Context, { name, permissions: carried }: RoleInput): void {
  const builtIn = builtInRolesOf(identity.organisationKind);
  if (builtIn.some((role) => role.name.toLowerCase() === name.toLowerCase()))
    throw new AppError("conflict", "A built-in role has this name. Choose another.");
  const known = new Set(builtIn.flatMap((role) => role.permissions));
  const foreign = permissions.find(
    (each) => carried.includes(each) && (!known.has(each) || each === "installation.manage"),
  );
  if (foreign !== undefined) throw new AppError("invalid-input", `No role of one's own can carry ${foreign} here.`);
}

/** Makes a role; it counts for nobody until it is bound. */
export async function createRole(ctx: Context, input: RoleInput): Promise<{ id: string }> {
  refuseName(ctx, input);
  const id = randomUUID();
  const at = new Date(ctx.server.clock.now());
  await ctx.wholeOrganisation
    .transaction(async (tx) => {
      await createCustomRole(tx, { ...input, id, createdBy: ctx.person.id, at });
      await recordAct(tx, ctx, {
        action: "role.create",
        target: { kind: "role", id, name: input.name },
        detail: { after: input },
      });
    })
    .catch(unlessTaken);
  return { id };
}

/** Nobody raises a role that somebody holds above what they may do where it is held. */
async function refuseRaising(tx: OrganisationTransaction, ctx: Context, input: RoleInput & { id: string }) {
  const book = await readGrantBook(tx);
  const changed = {
    ...book,
    roles: book.roles.map((role) => (role.id === input.id ? { ...role, permissions: input.permissions } : role)),
  };
  for (const { roleId, scope } of await listBindings(tx)) {
    if (roleId === input.id) refuseWider(ctx, changed, { roleId, scope });
  }
}

/** Changes a role; whoever holds it may do what it carries from then on. */
export async function updateRole(ctx: Context, input: RoleInput & { id: string }): Promise<void> {
  refuseName(ctx, input);
  await ctx.wholeOrganisation
    .transaction(async (tx) => {
      const found = await findCustomRole(tx, input.id);
      if (found === undefined) throw new AppError("not-found", "This role is not there any more.");
      await refuseRaising(tx, ctx, input);
      await updateCustomRole(tx, { ...input, at: new Date(ctx.server.clock.now()) });
      const { name, description, permissions: carried } = found;
      await recordAct(tx, ctx, {
        action: "role.update",
        target: { kind: "role", id: input.id, name: input.name },
        detail: {
          before: { name, description, permissions: carried },
          after: { name: input.name, description: input.description, permissions: input.permissions },
        },
      });
    })
    .catch(unlessTaken);
}

/** Deletes a role that nothing uses. */
export const deleteRole = (ctx: Context, id: string): Promise<void> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const found = await findCustomRole(tx, id);
    if (found === undefined) throw new AppError("not-found", "This role is not there any more.");
    const uses = (await countRoleUses(tx, new Date(ctx.server.clock.now()))).get(id);
    if (uses !== undefined) {
      throw new AppError(
        "conflict",
        `This role is used by ${uses.bindings} bindings, ${uses.invitations} open invitations and ${uses.tokens} tokens. Take it back there first.`,
      );
    }
    await deleteCustomRole(tx, id);
    await recordAct(tx, ctx, {
      action: "role.delete",
      target: { kind: "role", id, name: found.name },
      detail: { before: { name: found.name, description: found.description, permissions: found.permissions } },
    });
  });
