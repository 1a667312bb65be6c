import { findSessionOrigin, type SessionProof } from "@isthmus/db";
import * as oidc from "openid-client";
import type { RequestContext } from "../../../server/context";
import { clearedSessionCookie } from "../../../server/session-token";
import { unseal } from "../../../server/secrets";
import { endFormerSession } from "./begin-session";
import { discover } from "./oidc/provider-client";

export interface SignedOut {
  /** Where the browser signs out at the provider that the session came from; undefined where there is nothing to do. */
  readonly providerUrl: string | undefined;
}

/** Ends the session of this request and clears its cookie. */
export async function signOut(ctx: RequestContext): Promise<SignedOut> {
  const { identity, server } = ctx;
  ctx.responseHeaders.append("set-cookie", clearedSessionCookie(server.config.publicUrl));
  if (identity === undefined) return { providerUrl: undefined };
  const { organisationId, sessionId } = identity;
  const origin = await server.database
    .forOrganisation(organisationId)
    .transaction((tx) => findSessionOrigin(tx, sessionId));
  await endFormerSession(ctx, new Date(server.clock.now()));
  // The session here is over whatever the provider says; that it does not answer is no reason to fail.
  const providerUrl = await endSessionUrl(ctx, sessionId, origin?.proof).catch((error: unknown) => {
    ctx.log.warn({ err: error }, "the sign-out at the provider could not be prepared");
    return undefined;
  });
  return { providerUrl };
}

/** The provider's sign-out (RP-initiated logout), where it offers one. */
async function endSessionUrl(
  { server }: RequestContext,
  sessionId: string,
  proof: SessionProof | undefined,
): Promise<string | undefined> {
  if (proof?.kind !== "provider") return undefined;
  const provider = await server.database.lookups.findIdentityProvider(proof.providerId);
  if (provider === undefined || !provider.enabled) return undefined;
  const config = await discover(server, provider);
  if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
  const { publicUrl, secretsKey } = server.config;
  const place = { purpose: "id-token", id: sessionId } as const;
  const idToken = proof.idTokenSealed === null ? undefined : unseal(secretsKey, place, proof.idTokenSealed);
  return oidc.buildEndSessionUrl(config, {
    post_logout_redirect_uri: `${publicUrl}/sign-in`,
    ...(idToken === undefined ? {} : { id_token_hint: idToken }),
  }).href;
}
