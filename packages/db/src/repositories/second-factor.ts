import { prismaOf, type OrganisationTransaction } from "../transaction";

/** A member's second factor: TOTP (RFC 6238). It counts once `confirmedAt` is set. */
export interface SecondFactor {
  readonly secretSealed: Uint8Array;
  readonly confirmedAt: Date | null;
  /** The latest time step whose code was used: it and the earlier ones are worth nothing more. */
  readonly lastStep: bigint;
}

/** A member's second factor, confirmed or not. */
export async function findSecondFactor(
  tx: OrganisationTransaction,
  personId: string,
): Promise<SecondFactor | undefined> {
  const row = await prismaOf(tx).personTotp.findUnique({ where: { personId } });
  return row ?? undefined;
}

/** Keeps a new secret that waits for its first code, in place of another that waits; false where one is confirmed. */
export async function offerSecondFactor(
  tx: OrganisationTransaction,
  { personId, secretSealed, at }: { readonly personId: string; readonly secretSealed: Uint8Array; readonly at: Date },
): Promise<boolean> {
  await prismaOf(tx).personTotp.deleteMany({ where: { personId, confirmedAt: null } });
  const { count } = await prismaOf(tx).personTotp.createMany({
    data: [{ personId, secretSealed: Buffer.from(secretSealed), createdAt: at }],
    skipDuplicates: true,
  });
  return count > 0;
}

/** Uses up a time step, and confirms the factor where `confirm` is given; false where it or a later one was used. */
export async function useTimeStep(
  tx: OrganisationTransaction,
  { personId, step, confirm }: { readonly personId: string; readonly step: number; readonly confirm?: Date },
): Promise<boolean> {
  const { count } = await prismaOf(tx).personTotp.updateMany({
    where: { personId, lastStep: { lt: step }, confirmedAt: confirm === undefined ? { not: null } : null },
    data: { lastStep: step, ...(confirm === undefined ? {} : { confirmedAt: confirm }) },
  });
  return count > 0;
}

/** Takes a member's second factor and recovery codes away. */
export async function removeSecondFactor(tx: OrganisationTransaction, personId: string): Promise<void> {
  await prismaOf(tx).recoveryCode.deleteMany({ where: { personId } });
  await prismaOf(tx).personTotp.deleteMany({ where: { personId } });
}

/** Makes these a member's recovery codes, by their hashes; the former ones are worth nothing more. */
export async function replaceRecoveryCodes(
  tx: OrganisationTransaction,
  { personId, hashes }: { readonly personId: string; readonly hashes: readonly Uint8Array[] },
): Promise<void> {
  await prismaOf(tx).recoveryCode.deleteMany({ where: { personId } });
  await prismaOf(tx).recoveryCode.createMany({
    data: hashes.map((hash) => ({ personId, codeHash: Buffer.from(hash) })),
  });
}

/** Uses up a recovery code; false where it is none, or was used. */
export async function useRecoveryCode(
  tx: OrganisationTransaction,
  { personId, hash, at }: { readonly personId: string; readonly hash: Uint8Array; readonly at: Date },
): Promise<boolean> {
  const { count } = await prismaOf(tx).recoveryCode.updateMany({
    where: { personId, codeHash: Buffer.from(hash), usedAt: null },
    data: { usedAt: at },
  });
  return count > 0;
}

/** How many recovery codes of a member are left. */
export const countRecoveryCodes = (tx: OrganisationTransaction, personId: string): Promise<number> =>
  prismaOf(tx).recoveryCode.count({ where: { personId, usedAt: null } });
