import type {
  BootstrapOwner,
  FoundApiToken,
  FoundCredential,
  FoundGrant,
  FoundInvitation,
  FoundPerson,
  FoundSignInSession,
  LiveCredential,
  NewMember,
  OrganisationKind,
  OrganisationForJobs,
} from "./domain";
import type { PrismaClient } from "./generated/client";
import { ask, camelCased, type LookupRow } from "./lookup-rows";
import { createSignInLookups, type SignInLookups } from "./sign-in-lookups";
import { prismaOf, type OrganisationTransaction } from "./transaction";

/** Look-ups before the organisation is known and jobs across organisations: each is one SECURITY DEFINER function. */
export interface Lookups extends SignInLookups {
  findSignInSession(tokenHash: Uint8Array): Promise<FoundSignInSession | undefined>;
  /** Those of an organisation's sessions and tokens that are worth something now. */
  listLiveCredentials(asked: {
    readonly organisationId: string;
    readonly ids: readonly string[];
    readonly now: Date;
  }): Promise<readonly LiveCredential[]>;
  findApiToken(secretHash: Uint8Array): Promise<FoundApiToken | undefined>;
  findPersonByEmail(email: string): Promise<FoundPerson | undefined>;
  findInvitation(secretHash: Uint8Array): Promise<FoundInvitation | undefined>;
  /** Ordinary organisations whose deletion is due. */
  listOrganisationsDue(now: Date): Promise<readonly OrganisationForJobs[]>;
  /** Deletes everything of an organisation whose deletion is due by Postgres's clock; false where it is not. */
  purgeOrganisation(id: string): Promise<boolean>;
  findGrant(id: string): Promise<FoundGrant | undefined>;
  findCredential(id: string): Promise<FoundCredential | undefined>;
  listOrganisationsForJobs(): Promise<readonly OrganisationForJobs[]>;
  /** Makes the first organisation and its owner; false (and nothing made) where an organisation exists. */
  bootstrapOwner(owner: BootstrapOwner): Promise<boolean>;
}

const PURGE_MS = 3_600_000;

/** Binds the look-ups to a client. */
export function createLookups(prisma: PrismaClient): Lookups {
  return {
    ...createSignInLookups(prisma),
    findSignInSession: async (tokenHash) => {
      const bytes = Buffer.from(tokenHash);
      const rows = await ask(prisma.$queryRaw<LookupRow[]>`select * from find_sign_in_session(${bytes})`);
      return rows[0] && camelCased<FoundSignInSession>(rows[0]);
    },
    listLiveCredentials: async ({ organisationId, ids, now }) => {
      const rows = await ask(
        prisma.$queryRaw<LookupRow[]>`
          select * from list_live_credentials(${organisationId}::uuid, ${[...ids]}::uuid[], ${now})`,
      );
      return rows.map((row) => camelCased<LiveCredential>(row));
    },
    findApiToken: async (secretHash) => {
      const bytes = Buffer.from(secretHash);
      const rows = await ask(prisma.$queryRaw<LookupRow[]>`select * from find_api_token(${bytes})`);
      return rows[0] && camelCased<FoundApiToken>(rows[0]);
    },
    findPersonByEmail: async (email) =>
      personOf(await ask(prisma.$queryRaw<PersonRow[]>`select * from find_person_by_email(${email})`)),
    findInvitation: async (secretHash) => {
      const bytes = Buffer.from(secretHash);
      const rows = await ask(prisma.$queryRaw<LookupRow[]>`select * from find_invitation(${bytes})`);
      return rows[0] && camelCased<FoundInvitation>(rows[0]);
    },
    listOrganisationsDue: (now) =>
      ask(prisma.$queryRaw<OrganisationForJobs[]>`select * from list_organisations_due(${now})`),
    purgeOrganisation: async (id) => {
      // What years left behind is not gone in a request's time.
      const rows = await prisma.$transaction(
        async (tx) => {
          await tx.$queryRaw`select set_config('statement_timeout', ${`${PURGE_MS}`}, true)`;
          return await ask(tx.$queryRaw<{ purged: boolean }[]>`select purge_organisation(${id}::uuid) as purged`);
        },
        { timeout: PURGE_MS },
      );
      return rows[0]?.purged === true;
    },
    findGrant: async (id) => {
      const rows = await ask(prisma.$queryRaw<LookupRow[]>`select * from find_enrolment_grant(${id}::uuid)`);
      return rows[0] && camelCased<FoundGrant>(rows[0]);
    },
    findCredential: async (id) => {
      const rows = await ask(prisma.$queryRaw<LookupRow[]>`select * from find_credential(${id}::uuid)`);
      return rows[0] && camelCased<FoundCredential>(rows[0]);
    },
    listOrganisationsForJobs: () =>
      ask(prisma.$queryRaw<OrganisationForJobs[]>`select * from list_organisations_for_jobs()`),
    bootstrapOwner: async (owner) => {
      const rows = await ask(prisma.$queryRaw<{ made: string | null }[]>`
        select bootstrap_owner(${owner.organisationId}::uuid, ${owner.organisationName}, ${owner.personId}::uuid,
          ${owner.email}, ${owner.displayName}, ${owner.passwordHash}, ${owner.mustChangePassword}) as made`);
      return rows[0]?.made === owner.organisationId;
    },
  };
}

/** Makes a person a member of the transaction's organisation and returns their id, which is not `personId` where the
 * address was known already. Fails with `unique-violation` where they are a member. */
export async function addMember(tx: OrganisationTransaction, member: NewMember): Promise<string> {
  const rows = await prismaOf(tx).$queryRaw<{ person: string }[]>`
    select add_member(${member.personId}::uuid, ${member.email}, ${member.displayName}, ${member.passwordHash},
      ${member.mustChangePassword}, ${member.role}, ${member.joinedBy ?? "local"}) as person`;
  return rows[0]?.person ?? member.personId;
}

/**
 * Gives a person who belongs to no organisation but the transaction's a new password and no second factor; false, and
 * nothing done, where another organisation or a provider knows the account.
 */
export async function beginAccountAnew(
  tx: OrganisationTransaction,
  { personId, passwordHash }: { readonly personId: string; readonly passwordHash: string },
): Promise<boolean> {
  const rows = await prismaOf(tx).$queryRaw<{ begun: boolean }[]>`
    select begin_account_anew(${personId}::uuid, ${passwordHash}) as begun`;
  return rows[0]?.begun === true;
}

interface PersonRow {
  readonly person_id: string;
  readonly email: string;
  readonly display_name: string;
  readonly password_hash: string | null;
  readonly must_change_password: boolean;
  readonly has_second_factor: boolean;
  readonly organisation_id: string;
  readonly organisation_name: string;
  readonly organisation_kind: OrganisationKind;
  readonly requires_own_provider: boolean;
  readonly last_sign_in_at: Date | null;
}

function personOf(rows: readonly PersonRow[]): FoundPerson | undefined {
  const first = rows[0];
  if (!first) return undefined;
  return {
    personId: first.person_id,
    email: first.email,
    displayName: first.display_name,
    passwordHash: first.password_hash,
    mustChangePassword: first.must_change_password,
    hasSecondFactor: first.has_second_factor,
    memberships: rows.map((row) => ({
      organisationId: row.organisation_id,
      organisationName: row.organisation_name,
      organisationKind: row.organisation_kind,
      requiresOwnProvider: row.requires_own_provider,
      lastSignInAt: row.last_sign_in_at,
    })),
  };
}
