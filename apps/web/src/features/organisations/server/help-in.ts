import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { makePasswordLink, takeSecondFactorOf, type PasswordLink } from "../../sign-in/server";

type Context = RequestContext & PersonContext;

/** The installation knows people of organisations by nothing but an address that somebody says. */
async function helped({ server }: Context, email: string) {
  const person = await server.database.lookups.findPersonByEmail(email);
  if (person === undefined) throw new AppError("not-found", "Nobody who can sign in has this address.");
  return { personId: person.personId, email: person.email };
}

/** Takes the second factor of an account away, whatever organisations it belongs to. */
export const takeSecondFactorByEmail = async (ctx: Context, email: string): Promise<void> =>
  takeSecondFactorOf(ctx, await helped(ctx, email));

/** Makes a link by which the owner of an address gives themselves a new password. */
export const passwordLinkByEmail = async (ctx: Context, email: string): Promise<PasswordLink> =>
  makePasswordLink(ctx, await helped(ctx, email));
