import type { OrganisationKind } from "./domain";
import type { Prisma, PrismaClient } from "./generated/client";
import { ask, camelCased, type LookupRow } from "./lookup-rows";

/** Look-ups of the sign-in: they run before the organisation is known, or for a person over all their organisations. */
export interface SignInLookups {
  /** The person that a provider means: linked with its subject, else by e-mail address. */
  findPersonForProvider(of: {
    readonly providerId: string;
    readonly subject: string;
    readonly email: string;
  }): Promise<ProvenPerson | undefined>;
  findIdentityProvider(id: string): Promise<FoundIdentityProvider | undefined>;
  /** Providers that a sign-in page may offer: those shown, and those of an e-mail's domain. */
  listSignInProviders(domain: string): Promise<readonly OfferedProvider[]>;
  /** The organisations that have a person as an active member. */
  listMemberships(personId: string): Promise<readonly PersonMembership[]>;
  /** Organisations that a provider's answer may make somebody a member of. */
  listOrganisationsToJoin(asked: Joiner): Promise<readonly JoinableOrganisation[]>;
  /** A person's sessions everywhere, also expired ones; last used first. */
  listPersonSessions(personId: string): Promise<readonly PersonSession[]>;
  /** Ends sessions of a person everywhere: one, all but one, or all. */
  revokePersonSessions(of: {
    readonly personId: string;
    readonly which: { readonly id: string } | { readonly allExcept: string } | "all";
    readonly at: Date;
  }): Promise<readonly { readonly id: string; readonly organisationId: string }[]>;
  /** Keeps a ticket until `expiresAt`; of its token only the SHA-256 is given. `data` must be JSON. */
  putSignInTicket(ticket: NewTicket): Promise<void>;
  /** Takes a ticket, which exists no more afterwards; undefined where there is none or its time is over. */
  takeSignInTicket(of: { readonly tokenHash: Uint8Array; readonly kind: string; readonly now: Date }): Promise<unknown>;
  /** What a ticket holds, which stays to be taken; undefined as above. */
  readSignInTicket(of: { readonly tokenHash: Uint8Array; readonly kind: string; readonly now: Date }): Promise<unknown>;
  /** Counts an attempt under each key; returns the ms to wait, with nothing counted, where one allows no more. */
  countAttempts(attempt: CountedAttempt): Promise<number>;
  clearAttempts(key: Uint8Array): Promise<void>;
}

/** A person as a provider's answer finds them; `linked` where this subject was seen before. */
export interface ProvenPerson {
  readonly personId: string;
  readonly email: string;
  readonly displayName: string;
  readonly linked: boolean;
  readonly hasPassword: boolean;
}

/** Who belongs to an organisation through a provider: who was invited, whose groups hold a role, or anyone. */
export type JoinRule = "invited" | "groups" | "anyone";

/** An OpenID Connect provider with what a sign-in needs. */
export interface FoundIdentityProvider {
  readonly id: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly organisationKind: OrganisationKind;
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecretSealed: Uint8Array | null;
  readonly scopes: readonly string[];
  readonly emailClaim: string;
  readonly nameClaim: string;
  readonly groupsClaim: string;
  /** Whoever set it up vouches for its addresses, also where it does not say that it checked one. */
  readonly emailsVerified: boolean;
  readonly joinRule: JoinRule;
  readonly enabled: boolean;
}

/** A provider as the sign-in page offers it. */
export interface OfferedProvider extends NamedOrganisation {
  readonly id: string;
  readonly name: string;
}

/** An organisation by its id, its name and its kind. */
export interface NamedOrganisation {
  readonly organisationId: string;
  readonly organisationName: string;
  readonly organisationKind: OrganisationKind;
}

/** An organisation that may be joined: because a group holds a role there, or because the provider is its own or the
 * organisation is the only one. */
export interface JoinableOrganisation extends NamedOrganisation {
  readonly byGroup: boolean;
  /** The open invitation of the address; null where there is none. */
  readonly invitationId: string | null;
}

/** Of whom is asked where they may join; `email` is null where the provider's word on it does not count. */
export interface Joiner {
  readonly providerId: string;
  readonly groups: readonly string[];
  readonly email: string | null;
  readonly now: Date;
}

/** An organisation that has the person as an active member. */
export interface PersonMembership extends NamedOrganisation {
  readonly requiresOwnProvider: boolean;
  readonly deletionDueAt: Date | null;
  readonly lastSignInAt: Date | null;
}

/** A person's session in any organisation; `providerName` is null for a password. */
export interface PersonSession {
  readonly id: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly proof: "password" | "provider";
  readonly providerName: string | null;
  readonly secondFactor: boolean;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly ip: string;
  readonly userAgent: string;
}

