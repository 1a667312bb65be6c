import { DatabaseError, useUpTicket, type FoundIdentityProvider, type OrganisationTransaction } from "@isthmus/db";
import { createRemoteJWKSet, customFetch, jwtVerify, type FetchImplementation } from "jose";
import type { Server } from "../../../../server/server";
import { hashSecret } from "../../../../server/random-secret";
import type { TicketKind } from "../tickets";
import { boundedFetch, clockToleranceS, discoverUnlessFailed, notAgainAfterFailure } from "./provider-client";

/** Whom a logout token means: the provider's session, its subject, or both; one of them is there. `id` is the token's own. */
export interface LoggedOut {
  readonly subject: string | undefined;
  readonly sid: string | undefined;
  readonly id: string;
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
  const keys = kept ?? createRemoteJWKSet(new URL(uri), { [customFetch]: fetchOf(uri) });
  keySets.delete(uri);
  keySets.set(uri, keys);
  const [oldest] = keySets.keys();
  if (keySets.size > keySetsLimit && oldest !== undefined) keySets.delete(oldest);
  return keys;
}

const fetchOf =
  (uri: string): FetchImplementation =>
  (url, { method, headers, signal }) =>
    notAgainAfterFailure(`keys ${uri}`, async () => {
      const options = { method, headers: Object.fromEntries(headers), signal, body: undefined } as const;
      const response = await boundedFetch(url, { ...options, redirect: "manual" });
      if (response.status !== 200) throw new Error(`the provider's keys were answered with ${response.status}`);
      return response;
    });

/**
 * Checks a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6): signature, issuer, audience, age, the event,
 * and that it is no id token. Fails with an error that says why. Whether it was seen before is for `useUpLogoutToken`.
 */
export async function readLogoutToken(
  server: Server,
  provider: FoundIdentityProvider,
  token: string,
): Promise<LoggedOut> {
  const metadata = (await discoverUnlessFailed(server, provider)).serverMetadata();
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
    throw new Error("it is of another type");
  if (typeof events !== "object" || events === null || !Object.hasOwn(events, event))
    throw new Error("it holds no logout event");
  if (nonce !== undefined) throw new Error("it holds a nonce, as an id token does");
  const said = { subject: textOf(sub), sid: textOf(sid), id: jti ?? "" };
  if (said.subject === undefined && said.sid === undefined) throw new Error("it names neither subject nor session");
  return said;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** A token that was used before. */
export class UsedBefore extends Error {
  override readonly name = "UsedBefore";
}

const kind: TicketKind = "logout-token";

/**
 * Uses a token up, in the transaction that does what it says: where that fails, the provider may send it again. A second
 * one waits for the first, and fails with `UsedBefore`.
 */
export async function useUpLogoutToken(
  tx: OrganisationTransaction,
  { providerId, id, now }: { readonly providerId: string; readonly id: string; readonly now: Date },
): Promise<void> {
  const expiresAt = new Date(now.getTime() + (oldestS + 2 * clockToleranceS) * 1_000);
  const tokenHash = hashSecret(`${providerId} ${id}`);
  try {
    await useUpTicket(tx, { tokenHash, kind, now, expiresAt });
  } catch (error) {
    if (error instanceof DatabaseError && error.code === "unique-violation")
      throw new UsedBefore("it was used before", { cause: error });
    throw error;
  }
}
