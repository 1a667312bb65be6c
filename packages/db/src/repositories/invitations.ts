import type { Prisma } from "../generated/client";
import { prismaOf, publish, type OrganisationTransaction } from "../transaction";
import { lockAndCountMembers } from "./organisations";
import { readScope, type StoredScope } from "./access-source";

/** An invitation as the organisation sees it; its secret is known to whoever has the link. */
export interface InvitationRecord {
  readonly id: string;
  readonly email: string;
  readonly roleId: string;
  readonly scope: StoredScope;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** An invitation to be stored: of its secret only the SHA-256. */
export interface NewInvitation {
  readonly id: string;
  /** Lower case. */
  readonly email: string;
  readonly roleId: string;
  readonly scope: StoredScope;
  readonly secretHash: Uint8Array;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Stores an invitation; earlier ones of the same address that are open are withdrawn. */
export async function createInvitation(tx: OrganisationTransaction, invitation: NewInvitation): Promise<void> {
  const { secretHash, scope, ...rest } = invitation;
  await revokeInvitations(tx, { email: invitation.email, at: invitation.createdAt });
  await prismaOf(tx).invitation.create({
    data: {
      ...rest,
      scope: scope as unknown as Prisma.InputJsonObject,
      secretHash: Buffer.from(secretHash),
      organisationId: tx.organisationId,
    },
  });
  await publish(tx, { topic: "access", id: invitation.id });
}

/** Invitations, newest first, at most a thousand. */
export async function listInvitations(tx: OrganisationTransaction): Promise<readonly InvitationRecord[]> {
  const rows = await prismaOf(tx).invitation.findMany({
    orderBy: [{ createdAt: "desc" }, { id: "asc" }],
    omit: { secretHash: true, organisationId: true, acceptedBy: true },
    take: 1_000,
  });
  return rows.map((row) => ({ ...row, scope: readScope(row.scope) }));
}

/** Which open invitations to withdraw. */
export type InvitationsToRevoke =
  | { readonly id: string }
  | { readonly email: string }
  /** Null: those of the installation, for a first owner. */
  | { readonly createdBy: string | null };

/**
 * Whether an invitation is the installation's, for a first owner, and the organisation has members already. Where it is the
 * installation's, nobody else joins until the transaction ends.
 */
export async function isOfLateFirstOwner(tx: OrganisationTransaction, id: string): Promise<boolean> {
  const row = await prismaOf(tx).invitation.findUnique({ where: { id }, select: { createdBy: true } });
  return row !== null && row.createdBy === null && (await lockAndCountMembers(tx)) > 0;
}

/** Withdraws invitations that nobody has taken; returns those that were. */
export async function revokeInvitations(
  tx: OrganisationTransaction,
  { at, ...which }: InvitationsToRevoke & { readonly at: Date },
): Promise<readonly { readonly id: string; readonly email: string }[]> {
  const revoked = await prismaOf(tx).invitation.updateManyAndReturn({
    where: { ...which, acceptedAt: null, revokedAt: null },
    data: { revokedAt: at },
    select: { id: true, email: true },
  });
  for (const { id } of revoked) await publish(tx, { topic: "access", id });
  return revoked;
}

/** Takes an open invitation for a person, once: whoever comes second gets undefined. */
export async function takeInvitation(
  tx: OrganisationTransaction,
  { id, personId, at }: { readonly id: string; readonly personId: string; readonly at: Date },
): Promise<InvitationRecord | undefined> {
  const rows = await prismaOf(tx).invitation.updateManyAndReturn({
    where: { id, acceptedAt: null, revokedAt: null, expiresAt: { gt: at } },
    data: { acceptedAt: at, acceptedBy: personId },
    omit: { secretHash: true, organisationId: true, acceptedBy: true },
  });
  return rows[0] && { ...rows[0], scope: readScope(rows[0].scope) };
}
