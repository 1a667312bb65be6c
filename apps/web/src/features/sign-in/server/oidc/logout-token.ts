import { DatabaseError, type FoundIdentityProvider } from "@isthmus/db";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import type { Server } from "../../../../server/server";
import { putTicket } from "../tickets";
import { boundedFetch, clockToleranceS, discover } from "./provider-client";

/** Whom a logout token means: the provider's session, its subject, or both; one of them is there. */
export interface LoggedOut {
  readonly subject: string | undefined;
  readonly sid: string | undefined;
}

const event = "http://schemas.openid.net/event/backchannel-logout";
// Nothing says how old a logout token may be; one is sent at once, and remembered for as long as it counts.
const oldestS = 10 * 60;
const keySetsLimit = 200;

type KeySet = ReturnType<typeof createRemoteJWKSet>;
const keySets = new Map<string, KeySet>();

/** A provider's keys, which are asked for anew where one is not known, at most twice a minute. */
function keysAt(uri: string): KeySet {
  const kept = keySets.get(uri);
  const keys =
    kept ??
    createRemoteJWKSet(new URL(uri), {
      [customFetch]: (url, { method, headers, signal }) =>
        boundedFetch(url, {
          method,
          headers: Object.fromEntries(headers),
          signal,
          body: undefined,
          redirect: "manual",
        }),
    });
  keySets.delete(uri);
  keySets.set(uri, keys);
  const [oldest] = keySets.keys();
  if (keySets.size > keySetsLimit && oldest !== undefined) keySets.delete(oldest);
  return keys;
}

/**
 * Checks a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6): signature, issuer, audience, age, the event,
 * that it is no id token, and that it was not seen before. Fails with an error that says why.
 */
export async function readLogoutToken(
  server: Server,
  provider: FoundIdentityProvider,
  token: string,
): Promise<LoggedOut> {
  const metadata = (await discover(server, provider)).serverMetadata();
  if (metadata.jwks_uri === undefined) throw new Error("the provider names no jwks_uri");
  const named = metadata.id_token_signing_alg_values_supported ?? ["RS256"];
  const { payload, protectedHeader } = await jwtVerify(token, keysAt(metadata.jwks_uri), {
    issuer: metadata.issuer,
    audience: provider.clientId,
    // Those that are signed with a key pair: never `none`, and never a secret that is mistaken for a public key.
    algorithms: named.filter((each) => /^(RS|PS|ES)\d{3}$|^EdDSA$|^Ed25519$/.test(each)),
    clockTolerance: clockToleranceS,
    maxTokenAge: oldestS,
    requiredClaims: ["iat", "jti", "events"],
    currentDate: new Date(),
  });
  const { events, jti, nonce, sub, sid } = payload;
  if (protectedHeader.typ !== undefined && !/^(application\/)?(logout\+)?jwt$/i.test(protectedHeader.typ))
    throw new Error(`a token of the type ${protectedHeader.typ}`);
  if (typeof events !== "object" || events === null || !Object.hasOwn(events, event))
    throw new Error("it holds no logout event");
  if (nonce !== undefined) throw new Error("it holds a nonce, as an id token does");
  const said = { subject: textOf(sub), sid: textOf(sid) };
  if (said.subject === undefined && said.sid === undefined) throw new Error("it names neither subject nor session");
  await useUp(server, `${provider.id} ${jti ?? ""}`);
  return said;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

async function useUp(server: Server, name: string): Promise<void> {
  const forMs = (oldestS + 2 * clockToleranceS) * 1_000;
  try {
    await putTicket(server, { kind: "logout-token", data: {}, forMs, token: name });
  } catch (error) {
    if (error instanceof DatabaseError && error.code === "unique-violation")
      throw new Error("it was used before", { cause: error });
    throw error;
  }
}
