import type { Prisma } from "../generated/client";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** The value of an organisation's setting; undefined where it was never set. */
export async function getSetting(tx: OrganisationTransaction, key: string): Promise<unknown> {
  const where = { organisationId_key: { organisationId: tx.organisationId, key } };
  return (await prismaOf(tx).setting.findUnique({ where }))?.value;
}

/** Sets an organisation's setting; null is a job of the installation. */
export async function putSetting(
  tx: OrganisationTransaction,
  {
    key,
    value,
    by,
    at,
  }: { readonly key: string; readonly value: unknown; readonly by: string | null; readonly at: Date },
): Promise<void> {
  const written = { value: value as Prisma.InputJsonValue, updatedBy: by, updatedAt: at };
  await prismaOf(tx).setting.upsert({
    where: { organisationId_key: { organisationId: tx.organisationId, key } },
    create: { organisationId: tx.organisationId, key, ...written },
    update: written,
  });
}
