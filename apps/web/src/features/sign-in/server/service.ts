import { randomUUID } from "node:crypto";
import {
  appendAudit,
  createSignInSession,
  deleteEndedSignInSessions,
  findPasswordHash,
  listSignInSessions,
  revokeSignInSessions,
  setPassword,
  type FoundMembership,
  type FoundPerson,
  type SessionsToRevoke,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { clearedSessionCookie, hashSessionToken, newSessionToken, sessionCookie } from "../../../server/session-token";
import { createAttemptLimit } from "./attempt-limit";
import { hashPassword, passwordFits } from "./password";

const sessionLengthMs = 30 * 86_400_000;
const perEmail = 8;
const perAddress = 60;
const limit = createAttemptLimit();

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Begins a session and sets its cookie. Every refusal says the same, whatever was wrong. */
export async function signIn(ctx: RequestContext, { email, password }: Credentials): Promise<void> {
  const { server, ip } = ctx;
  const address = email.trim().toLowerCase();
  const nowMs = server.clock.now();
  const keys = [
    { key: `email ${address}`, allowed: perEmail },
    ...(ip === "" ? [] : [{ key: `ip ${ip}`, allowed: perAddress }]),
  ];
  const waitMs = limit.tryAttempt(keys, nowMs);
  if (waitMs > 0) {
    throw new AppError("too-many-attempts", `Too many attempts. Try again in ${Math.ceil(waitMs / 60_000)} min.`);
  }
  const person = await server.database.lookups.findPersonByEmail(address);
  const fits = await passwordFits(person?.passwordHash, password);
  const membership = person?.memberships[0];
  if (!fits || person === undefined || membership === undefined) {
    await noteRefusal(ctx, address, person);
    throw new AppError("sign-in-refused", "E-mail or password is wrong.");
  }
  limit.clear(`email ${address}`);
  await beginSession(ctx, person, membership);
}

async function noteRefusal({ server, log, ip }: RequestContext, address: string, person: FoundPerson | undefined) {
  log.warn({ ip, known: person !== undefined }, "a sign-in was refused");
  for (const { organisationId } of person?.memberships ?? []) {
    await server.database.forOrganisation(organisationId).transaction((tx) =>
      appendAudit(tx, {
        actor: { kind: "person", id: person?.personId ?? null, name: address },
        action: "sign-in.refuse",
        target: { kind: "person", id: person?.personId ?? "", name: address },
        ip,
        at: new Date(server.clock.now()),
      }),
    );
  }
}

async function beginSession(ctx: RequestContext, person: FoundPerson, membership: FoundMembership): Promise<void> {
  const { server, ip, userAgent } = ctx;
  const token = newSessionToken();
  const createdAt = new Date(server.clock.now());
  const expiresAt = new Date(createdAt.getTime() + sessionLengthMs);
  const id = randomUUID();
  await server.database.forOrganisation(membership.organisationId).transaction(async (tx) => {
    await deleteEndedSignInSessions(tx, new Date(createdAt.getTime() - sessionLengthMs));
    await createSignInSession(tx, {
      id,
      personId: person.personId,
      tokenHash: hashSessionToken(token),
      createdAt,
      expiresAt,
      ip,
      userAgent,
    });
    await appendAudit(tx, {
      actor: { kind: "person", id: person.personId, name: person.displayName },
      action: "sign-in.begin",
      target: { kind: "session", id, name: userAgent },
      ip,
      at: createdAt,
    });
  });
  ctx.responseHeaders.append("set-cookie", sessionCookie({ publicUrl: server.config.publicUrl, token, expiresAt }));
}

type Context = RequestContext & PersonContext;

/** Ends the session of this request and clears its cookie. */
export async function signOut(ctx: RequestContext): Promise<void> {
  const { identity, server } = ctx;
  ctx.responseHeaders.append("set-cookie", clearedSessionCookie(server.config.publicUrl));
  if (identity === undefined) return;
  await server.database.forOrganisation(identity.organisationId).transaction(async (tx) => {
    const at = new Date(server.clock.now());
    await revokeSignInSessions(tx, { personId: identity.person.id, which: { id: identity.sessionId }, at });
    await appendAudit(tx, {
      actor: { kind: "person", id: identity.person.id, name: identity.person.displayName },
      action: "sign-in.end",
      target: { kind: "session", id: identity.sessionId, name: ctx.userAgent },
      ip: ctx.ip,
      at,
    });
  });
}

/** The person's sessions, the one in use marked. */
export async function ownSessions(ctx: Context) {
  const now = new Date(ctx.server.clock.now());
  const sessions = await ctx.organisation.transaction((tx) => listSignInSessions(tx, { personId: ctx.person.id, now }));
  return sessions.map(({ id, createdAt, lastSeenAt, expiresAt, ip, userAgent }) => ({
    id,
    createdAt,
    lastSeenAt,
    expiresAt,
    ip,
    userAgent,
    current: id === ctx.identity.sessionId,
  }));
}

/** Ends sessions of the person; returns how many there were. */
export async function revokeOwnSessions(ctx: Context, which: SessionsToRevoke): Promise<number> {
  const at = new Date(ctx.server.clock.now());
  return ctx.organisation.transaction(async (tx) => {
    const ids = await revokeSignInSessions(tx, { personId: ctx.person.id, which, at });
    for (const id of ids) {
      await appendAudit(tx, {
        actor: { kind: "person", id: ctx.person.id, name: ctx.person.displayName },
        action: "sign-in.revoke",
        target: { kind: "session", id, name: "" },
        ip: ctx.ip,
        at,
      });
    }
    return ids.length;
  });
}

export interface PasswordChange {
  readonly current: string;
  readonly next: string;
}

/** Changes the person's password and ends all their other sessions. */
export async function changePassword(ctx: Context, { current, next }: PasswordChange): Promise<void> {
  const waitMs = limit.tryAttempt([{ key: `person ${ctx.person.id}`, allowed: perEmail }], ctx.server.clock.now());
  if (waitMs > 0)
    throw new AppError("too-many-attempts", `Too many attempts. Try again in ${Math.ceil(waitMs / 60_000)} min.`);
  const encoded = await ctx.organisation.transaction((tx) => findPasswordHash(tx, ctx.person.id));
  if (!(await passwordFits(encoded, current))) throw new AppError("sign-in-refused", "The current password is wrong.");
  const passwordHash = await hashPassword(next);
  const at = new Date(ctx.server.clock.now());
  await ctx.organisation.transaction(async (tx) => {
    await setPassword(tx, { personId: ctx.person.id, passwordHash });
    await revokeSignInSessions(tx, { personId: ctx.person.id, which: { allExcept: ctx.identity.sessionId }, at });
    await appendAudit(tx, {
      actor: { kind: "person", id: ctx.person.id, name: ctx.person.displayName },
      action: "password.change",
      target: { kind: "person", id: ctx.person.id, name: ctx.person.email },
      ip: ctx.ip,
      at,
    });
  });
}
