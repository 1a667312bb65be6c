import { prismaOf, type OrganisationTransaction } from "../transaction";

/** A person as a member of the transaction's organisation. */
export interface Member {
  readonly personId: string;
  readonly email: string;
  readonly displayName: string;
  readonly mustChangePassword: boolean;
  readonly joinedAt: Date;
  readonly joinedBy: string;
  readonly lastSignInAt: Date | null;
  /** Names of the groups that providers said at the last sign-in. */
  readonly groups: readonly string[];
  /** Set when the person was shut out. */
  readonly disabledAt: Date | null;
}

/** Members of the organisation by e-mail. */
export async function listMembers(tx: OrganisationTransaction): Promise<readonly Member[]> {
  const rows = await prismaOf(tx).membership.findMany({
    include: {
      person: { select: { email: true, displayName: true, mustChangePassword: true } },
      groups: { select: { groupName: true }, orderBy: { groupName: "asc" } },
    },
    orderBy: { person: { email: "asc" } },
  });
  return rows.map(({ person, ...row }) => ({
    personId: row.personId,
    email: person.email,
    displayName: person.displayName,
    mustChangePassword: person.mustChangePassword,
    joinedAt: row.createdAt,
    joinedBy: row.joinedBy,
    lastSignInAt: row.lastSignInAt,
    groups: [...new Set(row.groups.map(({ groupName }) => groupName))],
    disabledAt: row.disabledAt,
  }));
}

/** The encoded password hash of a member; undefined where there is no such member, null where they sign in elsewhere. */
export async function findPasswordHash(
  tx: OrganisationTransaction,
  personId: string,
): Promise<string | null | undefined> {
  const row = await prismaOf(tx).person.findUnique({ where: { id: personId }, select: { passwordHash: true } });
  return row === null ? undefined : row.passwordHash;
}

/** Gives a member a new password (argon2id, encoded), which need not be changed again. */
export async function setPassword(
  tx: OrganisationTransaction,
  { personId, passwordHash }: { readonly personId: string; readonly passwordHash: string },
): Promise<void> {
  await prismaOf(tx).person.update({ where: { id: personId }, data: { passwordHash, mustChangePassword: false } });
}
