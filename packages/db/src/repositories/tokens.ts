import type { Prisma } from "../generated/client";
import { prismaOf, publish, type OrganisationTransaction } from "../transaction";
import { readScope, type StoredScope } from "./access-source";

/** An API token; its secret is known to whoever made it. */
export interface ApiTokenRecord {
  readonly id: string;
  readonly personId: string;
  readonly personName: string;
  readonly name: string;
  readonly roleId: string;
  readonly scope: StoredScope;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly lastUsedIp: string;
  readonly revokedAt: Date | null;
}

/** A token to be stored: of its secret only the SHA-256. */
export interface NewApiToken {
  readonly id: string;
  readonly personId: string;
  readonly name: string;
  readonly secretHash: Uint8Array;
  readonly roleId: string;
  readonly scope: StoredScope;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Stores a token. */
export async function createApiToken(tx: OrganisationTransaction, token: NewApiToken): Promise<void> {
  const { secretHash, scope, ...rest } = token;
  await prismaOf(tx).apiToken.create({
    data: {
      ...rest,
      scope: scope as unknown as Prisma.InputJsonObject,
      secretHash: Buffer.from(secretHash),
      organisationId: tx.organisationId,
    },
  });
}

/** Tokens, newest first: a person's, or everybody's. */
export async function listApiTokens(
  tx: OrganisationTransaction,
  { personId }: { readonly personId?: string } = {},
): Promise<readonly ApiTokenRecord[]> {
  const rows = await prismaOf(tx).apiToken.findMany({
    where: personId === undefined ? {} : { personId },
    orderBy: [{ createdAt: "desc" }, { id: "asc" }],
    omit: { secretHash: true, organisationId: true, revokedBy: true },
    include: { membership: { select: { person: { select: { displayName: true } } } } },
    take: 2_000,
  });
  return rows.map(({ membership, ...row }) => ({
    ...row,
    scope: readScope(row.scope),
    personName: membership.person.displayName,
  }));
}

/** One token; undefined where there is none. */
export async function findApiTokenById(
  tx: OrganisationTransaction,
  id: string,
): Promise<Omit<ApiTokenRecord, "personName"> | undefined> {
  const row = await prismaOf(tx).apiToken.findFirst({
    where: { id },
    omit: { secretHash: true, organisationId: true, revokedBy: true },
  });
  return row === null ? undefined : { ...row, scope: readScope(row.scope) };
}

/** Ends a token; false where it had ended. */
export async function revokeApiToken(
  tx: OrganisationTransaction,
  { id, by, at }: { readonly id: string; readonly by: string; readonly at: Date },
): Promise<boolean> {
  const { count } = await prismaOf(tx).apiToken.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: at, revokedBy: by },
  });
  if (count > 0) await publish(tx, { topic: "access", id });
  return count > 0;
}
