import { prismaOf, type OrganisationTransaction } from "../transaction";

/** Gives a member another name. */
export async function renamePerson(
  tx: OrganisationTransaction,
  { personId, displayName }: { readonly personId: string; readonly displayName: string },
): Promise<void> {
  await prismaOf(tx).person.update({ where: { id: personId }, data: { displayName }, select: { id: true } });
}

/** What an administrator did to an account and its person has not seen yet; null for what was not done. */
export interface AccountNotices {
  readonly secondFactorTakenAt: Date | null;
  readonly passwordResetAt: Date | null;
}

/** What was done to an account, with what stays known of it when its person has seen it. */
export interface AccountHistory extends AccountNotices {
  /** When a link last set the password; null where none ever did. */
  readonly passwordLinkUsedAt: Date | null;
}

/** What was done to a member's account; undefined where there is no such member. */
export async function findAccountNotices(
  tx: OrganisationTransaction,
  personId: string,
): Promise<AccountHistory | undefined> {
  const row = await prismaOf(tx).person.findUnique({
    where: { id: personId },
    select: { secondFactorTakenAt: true, passwordResetAt: true, passwordLinkUsedAt: true },
  });
  return row ?? undefined;
}

/** Forgets what was done, since the person has seen it. */
export async function clearAccountNotices(tx: OrganisationTransaction, personId: string): Promise<void> {
  const data = { secondFactorTakenAt: null, passwordResetAt: null };
  await prismaOf(tx).person.update({ where: { id: personId }, data, select: { id: true } });
}

/**
 * Whether the transaction's organisation may help a person back into their account: "elsewhere" where another
 * organisation has to do with it. The installation may for everybody.
 */
export type Recovery = "yes" | "elsewhere" | "no-member";

/** Asks whether the organisation may help a person back in. */
export async function mayRecover(tx: OrganisationTransaction, personId: string): Promise<Recovery> {
  const [row] = await prismaOf(tx).$queryRaw<{ state: Recovery }[]>`select may_recover(${personId}::uuid) as state`;
  return row?.state ?? "no-member";
}

/** Takes a person's second factor and recovery codes away and ends all their sessions; "none" where there is none. */
export async function takeSecondFactor(
  tx: OrganisationTransaction,
  { personId, at }: { readonly personId: string; readonly at: Date },
): Promise<Recovery | "none"> {
  const [row] = await prismaOf(tx).$queryRaw<{ state: Recovery | "none" }[]>`
    select take_second_factor(${personId}::uuid, ${at}) as state`;
  return row?.state ?? "no-member";
}

/** What a link that sets a password knows of the one that it replaces: hex of a SHA-256 of its hash; null without one,
 * and where the organisation may not help. */
export async function findPasswordMark(tx: OrganisationTransaction, personId: string): Promise<string | null> {
  const [row] = await prismaOf(tx).$queryRaw<{ mark: string | null }[]>`
    select password_mark(${personId}::uuid) as mark`;
  return row?.mark ?? null;
}

/** The names of the providers that open a person's account beside its password; none where the organisation may not help. */
export async function listRecoveredProviders(
  tx: OrganisationTransaction,
  personId: string,
): Promise<readonly string[]> {
  const rows = await prismaOf(tx).$queryRaw<{ name: string }[]>`
    select * from list_recovered_providers(${personId}::uuid)`;
  return rows.map(({ name }) => name);
}

/** Withdraws the links that wait to set a person's password. */
export async function dropPasswordLinks(tx: OrganisationTransaction, personId: string): Promise<void> {
  await prismaOf(tx).$executeRaw`select drop_password_links(${personId}::uuid)`;
}

/** A password (argon2id, encoded) that a link sets in the place of the one with the mark. */
export interface ResetPassword {
  readonly personId: string;
  readonly mark: string;
  readonly passwordHash: string;
  readonly at: Date;
}

/** Sets a person's password by a link and ends all their sessions; "changed" where it was changed since the link was made. */
export async function resetPassword(
  tx: OrganisationTransaction,
  { personId, mark, passwordHash, at }: ResetPassword,
): Promise<Recovery | "changed"> {
  const [row] = await prismaOf(tx).$queryRaw<{ state: Recovery | "changed" }[]>`
    select reset_password(${personId}::uuid, ${mark}, ${passwordHash}, ${at}) as state`;
  return row?.state ?? "no-member";
}
