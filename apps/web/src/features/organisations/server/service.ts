import { EVERYWHERE } from "@isthmus/access";
import {
  findOrganisation,
  renameOrganisation,
  setDeletion,
  setRequiresOwnProvider,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { recordAct } from "../../audit/server";

type Context = RequestContext & PersonContext;

/** How long an organisation that is to be deleted can still be kept. */
export const deletionDelayMs = 7 * 86_400_000;

/** The role of an organisation's first member. */
export const firstOwner = { roleId: "owner", scope: EVERYWHERE } as const;

async function organisationOf(tx: OrganisationTransaction) {
  const found = await findOrganisation(tx);
  if (found === undefined) throw new AppError("not-found", "This organisation is not there any more.");
  return found;
}

/** The organisation that the session is in, as every member may know it. */
export const current = (ctx: Context) =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const { id, name, kind, createdAt, requiresOwnProvider, deletionDueAt } = await organisationOf(tx);
    return { id, name, kind, createdAt, requiresOwnProvider, deletionDueAt };
  });

/** Renames the transaction's organisation. */
export async function renameIn(tx: OrganisationTransaction, ctx: Context, name: string): Promise<void> {
  const found = await organisationOf(tx);
  if (found.name === name) return;
  await renameOrganisation(tx, name);
  await recordAct(tx, ctx, {
    action: "organisation.rename",
    target: { kind: "organisation", id: found.id, name },
    detail: { before: { name: found.name }, after: { name } },
  });
}

export const rename = (ctx: Context, name: string): Promise<void> =>
  ctx.wholeOrganisation.transaction((tx) => renameIn(tx, ctx, name));

/** Demands the organisation's own single sign-on; only who came in by it may, so that nobody locks themselves out. */
export const setSignInRule = (ctx: Context, required: boolean): Promise<void> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const { proof } = ctx.identity;
    if (required && !(proof.kind === "provider" && proof.own)) {
      throw new AppError(
        "barred",
        "Sign in through the organisation's own single sign-on first: then it is certain that it lets you in.",
      );
    }
    const found = await organisationOf(tx);
    if (found.requiresOwnProvider === required) return;
    await setRequiresOwnProvider(tx, required);
    await recordAct(tx, ctx, {
      action: "organisation.sign-in-rule",
      target: { kind: "organisation", id: found.id, name: found.name },
      detail: { before: { requiresOwnProvider: !required }, after: { requiresOwnProvider: required } },
    });
  });

/** Has the transaction's organisation deleted in seven days. */
export async function requestDeletionIn(tx: OrganisationTransaction, ctx: Context, confirmName: string): Promise<Date> {
  const found = await organisationOf(tx);
  if (found.kind === "installation") throw new AppError("invalid-input", "The installation cannot be deleted.");
  if (confirmName !== found.name) throw new AppError("invalid-input", `Type ${found.name} to delete it.`);
  const requestedAt = new Date(ctx.server.clock.now());
  const dueAt = new Date(requestedAt.getTime() + deletionDelayMs);
  if (!(await setDeletion(tx, { requestedAt, requestedBy: ctx.person.id, dueAt })))
    throw new AppError("conflict", "It is to be deleted already.");
  await recordAct(tx, ctx, {
    action: "organisation.request-deletion",
    target: { kind: "organisation", id: found.id, name: found.name },
    detail: { after: { dueAt } },
  });
  return dueAt;
}

export const requestDeletion = (ctx: Context, confirmName: string): Promise<Date> =>
  ctx.wholeOrganisation.transaction((tx) => requestDeletionIn(tx, ctx, confirmName));

/** Keeps the transaction's organisation after all. */
export async function cancelDeletionIn(tx: OrganisationTransaction, ctx: Context): Promise<void> {
  const found = await organisationOf(tx);
  if (!(await setDeletion(tx, null))) throw new AppError("conflict", "It is not to be deleted.");
  await recordAct(tx, ctx, {
    action: "organisation.keep",
    target: { kind: "organisation", id: found.id, name: found.name },
    detail: { before: { dueAt: found.deletionDueAt } },
  });
}

export const cancelDeletion = (ctx: Context): Promise<void> =>
  ctx.wholeOrganisation.transaction((tx) => cancelDeletionIn(tx, ctx));
