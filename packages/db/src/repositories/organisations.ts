import { prismaOf, publish, type OrganisationTransaction } from "../transaction";
import type { OrganisationKind } from "../domain";

/** What an organisation is as a whole. */
export interface OrganisationRecord {
  readonly id: string;
  readonly name: string;
  readonly kind: OrganisationKind;
  readonly createdAt: Date;
  readonly requiresOwnProvider: boolean;
  readonly deletionRequestedAt: Date | null;
  readonly deletionDueAt: Date | null;
}

/** The transaction's organisation. */
export async function findOrganisation(tx: OrganisationTransaction): Promise<OrganisationRecord | undefined> {
  const row = await prismaOf(tx).organisation.findUnique({
    where: { id: tx.organisationId },
    omit: { accessRevision: true, deletionRequestedBy: true },
  });
  return row === null ? undefined : { ...row, kind: row.kind === "installation" ? "installation" : "ordinary" };
}

/** Renames the transaction's organisation. */
export async function renameOrganisation(tx: OrganisationTransaction, name: string): Promise<void> {
  await prismaOf(tx).organisation.updateMany({ where: { id: tx.organisationId }, data: { name } });
  await publish(tx, { topic: "access", id: tx.organisationId });
}

/** Says whether only sessions proven by the organisation's own providers are good in it. */
export async function setRequiresOwnProvider(tx: OrganisationTransaction, required: boolean): Promise<void> {
  await prismaOf(tx).organisation.updateMany({
    where: { id: tx.organisationId },
    data: { requiresOwnProvider: required },
  });
  await publish(tx, { topic: "session", id: tx.organisationId });
}

/** When the organisation is to be deleted and who asked for it; null keeps it. False where nothing changes. */
export async function setDeletion(
  tx: OrganisationTransaction,
  deletion: { readonly requestedAt: Date; readonly requestedBy: string; readonly dueAt: Date } | null,
): Promise<boolean> {
  const { count } = await prismaOf(tx).organisation.updateMany({
    where: { id: tx.organisationId, kind: "ordinary", deletionDueAt: deletion === null ? { not: null } : null },
    data: {
      deletionRequestedAt: deletion?.requestedAt ?? null,
      deletionRequestedBy: deletion?.requestedBy ?? null,
      deletionDueAt: deletion?.dueAt ?? null,
    },
  });
  if (count > 0) await publish(tx, { topic: "access", id: tx.organisationId });
  return count > 0;
}

/**
 * How many members the transaction's organisation has, shut out or not. Until the transaction ends nobody joins it: whoever
 * is joining is waited for.
 */
export async function lockAndCountMembers(tx: OrganisationTransaction): Promise<number> {
  await prismaOf(tx).$queryRaw`select id from organisation where id = ${tx.organisationId}::uuid for update`;
  return prismaOf(tx).membership.count();
}

/** An organisation as the installation sees it, from outside. */
export interface ListedOrganisation {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly members: number;
  readonly deletionRequestedAt: Date | null;
  readonly deletionDueAt: Date | null;
}

interface ListedRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: Date;
  readonly members: bigint;
  readonly deletion_requested_at: Date | null;
  readonly deletion_due_at: Date | null;
}

/** All ordinary organisations; refused by Postgres in every transaction but the installation's. */
export async function readOrganisations(tx: OrganisationTransaction): Promise<readonly ListedOrganisation[]> {
  const rows = await prismaOf(tx).$queryRaw<ListedRow[]>`select * from list_organisations()`;
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    members: Number(row.members),
    deletionRequestedAt: row.deletion_requested_at,
    deletionDueAt: row.deletion_due_at,
  }));
}

/** Makes an empty ordinary organisation; refused by Postgres in every transaction but the installation's. */
export async function createOrganisation(
  tx: OrganisationTransaction,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  await prismaOf(tx).$executeRaw`select create_organisation(${id}::uuid, ${name})`;
}
