import type { FoundIdentityProvider } from "@isthmus/db";
import * as oidc from "openid-client";
import type { Server } from "../../../../server/server";
import { browserCookie, newBrowserTie, putTicket } from "../tickets";
import { discover } from "./provider-client";
import { ProviderProblem } from "./provider-problem";

/** How long a person may take at the provider. */
export const authorizationMs = 10 * 60_000;

/** What is remembered of a sign-in while the person is at the provider; found again by the state. */
export interface AuthorizationTicket {
  readonly providerId: string;
  readonly verifier: string;
  readonly nonce: string;
  /** SHA-256 of the cookie that ties it to the browser. */
  readonly browser: string;
  /** A path of this site. */
  readonly next: string;
  readonly purpose: AuthorizationPurpose;
}

/** To sign in, to show who set the provider up what it says, or to connect it with the account of a session. */
export type AuthorizationPurpose =
  | { readonly kind: "sign-in" }
  | { readonly kind: "test"; readonly personId: string }
  | { readonly kind: "connect"; readonly personId: string; readonly sessionId: string };

/** The address of the provider that answers every sign-in. */
export const redirectUri = (publicUrl: string): string => `${publicUrl}/sign-in/oidc/callback`;

interface Begun {
  /** Where the browser goes. */
  readonly url: string;
  /** The Set-Cookie header that ties the sign-in to it. */
  readonly cookie: string;
}

/** Begins a round trip: authorization code with PKCE, a state and a nonce. Fails with ProviderProblem. */
export async function beginAuthorization(
  server: Server,
  provider: FoundIdentityProvider,
  { next, purpose, loginHint }: Pick<AuthorizationTicket, "next" | "purpose"> & { readonly loginHint?: string },
): Promise<Begun> {
  const config = await discover(server, provider);
  if (config.serverMetadata().authorization_endpoint === undefined) {
    throw new ProviderProblem("provider-refused", "discovery: the provider names no authorization_endpoint");
  }
  const { publicUrl } = server.config;
  const tie = newBrowserTie();
  const verifier = oidc.randomPKCECodeVerifier();
  const nonce = oidc.randomNonce();
  const ticket: AuthorizationTicket = { providerId: provider.id, verifier, nonce, browser: tie.hash, next, purpose };
  const state = await putTicket(server, { kind: "oidc", data: ticket, forMs: authorizationMs });
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri(publicUrl),
    scope: [...new Set(["openid", ...provider.scopes])].join(" "),
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...(loginHint === undefined || loginHint === "" ? {} : { login_hint: loginHint }),
  });
  return { url: url.href, cookie: browserCookie(publicUrl, tie.value, authorizationMs) };
}
