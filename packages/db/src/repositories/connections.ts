import type { OrganisationKind } from "../domain";
import { camelCased, type LookupRow } from "../lookup-rows";
import { prismaOf, type OrganisationTransaction } from "../transaction";

/** A provider that a person may connect with their account, or has. */
export interface AccountProvider {
  readonly id: string;
  readonly name: string;
  readonly organisationId: string;
  /** "installation": it is for all. */
  readonly organisationKind: OrganisationKind;
  readonly enabled: boolean;
  /** The addresses that the provider said of each subject that is the person; empty where none is. */
  readonly connectedAs: readonly string[];
  /** When the last of them was connected. */
  readonly connectedAt: Date | null;
  readonly lastSeenAt: Date | null;
}

interface ProviderRow extends Omit<AccountProvider, "connectedAs" | "connectedAt"> {
  /** Null where nothing is connected. */
  readonly email: string | null;
  readonly firstSeenAt: Date | null;
}

/** The providers of the transaction's organisation and of the installation, as a member sees them in their settings. */
export async function listAccountProviders(
  tx: OrganisationTransaction,
  personId: string,
): Promise<readonly AccountProvider[]> {
  const found = await prismaOf(tx).$queryRaw<LookupRow[]>`select * from list_account_providers(${personId}::uuid)`;
  const byId = new Map<string, AccountProvider>();
  for (const { email, firstSeenAt, ...row } of found.map((each) => camelCased<ProviderRow>(each))) {
    const former = byId.get(row.id);
    const connectedAs = [...(former?.connectedAs ?? []), ...(email === null ? [] : [email])];
    const connectedAt = laterOf(former?.connectedAt, firstSeenAt);
    byId.set(row.id, { ...row, connectedAs, connectedAt, lastSeenAt: laterOf(former?.lastSeenAt, row.lastSeenAt) });
  }
  return [...byId.values()];
}

const laterOf = (former: Date | null | undefined, at: Date | null): Date | null =>
  former && (at === null || former > at) ? former : at;

/** A provider's subject, and whom it is to mean. */
export interface NewConnection {
  readonly providerId: string;
  readonly subject: string;
  readonly personId: string;
  /** As the provider says it. */
  readonly email: string;
  readonly at: Date;
}

/**
 * Makes a provider's subject mean a person, in a transaction of the provider's organisation; false, and nothing done,
 * where it means another person.
 */
export async function connectIdentity(
  tx: OrganisationTransaction,
  { providerId, subject, personId, email, at }: NewConnection,
): Promise<boolean> {
  const table = prismaOf(tx).personIdentity;
  const dates = { firstSeenAt: at, lastSeenAt: at };
  await table.createMany({
    data: [{ providerId, subject, personId, email, organisationId: tx.organisationId, ...dates }],
    skipDuplicates: true,
  });
  const row = await table.findUnique({ where: { providerId_subject: { providerId, subject } } });
  return row?.personId === personId;
}

/** What came of disconnecting; of "last" the organisation that nothing else would open. */
export type Disconnection =
  | { readonly state: "done"; readonly emails: readonly string[] }
  | { readonly state: "last"; readonly organisationName: string }
  | { readonly state: "none" };

/**
 * Takes a provider of the transaction's organisation, or one for all, away from a person: its subjects, the groups that it
 * said and the sessions that it proved, but for the one in use.
 */
export async function disconnectIdentity(
  tx: OrganisationTransaction,
  of: { readonly personId: string; readonly providerId: string; readonly sessionId: string; readonly at: Date },
): Promise<Disconnection> {
  const [row] = await prismaOf(tx).$queryRaw<LookupRow[]>`
    select * from disconnect_identity(${of.personId}::uuid, ${of.providerId}::uuid, ${of.sessionId}::uuid, ${of.at})`;
  return row === undefined ? { state: "none" } : camelCased<Disconnection>(row);
}
