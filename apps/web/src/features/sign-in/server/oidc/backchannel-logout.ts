import { appendAudit, endProviderSessions } from "@isthmus/db";
import { z } from "zod";
import type { RequestContext } from "../../../../server/context";
import { readUpTo } from "../../../../server/request-body";
import { tryAttempt } from "../attempts";
import { readLogoutToken, UsedBefore, useUpLogoutToken, type LoggedOut } from "./logout-token";

/** Where a provider says that somebody signed out there. */
export const backchannelUri = (publicUrl: string, providerId: string): string =>
  `${publicUrl}/auth/backchannel/${providerId}`;

const uuid = z.uuid();
const largestBytes = 64 * 1024;

/** What is answered: nothing to keep, and nothing that a stranger learns from. */
const answer = (status: 200 | 400 | 429): Response =>
  new Response(status === 200 ? null : JSON.stringify({ error: "invalid_request" }), {
    status,
    headers: { "cache-control": "no-store", ...(status === 200 ? {} : { "content-type": "application/json" }) },
  });

/** A provider says that somebody signed out there (`logout_token` in a form): the sessions that it proved of them end. */
export async function backchannelLogout(ctx: RequestContext, providerId: string, request: Request): Promise<Response> {
  const { server } = ctx;
  const provider = uuid.safeParse(providerId).success
    ? await server.database.lookups.findIdentityProvider(providerId)
    : undefined;
  if (provider === undefined || !provider.enabled) return refuse(ctx, providerId, "there is no such provider");
  const token = await tokenOf(request);
  if (token === undefined) return refuse(ctx, providerId, "there is no logout token");
  const said = await readLogoutToken(server, provider, token).catch(problemOf);
  if (said instanceof Error) return refuse(ctx, providerId, said);
  try {
    await endSessions(ctx, provider, said);
    return answer(200);
  } catch (error) {
    if (error instanceof UsedBefore) return refuse(ctx, providerId, error);
    throw error;
  }
}

const problemOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * Only what is refused is counted, so that nobody behind the same address keeps a provider from being heard; beyond the
 * limit nothing is logged. Of an error code and message: others of its fields hold the claims of whoever signed out.
 */
async function refuse({ server, log, ip }: RequestContext, provider: string, why: Error | string): Promise<Response> {
  if ((await tryAttempt(server, "backchannel-logout", ip)) > 0) return answer(429);
  const { message: reason } = problemOf(why);
  const code = why instanceof Error && "code" in why && typeof why.code === "string" ? why.code : undefined;
  log.warn({ ip, provider: provider.slice(0, 100), code, reason }, "a logout token was refused");
  return answer(400);
}

async function tokenOf(request: Request): Promise<string | undefined> {
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(request.headers.get("content-type") ?? "")) return undefined;
  const body = await readUpTo(request, largestBytes);
  return body === undefined
    ? undefined
    : (new URLSearchParams(new TextDecoder().decode(body)).get("logout_token") ?? undefined);
}

interface Proving {
  readonly id: string;
  readonly organisationId: string;
  readonly name: string;
}

const endSessions = ({ server, ip }: RequestContext, { id, organisationId, name }: Proving, said: LoggedOut) =>
  server.database.forOrganisation(organisationId).transaction(async (tx) => {
    const at = new Date(server.clock.now());
    const { subject = null, sid = null } = said;
    await useUpLogoutToken(tx, { providerId: id, id: said.id, now: at });
    const ended = await endProviderSessions(tx, { providerId: id, subject, sid, at });
    if (ended === 0) return;
    await appendAudit(tx, {
      actor: { kind: "system", id: null, name },
      action: "sign-in.end-by-provider",
      target: { kind: "provider", id, name },
      detail: { after: { sessionsEnded: ended, ...(subject === null ? {} : { subject }) } },
      ip,
      at,
    });
  });
