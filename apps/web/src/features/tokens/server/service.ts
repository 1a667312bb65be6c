import { randomUUID } from "node:crypto";
import { createApiToken, findApiTokenById, listApiTokens, listCustomRoles, revokeApiToken } from "@isthmus/db";
import { z } from "zod";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { hashSecret, newSecret } from "../../../server/random-secret";
import { apiTokenPrefix } from "../../../server/session-token";
import { recordAct } from "../../audit/server";
import { checkGrant, grantInput, readGrantBook, roleName } from "../../roles/server";

type Context = RequestContext & PersonContext;

const dayMs = 86_400_000;

/** What a token is for, for how many days, and the most that it may do. */
export const newTokenInput = z.object({
  name: z.string().trim().min(1, "Say what the token is for.").max(100),
  days: z.number().int().min(1).max(365, "A token lives at most a year.").default(90),
  ...grantInput,
});
export type NewTokenInput = z.infer<typeof newTokenInput>;

export const whoseInput = z.object({ whose: z.enum(["own", "all"]).default("own") });

/** Tokens, one's own or everybody's. */
export async function tokens(ctx: Context, whose: "own" | "all") {
  if (whose === "all") ctx.authorize("tokens.read", { kind: "organisation" });
  return ctx.wholeOrganisation.transaction(async (tx) => {
    const roles = await listCustomRoles(tx);
    const found = await listApiTokens(tx, whose === "own" ? { personId: ctx.person.id } : {});
    return found.map((token) => ({
      ...token,
      roleName: roleName(roles, token.roleId),
      own: token.personId === ctx.person.id,
    }));
  });
}

/** Makes a token and gives its secret, this once. What it may do is never more than its owner may at that moment. */
export async function createToken(ctx: Context, input: NewTokenInput) {
  const id = randomUUID();
  const secret = `${apiTokenPrefix}${newSecret()}`;
  const createdAt = new Date(ctx.server.clock.now());
  const expiresAt = new Date(createdAt.getTime() + input.days * dayMs);
  await ctx.wholeOrganisation.transaction(async (tx) => {
    const book = await readGrantBook(tx);
    checkGrant(ctx, book, input);
    const { name, roleId, scope } = input;
    const secretHash = hashSecret(secret);
    await createApiToken(tx, { id, personId: ctx.person.id, name, secretHash, roleId, scope, createdAt, expiresAt });
    await recordAct(tx, ctx, {
      action: "token.create",
      target: { kind: "token", id, name },
      detail: { after: { role: roleName(book.roles, roleId), scope, expiresAt } },
    });
  });
  return { id, secret, expiresAt };
}

/** Ends a token: one's own, or with tokens.manage anybody's. */
export const revokeToken = (ctx: Context, id: string): Promise<void> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const found = await findApiTokenById(tx, id);
    const own = found?.personId === ctx.person.id;
    const seen = own || ctx.access.may("tokens.read") || ctx.access.may("tokens.manage");
    if (found === undefined || !seen) throw new AppError("not-found", "This token is not there.");
    if (!own) ctx.authorize("tokens.manage", { kind: "organisation" });
    if (!(await revokeApiToken(tx, { id, by: ctx.person.id, at: new Date(ctx.server.clock.now()) })))
      throw new AppError("conflict", "This token was revoked already.");
    await recordAct(tx, ctx, { action: "token.revoke", target: { kind: "token", id, name: found.name } });
  });
