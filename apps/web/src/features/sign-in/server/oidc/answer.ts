import type { FoundIdentityProvider } from "@isthmus/db";
import * as oidc from "openid-client";
import type { Server } from "../../../../server/server";
import { redirectUri, type AuthorizationTicket } from "./authorization";
import { readProfile, type Claims, type Profile } from "./claims";
import { discover } from "./provider-client";
import { ProviderProblem, problemOf } from "./provider-problem";

/** What a provider said of a person, checked. */
export interface ProviderAnswer {
  readonly idToken: string | undefined;
  readonly idTokenClaims: Claims;
  /** Undefined where the provider has no userinfo endpoint. */
  readonly userinfoClaims: Claims | undefined;
  readonly profile: Profile;
}

interface Asked {
  readonly provider: FoundIdentityProvider;
  readonly ticket: Pick<AuthorizationTicket, "verifier" | "nonce">;
  /** The query of the callback. */
  readonly query: URLSearchParams;
}

/**
 * Trades the code of a callback for what the provider says of the person. openid-client checks the response's `iss` and
 * state, and of the id token signature, issuer, audience, expiry and nonce; userinfo must be of the same subject. Fails
 * with ProviderProblem.
 */
export async function readAnswer(server: Server, { provider, ticket, query }: Asked): Promise<ProviderAnswer> {
  const config = await discover(server, provider);
  const url = new URL(redirectUri(server.config.publicUrl));
  url.search = query.toString();
  const step = query.has("error") ? "authorization" : "token";
  const tokens = await oidc
    .authorizationCodeGrant(config, url, {
      pkceCodeVerifier: ticket.verifier,
      expectedState: query.get("state") ?? "",
      expectedNonce: ticket.nonce,
      idTokenExpected: true,
    })
    .catch((error: unknown) => {
      throw problemOf(step, error);
    });
  const idTokenClaims = tokens.claims();
  if (idTokenClaims === undefined) throw new ProviderProblem("answer-invalid", "token: the answer holds no id token");
  const { sub } = idTokenClaims;
  const userinfoClaims =
    config.serverMetadata().userinfo_endpoint === undefined
      ? undefined
      : await oidc.fetchUserInfo(config, tokens.access_token, sub).catch((error: unknown) => {
          throw problemOf("userinfo", error);
        });
  const profile = readProfile({ ...userinfoClaims, ...idTokenClaims }, sub, provider);
  return { idToken: tokens.id_token, idTokenClaims, userinfoClaims, profile };
}
