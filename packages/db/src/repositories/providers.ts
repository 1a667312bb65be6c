import { ask } from "../lookup-rows";
import type { IdentityProvider as Row } from "../generated/client";
import type { JoinRule, NewTicket } from "../sign-in-lookups";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** An OpenID Connect provider of the organisation, without its secret. */
export interface IdentityProvider {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly hasClientSecret: boolean;
  readonly scopes: readonly string[];
  readonly emailClaim: string;
  readonly nameClaim: string;
  readonly groupsClaim: string;
  readonly emailsVerified: boolean;
  readonly joinRule: JoinRule;
  /** Domains of e-mail addresses whose owners are offered it where it is not shown to all. */
  readonly domains: readonly string[];
  readonly shown: boolean;
  readonly enabled: boolean;
  /** "file": written by the access file, and changed there alone. */
  readonly origin: "app" | "file";
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly testedAt: Date | null;
  /** Why it could not be reached, or refused, the last time it was used; empty where it worked. */
  readonly lastError: string;
}

/** What a person or the access file says of a provider. */
export type ProviderSettings = Pick<
  IdentityProvider,
  | "name"
  | "issuer"
  | "clientId"
  | "scopes"
  | "emailClaim"
  | "nameClaim"
  | "groupsClaim"
  | "emailsVerified"
  | "joinRule"
  | "domains"
  | "shown"
  | "enabled"
>;

/** A provider to be stored; `clientSecretSealed` undefined leaves the secret as it is, null takes it away. */
export interface StoredProvider {
  readonly id: string;
  readonly settings: ProviderSettings;
  readonly clientSecretSealed: Uint8Array | null | undefined;
  readonly origin: "app" | "file";
  readonly by: string | null;
  readonly at: Date;
}

/** The organisation's providers by name. */
export async function listProviders(tx: OrganisationTransaction): Promise<readonly IdentityProvider[]> {
  const rows = await prismaOf(tx).identityProvider.findMany({ orderBy: [{ name: "asc" }, { id: "asc" }] });
  return rows.map(providerOf);
}

/** One provider of the organisation. */
export async function findProvider(tx: OrganisationTransaction, id: string): Promise<IdentityProvider | undefined> {
  const row = await prismaOf(tx).identityProvider.findUnique({ where: { id } });
  return row === null ? undefined : providerOf(row);
}

/** Stores a provider, new or not. Fails with `unique-violation` where another has its name. */
export async function storeProvider(
  tx: OrganisationTransaction,
  { id, settings, clientSecretSealed, origin, by, at }: StoredProvider,
): Promise<void> {
  const sealed = clientSecretSealed === null ? null : clientSecretSealed && Buffer.from(clientSecretSealed);
  const written = {
    ...settings,
    scopes: [...settings.scopes],
    domains: [...settings.domains],
    origin,
    updatedAt: at,
    ...(sealed === undefined ? {} : { clientSecretSealed: sealed }),
  };
  await prismaOf(tx).identityProvider.upsert({
    where: { id },
    create: { ...written, id, organisationId: tx.organisationId, createdBy: by, createdAt: at },
    update: written,
    select: { id: true },
  });
}

/** Deletes a provider with the identities that it proved; false where there is none. What else it brought about ends with
 * `endProvider`. */
export async function deleteProvider(tx: OrganisationTransaction, id: string): Promise<boolean> {
  const { count } = await prismaOf(tx).identityProvider.deleteMany({ where: { id } });
  return count > 0;
}

/** Notes how a provider's last use went: an empty `error` where it worked; `testedAt` where a person tried it. */
export async function noteProviderUse(
  tx: OrganisationTransaction,
  { id, error, testedAt }: { readonly id: string; readonly error: string; readonly testedAt?: Date },
): Promise<void> {
  await prismaOf(tx).identityProvider.updateMany({
    where: testedAt === undefined ? { id, NOT: { lastError: error } } : { id },
    data: { lastError: error, ...(testedAt === undefined ? {} : { testedAt }) },
  });
}

/**
 * Ends everywhere what a provider of this organisation brought about: the sessions that it proved and the groups that it
 * said; with `bindings`, the roles of its groups too. Returns how many sessions there were.
 */
