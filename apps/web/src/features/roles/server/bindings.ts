import { randomUUID } from "node:crypto";
import { compileAccess, describeScope, type BindingScope } from "@isthmus/access";
import {
  createBinding,
  deleteBinding,
  findActiveMember,
  listBindings,
  type BindingRecord,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { recordAct } from "../../audit/server";
import { checkGrant, readGrantBook, refuseWider, roleName, type GrantBook } from "./grant";
import type { BindInput } from "./inputs";
import { keepingAnOwner } from "./last-owner";

type Context = RequestContext & PersonContext;

const holderOf = ({ holder, holderName, holderEmail }: BindingRecord) =>
  holder.kind === "person"
    ? { kind: holder.kind, personId: holder.personId, displayName: holderName, email: holderEmail }
    : { kind: holder.kind, providerId: holder.providerId, providerName: holderName, group: holder.group };

/** How many clusters a scope reaches at this moment. */
function clustersNow(scope: BindingScope, { clusters }: GrantBook): number {
  const holder = { kind: "person", personId: "" } as const;
  const access = compileAccess({ bindings: [{ id: "", roleId: "viewer", holder, scope }], roles: [], clusters });
  const found = access.clusters("clusters.read");
  return found === "all" ? clusters.length : found.size;
}

const shown = (record: BindingRecord, book: GrantBook) => ({
  id: record.id,
  roleId: record.roleId,
  roleName: roleName(book.roles, record.roleId),
  holder: holderOf(record),
  scope: record.scope,
  /** The scope in words. */
  scopeText: describeScope(record.scope, book.clusters),
  /** Clusters that the scope reaches now; a selector may reach others later. */
  clustersNow: clustersNow(record.scope, book),
  origin: record.origin,
  createdAt: record.createdAt,
  createdByName: record.createdByName,
});

/** Who holds which role where. */
export const bindings = (ctx: Context) =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const book = await readGrantBook(tx);
    return (await listBindings(tx)).map((record) => shown(record, book));
  });

async function refuseUnknownHolder(tx: OrganisationTransaction, { holder }: BindInput): Promise<void> {
  if (holder.kind === "person" && (await findActiveMember(tx, holder.personId)) === undefined)
    throw new AppError("not-found", "This person is not a member here, or is shut out.");
}

/** Gives a role to a person or a provider's group; it counts at once. */
export async function bind(ctx: Context, input: BindInput): Promise<{ id: string }> {
  const id = randomUUID();
  return ctx.wholeOrganisation.transaction(async (tx) => {
    const book = await readGrantBook(tx);
    checkGrant(ctx, book, input);
    refuseWider(ctx, book, input);
    await refuseUnknownHolder(tx, input);
    const at = new Date(ctx.server.clock.now());
    await createBinding(tx, { ...input, id, createdBy: ctx.person.id, at });
    const [made] = await listBindings(tx, id);
    await recordAct(tx, ctx, {
      action: "role.bind",
      target: targetOf(made),
      detail: { after: made && { role: roleName(book.roles, made.roleId), scope: made.scope, holder: made.holder } },
    });
    return { id };
  });
}

/** Takes a role back; it counts at once. */
export const unbind = (ctx: Context, id: string): Promise<void> =>
  ctx.wholeOrganisation.transaction((tx) =>
    keepingAnOwner(tx, ctx.identity.organisationKind, async () => {
      const book = await readGrantBook(tx);
      const [found] = await listBindings(tx, id);
      if (found === undefined) throw new AppError("not-found", "This binding is not there any more.");
      if (found.origin === "file")
        throw new AppError("barred", "This binding is in the configuration file. Take it out there.");
      await deleteBinding(tx, id);
      await recordAct(tx, ctx, {
        action: "role.unbind",
        target: targetOf(found),
        detail: { before: { role: roleName(book.roles, found.roleId), scope: found.scope, holder: found.holder } },
      });
    }),
  );

/** A binding is known by its holder; which role it gives where is in the detail. */
const targetOf = (record: BindingRecord | undefined) => ({
  kind: "binding",
  id: record?.id ?? "",
  name: record?.holder.kind === "group" ? record.holder.group : (record?.holderEmail ?? ""),
});
