import { prismaOf, publish, type OrganisationTransaction } from "../transaction";

/** A session to be stored: of its token only the SHA-256. */
export interface NewSignInSession {
  readonly id: string;
  readonly personId: string;
  readonly tokenHash: Uint8Array;
  readonly createdAt: Date;
  /** When the person proved themselves, where that was for an earlier session; as `createdAt` where it is not said. */
  readonly provenAt?: Date | null;
  readonly expiresAt: Date;
  readonly ip: string;
  readonly userAgent: string;
  readonly proof: SessionProof;
}

/** How a person proved themselves, and what of it is kept: a provider's id token, sealed, is shown to it at sign-out. */
export type SessionProof =
  | { readonly kind: "password"; readonly secondFactor: boolean }
  | {
      readonly kind: "provider";
      readonly providerId: string;
      readonly providerOrganisationId: string;
      /** The provider's own name of its session (`sid`); null where it says none. */
      readonly sid: string | null;
      readonly idTokenSealed: Uint8Array | null;
    };

/** Stores a session, and notes in the membership that the person signed in. */
export async function createSignInSession(tx: OrganisationTransaction, session: NewSignInSession): Promise<void> {
  const { tokenHash, createdAt, provenAt = createdAt, proof, ...rest } = session;
  await prismaOf(tx).signInSession.create({
    data: {
      ...rest,
      createdAt,
      provenAt,
      lastSeenAt: createdAt,
      organisationId: tx.organisationId,
      tokenHash: Buffer.from(tokenHash),
      ...columnsOf(proof),
    },
    select: { id: true },
  });
  await prismaOf(tx).membership.updateMany({
    where: { personId: rest.personId },
    data: { lastSignInAt: createdAt },
  });
}

function columnsOf(proof: SessionProof) {
  if (proof.kind === "password") return { proof: proof.kind, secondFactor: proof.secondFactor };
  const { kind, providerId, providerOrganisationId, sid, idTokenSealed } = proof;
  return {
    proof: kind,
    providerId,
    providerOrganisationId,
    providerSid: sid,
    idTokenSealed: idTokenSealed === null ? null : Buffer.from(idTokenSealed),
  };
}

/** Where a session came from. */
export interface SessionOrigin {
  readonly proof: SessionProof;
  /** When the person proved themselves; null where that is not known. */
  readonly provenAt: Date | null;
  readonly expiresAt: Date;
}

/** How and when a session was proven and when it ends; undefined where there is no such session. */
export async function findSessionOrigin(tx: OrganisationTransaction, id: string): Promise<SessionOrigin | undefined> {
  const row = await prismaOf(tx).signInSession.findUnique({ where: { id } });
  if (row === null) return undefined;
  const { providerId, providerOrganisationId, providerSid: sid, idTokenSealed, secondFactor } = row;
  const { provenAt, expiresAt } = row;
  if (providerId === null || providerOrganisationId === null) {
    return { proof: { kind: "password", secondFactor }, provenAt, expiresAt };
  }
  return { proof: { kind: "provider", providerId, providerOrganisationId, sid, idTokenSealed }, provenAt, expiresAt };
}

/** Through whose eyes the person of a session looks from now on; null: their own. */
export async function setViewAs(
  tx: OrganisationTransaction,
  { id, personId }: { readonly id: string; readonly personId: string | null },
): Promise<void> {
  await prismaOf(tx).signInSession.updateMany({ where: { id, revokedAt: null }, data: { viewAs: personId } });
}

/** Gives a session a new token, as at every change of what it may do: the former one is worth nothing from here on. */
export async function rotateSessionToken(
  tx: OrganisationTransaction,
  change: { readonly id: string; readonly tokenHash: Uint8Array; readonly secondFactor?: boolean },
): Promise<void> {
  const { id, tokenHash, secondFactor } = change;
  await prismaOf(tx).signInSession.updateMany({
    where: { id, revokedAt: null },
    data: { tokenHash: Buffer.from(tokenHash), ...(secondFactor === undefined ? {} : { secondFactor }) },
  });
}

/** Whether a person is a member here: "none", "active", or "disabled" where they were shut out. */
export async function findMembershipStanding(
  tx: OrganisationTransaction,
  personId: string,
): Promise<"none" | "active" | "disabled"> {
  const row = await prismaOf(tx).membership.findFirst({ where: { personId }, select: { disabledAt: true } });
  if (row === null) return "none";
  return row.disabledAt === null ? "active" : "disabled";
}

/** Notes that a session was used. */
export async function touchSignInSession(
  tx: OrganisationTransaction,
  { id, at }: { readonly id: string; readonly at: Date },
): Promise<void> {
  await prismaOf(tx).signInSession.updateMany({ where: { id, revokedAt: null }, data: { lastSeenAt: at } });
}

/** Which of these sessions are worth nothing any more: revoked, expired, of a person shut out, or gone. */
export async function endedSignInSessions(
  tx: OrganisationTransaction,
  { ids, now }: { readonly ids: readonly string[]; readonly now: Date },
): Promise<readonly string[]> {
  const rows = await prismaOf(tx).$queryRaw<{ id: string }[]>`
    select s.id::text as id from sign_in_session s
    join membership m on m.person_id = s.person_id and m.disabled_at is null
    where s.id = any(${[...ids]}::uuid[]) and s.revoked_at is null and s.expires_at > ${now}`;
  const alive = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !alive.has(id));
}

/** Which of a person's sessions to end: one by its id, or all but the one in use. */
export type SessionsToRevoke = { readonly id: string } | { readonly allExcept: string };

/** Ends sessions of a person and announces each; returns their ids. */
export async function revokeSignInSessions(
  tx: OrganisationTransaction,
  { personId, which, at }: { readonly personId: string; readonly which: SessionsToRevoke; readonly at: Date },
): Promise<readonly string[]> {
  const id = "id" in which ? which.id : { not: which.allExcept };
  const rows = await prismaOf(tx).signInSession.updateManyAndReturn({
    where: { personId, id, revokedAt: null },
    data: { revokedAt: at },
    select: { id: true },
  });
  for (const row of rows) await publish(tx, { topic: "session", id: row.id });
  return rows.map((row) => row.id);
}

/** Deletes sessions that ended before `before`; returns how many. */
export async function deleteEndedSignInSessions(tx: OrganisationTransaction, before: Date): Promise<number> {
  const { count } = await prismaOf(tx).signInSession.deleteMany({
    where: { OR: [{ expiresAt: { lt: before } }, { revokedAt: { lt: before } }] },
  });
  return count;
}