export async function endProvider(
  tx: OrganisationTransaction,
  { id, bindings, at }: { readonly id: string; readonly bindings: boolean; readonly at: Date },
): Promise<number> {
  const [row] = await prismaOf(tx).$queryRaw<{ ended: bigint }[]>`
    select end_provider(${id}::uuid, ${bindings}, ${at}) as ended`;
  return Number(row?.ended ?? 0);
}

/** Whose sessions end: those that a provider proved in its session `sid`, or of its subject; one of the two is given. */
export interface ProviderLogout {
  readonly providerId: string;
  readonly subject: string | null;
  readonly sid: string | null;
  readonly at: Date;
}

/** Ends everywhere the sessions of whom a provider of this organisation says that they signed out; returns how many. */
export async function endProviderSessions(
  tx: OrganisationTransaction,
  { providerId, subject, sid, at }: ProviderLogout,
): Promise<number> {
  const [row] = await prismaOf(tx).$queryRaw<{ ended: bigint }[]>`
    select end_provider_sessions(${providerId}::uuid, ${subject}, ${sid}, ${at}) as ended`;
  return Number(row?.ended ?? 0);
}

/** Puts a ticket in a transaction, for what must not be done twice; fails with "unique-violation" where it is there. */
export async function useUpTicket(
  tx: OrganisationTransaction,
  { tokenHash, kind, now, expiresAt }: Omit<NewTicket, "data">,
): Promise<void> {
  const hash = Buffer.from(tokenHash);
  await ask(
    prismaOf(tx).$queryRaw`select put_sign_in_ticket(${hash}, ${kind}, '{}'::jsonb, ${now}, ${expiresAt})::text`,
  );
}

/** Forgets whom a provider's subjects meant, as when it has another issuer from now on; returns how many. */
export async function forgetIdentities(tx: OrganisationTransaction, providerId: string): Promise<number> {
  return (await prismaOf(tx).personIdentity.deleteMany({ where: { providerId } })).count;
}

/** Links a provider's subject with a person, or notes that it was seen again. */
export async function linkIdentity(
  tx: OrganisationTransaction,
  identity: {
    readonly providerId: string;
    readonly subject: string;
    readonly personId: string;
    readonly email: string;
    readonly at: Date;
  },
): Promise<void> {
  const { providerId, subject, personId, email, at } = identity;
  await prismaOf(tx).personIdentity.upsert({
    where: { providerId_subject: { providerId, subject } },
    create: {
      providerId,
      subject,
      personId,
      email,
      organisationId: tx.organisationId,
      firstSeenAt: at,
      lastSeenAt: at,
    },
    update: { email, lastSeenAt: at },
    select: { subject: true },
  });
}

/** Makes a member's groups at a provider exactly these; returns those from before, or undefined where they are the same. */
export async function replaceGroups(
  tx: OrganisationTransaction,
  change: { readonly personId: string; readonly providerId: string; readonly groups: readonly string[] },
): Promise<readonly string[] | undefined> {
  const { personId, providerId, groups } = change;
  const table = prismaOf(tx).personGroup;
  const rows = await table.findMany({ where: { personId, providerId }, orderBy: { groupName: "asc" } });
  const before = rows.map((row) => row.groupName);
  const gone = before.filter((each) => !groups.includes(each));
  const come = [...new Set(groups)].filter((each) => !before.includes(each));
  if (gone.length === 0 && come.length === 0) return undefined;
  await table.deleteMany({ where: { personId, providerId, groupName: { in: gone } } });
  await table.createMany({
    data: come.map((groupName) => ({ organisationId: tx.organisationId, personId, providerId, groupName })),
    skipDuplicates: true,
  });
  return before;
}

function providerOf(row: Row): IdentityProvider {
  const { clientSecretSealed, organisationId: _organisation, createdBy: _by, joinRule, origin, ...rest } = row;
  return {
    ...rest,
    hasClientSecret: clientSecretSealed !== null,
    joinRule: joinRule as JoinRule,
    origin: origin as IdentityProvider["origin"],
  };
}
