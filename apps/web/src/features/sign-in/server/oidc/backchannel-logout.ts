import { appendAudit, endProviderSessions } from "@isthmus/db";
import { z } from "zod";
import type { RequestContext } from "../../../../server/context";
import { readUpTo } from "../../../../server/request-body";
import { tryAttempt } from "../attempts";
import { readLogoutToken, type LoggedOut } from "./logout-token";

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
  const { server, log, ip } = ctx;
  if (!uuid.safeParse(providerId).success) return answer(400);
  if ((await tryAttempt(server, "backchannel-logout", ip)) > 0) return answer(429);
  const provider = await server.database.lookups.findIdentityProvider(providerId);
  const token = await tokenOf(request);
  if (provider === undefined || !provider.enabled || token === undefined) return answer(400);
  const said = await readLogoutToken(server, provider, token).catch((error: unknown) => {
    log.warn({ ip, provider: providerId, err: error }, "a logout token was refused");
    return undefined;
  });
  if (said === undefined) return answer(400);
  await endSessions(ctx, provider, said);
  return answer(200);
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
