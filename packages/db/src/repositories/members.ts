import { lock, prismaOf, publish, type OrganisationTransaction } from "../transaction";

/** A member by id, shut out or not; undefined where there is none. */
export async function findMember(
  tx: OrganisationTransaction,
  personId: string,
): Promise<
  | {
      readonly personId: string;
      readonly email: string;
      readonly displayName: string;
      readonly disabledAt: Date | null;
    }
  | undefined
> {
  const row = await prismaOf(tx).membership.findUnique({
    where: { organisationId_personId: { organisationId: tx.organisationId, personId } },
    select: { disabledAt: true, person: { select: { email: true, displayName: true } } },
  });
  return row === null ? undefined : { personId, ...row.person, disabledAt: row.disabledAt };
}

/** The member with an address; undefined where there is none. */
export async function findMemberByEmail(
  tx: OrganisationTransaction,
  email: string,
): Promise<{ readonly personId: string } | undefined> {
  const row = await prismaOf(tx).membership.findFirst({
    where: { person: { email: email.toLowerCase() } },
    select: { personId: true },
  });
  return row ?? undefined;
}

/** Shuts a member out (a time), or lets them back in (null); false where it was so already. */
export async function setMemberDisabled(
  tx: OrganisationTransaction,
  { personId, at }: { readonly personId: string; readonly at: Date | null },
): Promise<boolean> {
  const { count } = await prismaOf(tx).membership.updateMany({
    where: { personId, disabledAt: at === null ? { not: null } : null },
    data: { disabledAt: at },
  });
  return count > 0;
}

/** Takes a member out of the organisation with their roles, groups and tokens. The caller ends their sessions before. */
export async function removeMember(tx: OrganisationTransaction, personId: string): Promise<boolean> {
  return (await prismaOf(tx).membership.deleteMany({ where: { personId } })).count > 0;
}

/** Ends all sessions of a person in the organisation and announces each; returns how many there were. */
export async function endMemberSessions(
  tx: OrganisationTransaction,
  { personId, at }: { readonly personId: string; readonly at: Date },
): Promise<number> {
  const rows = await prismaOf(tx).signInSession.updateManyAndReturn({
    where: { personId, revokedAt: null },
    data: { revokedAt: at },
    select: { id: true },
  });
  for (const { id } of rows) await publish(tx, { topic: "session", id });
  return rows.length;
}

/**
 * Waits for whoever changes who holds the role that an organisation must not be without, and returns how many members
 * hold it now: in use, directly and everywhere. The lock lasts until the transaction ends.
 */
export async function lockAndCountHolders(tx: OrganisationTransaction, roleId: string): Promise<number> {
  await lock(tx, "last-owner");
  return countHolders(tx, roleId);
}

/** How many members in use hold a role directly and everywhere. */
export async function countHolders(tx: OrganisationTransaction, roleId: string): Promise<number> {
  const rows = await prismaOf(tx).$queryRaw<{ holders: bigint }[]>`
    select count(distinct b.person_id) as holders from role_binding b
    join membership m on m.person_id = b.person_id and m.organisation_id = b.organisation_id
    where b.role_id = ${roleId} and m.disabled_at is null and b.scope = everywhere()`;
  return Number(rows[0]?.holders ?? 0);
}
