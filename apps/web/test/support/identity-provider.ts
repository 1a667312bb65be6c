import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
// @ts-expect-error -- the library comes without types
import UntypedProvider from "oidc-provider";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const Provider = UntypedProvider as unknown as new (
  issuer: string,
  configuration: Readonly<Record<string, unknown>>,
) => { callback(): Answer };

/** Who a person is at the provider; the key of an account is what they type as their login. */
export interface Account {
  email: string;
  emailVerified: boolean;
  name: string;
  groups: readonly string[];
}

/** A certified OpenID provider in this process, on loopback, with pages for sign-in, consent and sign-out. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** By login; may be changed at any time. */
  readonly accounts: Map<string, Account>;
  /** Where it says that somebody signed out, once that is known. */
  forwardLogoutTo: string | undefined;
  stop(): Promise<void>;
}

/** Starts a provider that knows one client, an Isthmus at `publicUrl`, and insists on PKCE. */
export async function startIdentityProvider(publicUrl: string): Promise<IdentityProvider> {
  const accounts = new Map<string, Account>();
  const [clientId, clientSecret] = ["isthmus", "a client secret of a test"];
  let answer: Answer = (_, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({ format: "jwk" });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${publicUrl}/sign-in/oidc/callback`],
        post_logout_redirect_uris: [`${publicUrl}/sign-in`],
        backchannel_logout_uri: `${publicUrl}/auth/backchannel`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [{ ...key, kid: "k", use: "sig" }] },
    cookies: { keys: ["a key of a test"] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    // Only a logout token is ever sent. By itself it would send nothing to loopback.
    fetch: (_: string, { dispatcher: _guard, ...options }: RequestInit & { readonly dispatcher: unknown }) =>
      started.forwardLogoutTo === undefined ? Response.error() : fetch(started.forwardLogoutTo, options),
    features: { backchannelLogout: { enabled: true } },
    pkce: { required: () => true },
    scopes: ["openid", "profile", "email", "groups"],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    findAccount: (_: unknown, login: string) => {
      const account = accounts.get(login);
      if (account === undefined) return undefined;
      const { email, emailVerified, name, groups } = account;
      return { accountId: login, claims: () => ({ sub: login, email, email_verified: emailVerified, name, groups }) };
    },
  });
  answer = provider.callback();
  const started: IdentityProvider = {
    issuer,
    clientId,
    clientSecret,
    accounts,
    forwardLogoutTo: undefined,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return started;
}
