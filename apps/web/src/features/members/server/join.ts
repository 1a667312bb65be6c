import { randomUUID } from "node:crypto";
import {
  addMember,
  appendAudit,
  beginAccountAnew,
  createBinding,
  DatabaseError,
  findOrganisation,
  isOfLateFirstOwner,
  publish,
  takeInvitation,
  type FoundInvitation,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { isDeletionDue } from "../../../server/identity";
import type { Server } from "../../../server/server";
import { hashPassword, isConfined, shortestPassword } from "../../sign-in/server";
import type { NewAccountInput } from "./inputs";
import { hashSecret } from "../../../server/random-secret";

/** How an invitation stands for who has its link. */
type InvitationState = "open" | "accepted" | "withdrawn" | "expired";

/** Of an organisation whose day of deletion has come every invitation is withdrawn: nobody gets in any more. */
async function stateOf(server: Server, invitation: FoundInvitation): Promise<InvitationState> {
  const { acceptedAt, revokedAt, expiresAt, organisationId } = invitation;
  const nowMs = server.clock.now();
  if (acceptedAt !== null) return "accepted";
  if (revokedAt !== null) return "withdrawn";
  if (expiresAt.getTime() <= nowMs) return "expired";
  const organisation = await server.database.forOrganisation(organisationId).transaction(findOrganisation);
  return organisation === undefined || isDeletionDue(organisation, nowMs) ? "withdrawn" : "open";
}

const unknown = () => new AppError("not-found", "This link is not one of ours. Copy it again, or ask for another.");

/** What the page of an invitation shows to whoever has its link. */
export async function readInvitation({ server }: RequestContext, token: string) {
  const found = await server.database.lookups.findInvitation(hashSecret(token));
  if (found === undefined) throw unknown();
  const person = await server.database.lookups.findPersonByEmail(found.email);
  return {
    organisation: found.organisationName,
    email: found.email,
    expiresAt: found.expiresAt,
    state: await stateOf(server, found),
    /** Somebody has an account with this address: they sign in first. */
    hasAccount: person !== undefined,
    /** A password does not let anybody in here: they sign in with the organisation's provider. */
    requiresOwnProvider: found.requiresOwnProvider,
  };
}

const closed: Readonly<Record<Exclude<InvitationState, "open">, string>> = {
  accepted: "This link was used already. Sign in instead.",
  withdrawn: "This invitation was withdrawn. Ask for another.",
  expired: "This invitation has ended. Ask for another.",
};

async function openInvitation({ server }: RequestContext, token: string): Promise<FoundInvitation> {
  const found = await server.database.lookups.findInvitation(hashSecret(token));
  if (found === undefined) throw unknown();
  const state = await stateOf(server, found);
  if (state !== "open") throw new AppError("conflict", closed[state]);
  return found;
}

interface Joining {
  readonly email: string;
  readonly personId: string;
  readonly displayName: string;
  /** Of a new account; undefined for a person who has one. */
  readonly passwordHash?: string;
}

/** Takes the invitation, makes the person a member and gives the role, all or nothing. */
async function join(
  tx: OrganisationTransaction,
  { ctx, invitation, joining }: { ctx: RequestContext; invitation: FoundInvitation; joining: Joining },
): Promise<void> {
  const at = new Date(ctx.server.clock.now());
  const { email, displayName, passwordHash } = joining;
  // Nobody outside gives away an organisation that has members.
  if (await isOfLateFirstOwner(tx, invitation.id)) throw new AppError("conflict", closed.withdrawn);
  const personId = await addMember(tx, {
    personId: joining.personId,
    email,
    displayName,
    passwordHash: passwordHash ?? null,
    mustChangePassword: false,
    role: null,
    joinedBy: "invitation",
  });
  // Somebody who belonged to no organisation any more: the account begins anew. Whoever invites has the link as well, so
  // that it must never give the account of somebody who is known elsewhere, if only as shut out.
  if (passwordHash !== undefined && personId !== joining.personId) {
    if (!(await beginAccountAnew(tx, { personId, passwordHash }))) throw known(email);
  }
  const taken = await takeInvitation(tx, { id: invitation.id, personId, at });
  if (taken === undefined) throw new AppError("conflict", closed.accepted);
  const { roleId, scope, createdBy } = taken;
  await createBinding(tx, { id: randomUUID(), roleId, scope, holder: { kind: "person", personId }, createdBy, at });
  await appendAudit(tx, {
    actor: { kind: "person", id: personId, name: displayName },
    action: "member.join",
    target: { kind: "person", id: personId, name: email },
    detail: { after: { by: "invitation", account: passwordHash === undefined ? "known" : "new" } },
    ip: ctx.ip,
    at,
  });
  await publish(tx, { topic: "access", id: personId });
}

const known = (email: string) =>
  new AppError("conflict", `There is an account for ${email}. Sign in with it, then open this link again.`);

const unlessMember = (error: unknown): never => {
  if (error instanceof DatabaseError && error.code === "unique-violation")
    throw new AppError("conflict", "You are a member of this organisation already.");
  throw error;
};

/** Makes an account with a password for whoever has the link, and a member of it. They sign in afterwards. */
export async function joinWithPassword(ctx: RequestContext, input: NewAccountInput): Promise<{ email: string }> {
  const { database } = ctx.server;
  const invitation = await openInvitation(ctx, input.token);
  const { email, organisationId } = invitation;
  if (invitation.requiresOwnProvider) {
    throw new AppError("barred", `${invitation.organisationName} lets people in through its own single sign-on alone.`);
  }
  if (input.password.length < shortestPassword)
    throw new AppError("invalid-input", `A password needs at least ${shortestPassword} characters.`);
  if ((await database.lookups.findPersonByEmail(email)) !== undefined) throw known(email);
  const passwordHash = await hashPassword(input.password);
  const joining = { email, personId: randomUUID(), displayName: input.displayName, passwordHash };
  await database
    .forOrganisation(organisationId)
    .transaction((tx) => join(tx, { ctx, invitation, joining }))
    .catch(unlessMember);
  return { email };
}

/** Makes the signed-in person, whose address is the invited one, a member. */
export async function acceptInvitation(ctx: RequestContext & PersonContext, token: string) {
  const { identity, person } = ctx;
  const invitation = await openInvitation(ctx, token);
  if (isConfined(identity)) {
    // Another organisation's own provider may say any address; it speaks for nobody here.
    throw new AppError(
      "forbidden",
      `Your session was proven by the single sign-on of ${identity.organisationName}, which is good there alone. Sign out and open this link again.`,
    );
  }
  if (person.email.toLowerCase() !== invitation.email) {
    throw new AppError(
      "forbidden",
      `This invitation is for ${invitation.email}, and you are signed in as ${person.email}. Sign out and open it again.`,
    );
  }
  const joining = { email: invitation.email, personId: person.id, displayName: person.displayName };
  await ctx.server.database
    .forOrganisation(invitation.organisationId)
    .transaction((tx) => join(tx, { ctx, invitation, joining }))
    .catch(unlessMember);
  return { organisationId: invitation.organisationId, organisation: invitation.organisationName };
}
