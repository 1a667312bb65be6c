import { findActiveMember } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { makePasswordLink, takeSecondFactorOf, type PasswordLink } from "../../sign-in/server";

type Context = RequestContext & PersonContext;

async function helped(ctx: Context, personId: string) {
  const member = await ctx.wholeOrganisation.transaction((tx) => findActiveMember(tx, personId));
  if (member === undefined) throw new AppError("not-found", "This person is not a member here, or is shut out.");
  return { personId, email: member.email };
}

/** Takes the second factor of a member away who has lost it. */
export const takeSecondFactorFrom = async (ctx: Context, personId: string): Promise<void> =>
  takeSecondFactorOf(ctx, await helped(ctx, personId));

/** Makes a link by which a member gives themselves a new password. */
export const passwordLinkFor = async (ctx: Context, personId: string): Promise<PasswordLink> =>
  makePasswordLink(ctx, await helped(ctx, personId));
