import { randomUUID } from "node:crypto";
import {
  createOrganisation,
  lockAndCountMembers,
  readOrganisations,
  revokeInvitations,
  type ListedOrganisation,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { recordAct } from "../../audit/server";
import { makeInvitation, type InvitationLink } from "../../members/server";
import { cancelDeletionIn, firstOwner, renameIn, requestDeletionIn } from "./service";

type Context = RequestContext & PersonContext;

/** The organisations of the installation from outside. */
export const organisations = (ctx: Context): Promise<readonly ListedOrganisation[]> =>
  ctx.wholeOrganisation.transaction(readOrganisations);

export interface NewOrganisation {
  readonly name: string;
  readonly ownerEmail: string;
}

const firstLinkDays = 14;

/** Makes an empty organisation and the link by which its first owner joins. */
export async function create(ctx: Context, { name, ownerEmail }: NewOrganisation): Promise<InvitationLink> {
  const id = randomUUID();
  const target = { kind: "organisation", id, name };
  const detail = { after: { name, firstOwner: ownerEmail } };
  await ctx.wholeOrganisation.transaction(async (tx) => {
    await createOrganisation(tx, { id, name });
    await recordAct(tx, ctx, { action: "organisation.add", target, detail });
  });
  return ctx.server.database.forOrganisation(id).transaction(async (tx) => {
    const terms = { ...firstOwner, email: ownerEmail, days: firstLinkDays, createdBy: null };
    const link = await makeInvitation(tx, ctx, terms);
    await recordAct(tx, ctx, { action: "organisation.add", target, detail });
    return link;
  });
}

/** Makes another link for the first owner of an organisation that nobody has joined yet; earlier ones end. */
export async function inviteFirstOwner(
  ctx: Context,
  { id, email }: { id: string; email: string },
): Promise<InvitationLink> {
  const { link, name } = await inOrganisation(ctx, id, async (tx, organisation) => {
    if ((await lockAndCountMembers(tx)) > 0)
      throw new AppError("forbidden", "It has members: who belongs to it is decided by its owners.");
    await revokeInvitations(tx, { createdBy: null, at: new Date(ctx.server.clock.now()) });
    const made = await makeInvitation(tx, ctx, { ...firstOwner, email, days: firstLinkDays, createdBy: null });
    await recordAct(tx, ctx, {
      action: "member.invite",
      target: { kind: "invitation", id: made.id, name: email },
      detail: { after: { role: "Owner", expiresAt: made.expiresAt } },
    });
    return { link: made, name: organisation.name };
  });
  await noteOutside(ctx, { action: "organisation.invite-owner", organisationId: id }, name);
  return link;
}

/**
 * Acts on an organisation from outside: it must be one that the installation has. What is done is written into its audit
 * log, and into the installation's.
 */
async function inOrganisation<T>(
  ctx: Context,
  id: string,
  work: (tx: OrganisationTransaction, organisation: ListedOrganisation) => Promise<T>,
): Promise<T> {
  const organisation = (await organisations(ctx)).find((each) => each.id === id);
  if (organisation === undefined) throw new AppError("not-found", "This organisation is not there any more.");
  return ctx.server.database.forOrganisation(id).transaction((tx) => work(tx, organisation));
}

interface Outside {
  readonly action: string;
  readonly organisationId: string;
}

/** The same act in the installation's own log. */
const noteOutside = (ctx: Context, { action, organisationId }: Outside, name: string): Promise<void> =>
  ctx.wholeOrganisation.transaction((tx) =>
    recordAct(tx, ctx, { action, target: { kind: "organisation", id: organisationId, name } }),
  );

export async function renameOther(ctx: Context, { organisationId, name }: { organisationId: string; name: string }) {
  await inOrganisation(ctx, organisationId, (tx) => renameIn(tx, ctx, name));
  await noteOutside(ctx, { action: "organisation.rename", organisationId }, name);
}

export async function requestDeletionOf(
  ctx: Context,
  { organisationId, confirmName }: { organisationId: string; confirmName: string },
): Promise<Date> {
  const dueAt = await inOrganisation(ctx, organisationId, (tx) => requestDeletionIn(tx, ctx, confirmName));
  await noteOutside(ctx, { action: "organisation.request-deletion", organisationId }, confirmName);
  return dueAt;
}

export async function cancelDeletionOf(ctx: Context, organisationId: string): Promise<void> {
  const name = await inOrganisation(ctx, organisationId, async (tx, organisation) => {
    await cancelDeletionIn(tx, ctx);
    return organisation.name;
  });
  await noteOutside(ctx, { action: "organisation.keep", organisationId }, name);
}
