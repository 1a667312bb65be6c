/** Topics of the change announcements that every process may listen to. */
export const topics = [
  "desired",
  "status",
  "inventory",
  "session",
  "evidence",
  "policy",
  "audit",
  "access",
  "examination",
  "probe",
] as const;

/** One of the topics of `topics`. */
export type Topic = (typeof topics)[number];

/** A hint that something changed (decision 13): it carries ids only, and whoever acts on it reads the rows again. */
export interface Notification {
  /** Organisation id. */
  readonly organisation: string;
  readonly topic: Topic;
  /** Id of what changed; for most topics a cluster id. */
  readonly id: string;
}

/** Ordinary organisations hold clusters; the one installation is above them and holds none. */
export type OrganisationKind = "ordinary" | "installation";

/** The id of the installation, an organisation like the others for members, providers and audit. */
export const installationId = "00000000-0000-4000-8000-000000000001";

/** A sign-in session, found by the hash of its token before the organisation is known. */
export interface FoundSignInSession {
  readonly id: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly organisationKind: OrganisationKind;
  /** Raised by every change of what decides who may do what in the organisation. */
  readonly accessRevision: bigint;
  /** True where only sessions proven by one of the organisation's own providers are good. */
  readonly requiresOwnProvider: boolean;
  /** When the organisation is to be deleted; from then on the session is worth nothing. */
  readonly deletionDueAt: Date | null;
  readonly personId: string;
  readonly email: string;
  readonly displayName: string;
  readonly mustChangePassword: boolean;
  /** Set when the person was shut out of the organisation: the session is worth nothing. */
  readonly membershipDisabledAt: Date | null;
  /** How the person proved themselves. */
  readonly proof: "password" | "provider";
  readonly providerId: string | null;
  readonly providerOrganisationId: string | null;
  /** False where the provider was switched off or is gone, and where there was none. */
  readonly providerEnabled: boolean;
  readonly secondFactor: boolean;
  /** The member through whose eyes the person looks. */
  readonly viewAs: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

/** An API token, found by the hash of its secret before the organisation is known. */
export interface FoundApiToken {
  readonly id: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly organisationKind: OrganisationKind;
  readonly accessRevision: bigint;
  readonly deletionDueAt: Date | null;
  /** Whose token it is: it may do nothing that they may not. */
  readonly personId: string;
  readonly email: string;
  readonly displayName: string;
  readonly membershipDisabledAt: Date | null;
  readonly name: string;
  /** The role and scope that it was limited to when it was made. */
  readonly roleId: string;
  readonly scope: unknown;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A session or API token that is worth something, as those who hold a stream open for it ask again and again. */
export interface LiveCredential {
  readonly id: string;
  readonly accessRevision: bigint;
  readonly viewAs: string | null;
}

/** A person and the organisations that have them as an active member. */
export interface FoundPerson {
  readonly personId: string;
  readonly email: string;
  readonly displayName: string;
  /** Argon2id, in its encoded form; null where the person signs in elsewhere. */
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  readonly hasSecondFactor: boolean;
  readonly memberships: readonly FoundMembership[];
}

/** One membership of a FoundPerson: ordinary organisations first, the oldest first. */
export interface FoundMembership {
  readonly organisationId: string;
  readonly organisationName: string;
  readonly organisationKind: OrganisationKind;
  readonly requiresOwnProvider: boolean;
  readonly lastSignInAt: Date | null;
}

/** An invitation, found by the hash of its link's secret before the organisation is known. */
export interface FoundInvitation {
  readonly id: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly requiresOwnProvider: boolean;
  readonly email: string;
  readonly roleId: string;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** An enrolment grant, found by its id before the organisation is known. */
export interface FoundGrant {
  readonly id: string;
  readonly organisationId: string;
  /** Null for a grant that makes a cluster at each redemption. */
  readonly clusterId: string | null;
  /** The cluster's; of a grant that makes clusters, what their names begin with. */
  readonly name: string;
  readonly clusterDeletedAt: Date | null;
  readonly secretHash: Uint8Array;
  readonly expiresAt: Date;
  readonly redemptionsAllowed: number;
  readonly redemptionsUsed: number;
  readonly revokedAt: Date | null;
  readonly options: unknown;
}

/** An agent's credential, found by its id before the organisation is known. */
export interface FoundCredential {
  readonly id: string;
  readonly organisationId: string;
  readonly clusterId: string;
  readonly clusterName: string;
  readonly clusterDeletedAt: Date | null;
  /** Ed25519, 32 raw bytes. */
  readonly publicKey: Uint8Array;
  readonly kubeSystemUid: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

/** An organisation as the background jobs see it. */
export interface OrganisationForJobs {
  readonly id: string;
  readonly name: string;
}

/** The first organisation with its owner. */
export interface BootstrapOwner {
  readonly organisationId: string;
  readonly organisationName: string;
  readonly personId: string;
  readonly email: string;
  readonly displayName: string;
  /** Argon2id, in its encoded form. */
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
}

/** A person to be made a member; where the address is known already, that person's name and password stay theirs. */
export interface NewMember {
  readonly personId: string;
  readonly email: string;
  readonly displayName: string;
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  /** A role to hold everywhere in the organisation, as "owner"; null for none yet. */
  readonly role: string | null;
  /** How they came in; "local" where it is not said. */
  readonly joinedBy?: "local" | "invitation" | "group" | "provider" | "file";
}
