import { appendAudit, findPasswordHash, rotateSessionToken, setPassword } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { hashSecret, newSecret } from "../../../server/random-secret";
import { sessionCookie } from "../../../server/session-token";
import { clearAttempts, limitAttempts } from "./attempts";
import { sessionLengthMs } from "./begin-session";
import { requireUnconfined } from "./confined";
import { hashPassword, passwordFits } from "./password";

type Context = RequestContext & PersonContext;

/** Asks for the current password again; the attempts are limited. */
export async function requirePassword(ctx: Context, current: string): Promise<void> {
  requireUnconfined(ctx.identity);
  await limitAttempts(ctx.server, [["person", ctx.person.id]]);
  const encoded = await ctx.organisation.transaction((tx) => findPasswordHash(tx, ctx.person.id));
  if (encoded === null || encoded === undefined) {
    throw new AppError(
      "barred",
      "Your account has no password: you sign in with a provider, and it keeps your password.",
    );
  }
  if (!(await passwordFits(encoded, current))) throw new AppError("sign-in-refused", "The current password is wrong.");
  await clearAttempts(ctx.server, "person", ctx.person.id);
}

/** Gives the session a new token and the browser its cookie; the former token is worth nothing from then on. */
export async function rotateToken(ctx: Context, change: { readonly secondFactor?: boolean } = {}): Promise<void> {
  const { server, identity } = ctx;
  const token = newSecret();
  await ctx.organisation.transaction((tx) =>
    rotateSessionToken(tx, { id: identity.sessionId, tokenHash: hashSecret(token), ...change }),
  );
  const { publicUrl } = server.config;
  // The row alone says when the session ends; the cookie may be there for longer.
  const expiresAt = new Date(server.clock.now() + sessionLengthMs);
  ctx.responseHeaders.append("set-cookie", sessionCookie({ publicUrl, token, expiresAt }));
}

export interface PasswordChange {
  readonly current: string;
  readonly next: string;
}

/** Changes the person's password and ends all their other sessions, in every organisation. */
export async function changePassword(ctx: Context, { current, next }: PasswordChange): Promise<void> {
  await requirePassword(ctx, current);
  if (next === current) throw new AppError("invalid-input", "The new password is the old one. Choose another.");
  const passwordHash = await hashPassword(next);
  const { server, person, identity, ip } = ctx;
  const at = new Date(server.clock.now());
  await ctx.organisation.transaction(async (tx) => {
    await setPassword(tx, { personId: person.id, passwordHash });
    await appendAudit(tx, {
      actor: { kind: "person", id: person.id, name: person.displayName },
      action: "password.change",
      target: { kind: "person", id: person.id, name: person.email },
      ip,
      at,
    });
  });
  await server.database.lookups.revokePersonSessions({
    personId: person.id,
    which: { allExcept: identity.sessionId },
    at,
  });
  await rotateToken(ctx);
}