/** What is kept between two steps of a sign-in. */
export interface NewTicket {
  readonly tokenHash: Uint8Array;
  readonly kind: string;
  readonly data: unknown;
  readonly now: Date;
  readonly expiresAt: Date;
}

/** An attempt under the SHA-256 of each thing that limits it, with how many each allows in the window. */
export interface CountedAttempt {
  readonly keys: readonly { readonly hash: Uint8Array; readonly allowed: number }[];
  readonly windowMs: number;
  readonly now: Date;
}

/** Binds the look-ups of the sign-in to a client. */
export function createSignInLookups(prisma: PrismaClient): SignInLookups {
  return {
    ...findings(prisma),
    ...tickets(prisma),
    revokePersonSessions: ({ personId, which, at }) => {
      const only = which !== "all" && "id" in which ? which.id : null;
      const except = which !== "all" && "allExcept" in which ? which.allExcept : null;
      return rows(prisma.$queryRaw`
        select * from revoke_person_sessions(${personId}::uuid, ${only}::uuid, ${except}::uuid, ${at})`);
    },
  };
}

type Findings = Pick<
  SignInLookups,
  | "findPersonForProvider"
  | "findIdentityProvider"
  | "listSignInProviders"
  | "listMemberships"
  | "listOrganisationsToJoin"
  | "listPersonSessions"
>;

const findings = (prisma: PrismaClient): Findings => ({
  findPersonForProvider: async ({ providerId, subject, email }) =>
    (
      await rows<ProvenPerson>(
        prisma.$queryRaw`select * from find_person_for_provider(${providerId}::uuid, ${subject}, ${email})`,
      )
    )[0],
  findIdentityProvider: async (id) =>
    (await rows<FoundIdentityProvider>(prisma.$queryRaw`select * from find_identity_provider(${id}::uuid)`))[0],
  listSignInProviders: (domain) => rows(prisma.$queryRaw`select * from list_sign_in_providers(${domain})`),
  listMemberships: (personId) => rows(prisma.$queryRaw`select * from list_memberships(${personId}::uuid)`),
  listOrganisationsToJoin: ({ providerId, groups, email, now }) =>
    rows(
      prisma.$queryRaw`select * from list_organisations_to_join(${providerId}::uuid, ${[...groups]}::text[], ${email}, ${now})`,
    ),
  listPersonSessions: (personId) => rows(prisma.$queryRaw`select * from list_person_sessions(${personId}::uuid)`),
});

type Tickets = Pick<
  SignInLookups,
  "putSignInTicket" | "takeSignInTicket" | "readSignInTicket" | "countAttempts" | "clearAttempts"
>;

const tickets = (prisma: PrismaClient): Tickets => ({
  putSignInTicket: async ({ tokenHash, kind, data, now, expiresAt }) => {
    const json = data as Prisma.InputJsonValue;
    await ask(prisma.$queryRaw`
      select put_sign_in_ticket(${Buffer.from(tokenHash)}, ${kind}, ${json}::jsonb, ${now}, ${expiresAt})::text`);
  },
  takeSignInTicket: async ({ tokenHash, kind, now }) => {
    const [row] = await ask(
      prisma.$queryRaw<{ data: unknown }[]>`
        select take_sign_in_ticket(${Buffer.from(tokenHash)}, ${kind}, ${now}) as data`,
    );
    return row?.data ?? undefined;
  },
  readSignInTicket: async ({ tokenHash, kind, now }) => {
    const [row] = await ask(
      prisma.$queryRaw<{ data: unknown }[]>`
        select read_sign_in_ticket(${Buffer.from(tokenHash)}, ${kind}, ${now}) as data`,
    );
    return row?.data ?? undefined;
  },
  countAttempts: async ({ keys, windowMs, now }) => {
    const hashes = keys.map(({ hash }) => Buffer.from(hash));
    const allowed = keys.map((key) => key.allowed);
    const [row] = await ask(
      prisma.$queryRaw<{ wait: number }[]>`
        select count_attempts(${hashes}::bytea[], ${allowed}::int[], ${`${windowMs} milliseconds`}::interval, ${now})
          as wait`,
    );
    return Math.ceil((row?.wait ?? 0) * 1_000);
  },
  clearAttempts: async (key) => {
    await ask(prisma.$queryRaw`select clear_attempts(${Buffer.from(key)})::text`);
  },
});

async function rows<T>(query: Promise<unknown>): Promise<readonly T[]> {
  return ((await ask(query)) as readonly LookupRow[]).map((row) => camelCased<T>(row));
}
