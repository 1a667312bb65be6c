import { findSessionOrigin, type SessionProof } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { isDeletionDue } from "../../../server/identity";
import { seal, unseal } from "../../../server/secrets";
import { beginSession } from "./begin-session";
import { isConfined, requireUnconfined } from "./confined";

type Context = RequestContext & PersonContext;

/**
 * The organisations that the person belongs to; `open` where this session may switch to it, the others want their own
 * provider. One whose day has come is none any more.
 */
export async function ownOrganisations({ server, identity, person }: Context) {
  const confined = isConfined(identity);
  const memberships = await server.database.lookups.listMemberships(person.id);
  return memberships
    .filter((each) => !isDeletionDue(each, server.clock.now()))
    .filter((each) => !confined || each.organisationId === identity.organisationId)
    .map((each) => ({
      id: each.organisationId,
      name: each.organisationName,
      kind: each.organisationKind,
      current: each.organisationId === identity.organisationId,
      open: !each.requiresOwnProvider,
      requiresOwnProvider: each.requiresOwnProvider,
      deletionDueAt: each.deletionDueAt,
    }));
}

/**
 * Goes on in another organisation: a new session there, under a new token, and the former one ends. It is proven by what
 * the former one was proven by, and ends no later.
 */
export async function switchOrganisation(ctx: Context, { id }: { readonly id: string }): Promise<void> {
  const { server, identity, person } = ctx;
  requireUnconfined(identity);
  if (id === identity.organisationId) return;
  const memberships = await server.database.lookups.listMemberships(person.id);
  const there = memberships.find((each) => each.organisationId === id);
  if (there === undefined || isDeletionDue(there, server.clock.now())) {
    throw new AppError("not-found", "You belong to no such organisation.");
  }
  if (there.requiresOwnProvider) {
    throw new AppError(
      "barred",
      `${there.organisationName} wants you to sign in with its own provider. Sign out, and choose it on the sign-in page.`,
    );
  }
  const origin = await ctx.wholeOrganisation.transaction((tx) => findSessionOrigin(tx, identity.sessionId));
  if (origin === undefined) throw new AppError("not-signed-in", "Your session has ended. Sign in again.");
  await beginSession(ctx, {
    organisationId: id,
    person,
    proofFor: (sessionId) => carriedOver(ctx, origin.proof, sessionId),
    action: "sign-in.switch",
    following: origin,
  });
}

// An id token is sealed for its session, and so sealed again for the next one.
function carriedOver({ server, identity }: Context, proof: SessionProof, sessionId: string): SessionProof {
  if (proof.kind === "password" || proof.idTokenSealed === null) return proof;
  const { secretsKey } = server.config;
  const idToken = unseal(secretsKey, { purpose: "id-token", id: identity.sessionId }, proof.idTokenSealed);
  return { ...proof, idTokenSealed: seal(secretsKey, { purpose: "id-token", id: sessionId }, idToken) };
}
