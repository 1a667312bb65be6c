import {
  installationId,
  readScope,
  touchApiToken,
  touchSignInSession,
  type Database,
  type OrganisationKind,
} from "@isthmus/db";
import type { Ceiling } from "@isthmus/access";
import { hashSecret } from "./random-secret";

/** Who a request speaks for. Organisation and person come from the row of a session or token, never from the request. */
export interface Identity {
  /** Empty where a token speaks. */
  readonly sessionId: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly organisationKind: OrganisationKind;
  /** Changes with everything that decides who may do what in the organisation. */
  readonly accessRevision: bigint;
  readonly person: {
    readonly id: string;
    readonly email: string;
    readonly displayName: string;
    readonly mustChangePassword: boolean;
  };
  readonly proof: Proof;
  /** The member through whose eyes the person asked to look. */
  readonly viewAs: string | null;
  /** Set where an API token speaks for the person, within its own limits. */
  readonly token?: { readonly id: string; readonly name: string; readonly ceiling: Ceiling };
}

/** How the person proved themselves. */
export type Proof =
  | { readonly kind: "password" | "token"; readonly secondFactor: boolean }
  | {
      readonly kind: "provider";
      readonly secondFactor: boolean;
      readonly providerId: string;
      /** True where it is the organisation's own provider, and the session good in this organisation alone. */
      readonly own: boolean;
    };

// "Last seen" is for people who look at their sessions; to the minute is enough.
const touchAfterMs = 60_000;
// A session that nobody used for so long is over, whatever its expiry says.
const idleLimitMs = 7 * 86_400_000;

type FoundSession = NonNullable<Awaited<ReturnType<Database["lookups"]["findSignInSession"]>>>;

/** The identity that a session token proves now; undefined when the session is worth nothing. */
export async function identify(database: Database, token: string, nowMs: number): Promise<Identity | undefined> {
  const found = await database.lookups.findSignInSession(hashSecret(token));
  if (found === undefined || !isLive(found, nowMs)) return undefined;
  const proof = proofOf(found);
  if (proof === undefined) return undefined;
  if (nowMs - found.lastSeenAt.getTime() > touchAfterMs) {
    await database
      .forOrganisation(found.organisationId)
      .transaction((tx) => touchSignInSession(tx, { id: found.id, at: new Date(nowMs) }));
  }
  return { ...partsOf(found), sessionId: found.id, proof, viewAs: found.viewAs };
}

function isLive(found: FoundSession, nowMs: number): boolean {
  if (found.revokedAt !== null || found.membershipDisabledAt !== null) return false;
  if (found.expiresAt.getTime() <= nowMs || nowMs - found.lastSeenAt.getTime() > idleLimitMs) return false;
  return !isDeletionDue(found, nowMs);
}

/** Whether the day of an organisation's deletion has come: nobody gets in any more. */
export const isDeletionDue = ({ deletionDueAt }: { readonly deletionDueAt: Date | null }, nowMs: number): boolean =>
  deletionDueAt !== null && deletionDueAt.getTime() <= nowMs;

/** How the session was proven; undefined where that is not, or no more, good in its organisation. */
function proofOf(found: FoundSession): Proof | undefined {
  const { secondFactor, providerId, providerOrganisationId, organisationId } = found;
  if (found.proof === "password") {
    return found.requiresOwnProvider ? undefined : { kind: "password", secondFactor };
  }
  if (providerId === null || !found.providerEnabled) return undefined;
  const own = providerOrganisationId === organisationId;
  if (!own && (found.requiresOwnProvider || providerOrganisationId !== installationId)) return undefined;
  return { kind: "provider", secondFactor, providerId, own };
}

/** The identity that an API token proves now; undefined when it is unknown, revoked, expired, or of nobody any more. */
export async function identifyToken(
  database: Database,
  secret: string,
  { nowMs, ip }: { readonly nowMs: number; readonly ip: string },
): Promise<Identity | undefined> {
  const found = await database.lookups.findApiToken(hashSecret(secret));
  if (found === undefined || found.revokedAt !== null || found.membershipDisabledAt !== null) return undefined;
  if (found.expiresAt.getTime() <= nowMs) return undefined;
  if (isDeletionDue(found, nowMs)) return undefined;
  if (nowMs - (found.lastUsedAt?.getTime() ?? 0) > touchAfterMs) {
    await database
      .forOrganisation(found.organisationId)
      .transaction((tx) => touchApiToken(tx, { id: found.id, at: new Date(nowMs), ip }));
  }
  const ceiling = { roleId: found.roleId, scope: readScope(found.scope) };
  return {
    ...partsOf({ ...found, mustChangePassword: false }),
    sessionId: "",
    proof: { kind: "token", secondFactor: false },
    viewAs: null,
    token: { id: found.id, name: found.name, ceiling },
  };
}

type Parts = Pick<
  FoundSession,
  | "organisationId"
  | "organisationName"
  | "organisationKind"
  | "accessRevision"
  | "personId"
  | "email"
  | "displayName"
  | "mustChangePassword"
>;

const partsOf = ({ personId, email, displayName, mustChangePassword, ...found }: Parts) => ({
  organisationId: found.organisationId,
  organisationName: found.organisationName,
  organisationKind: found.organisationKind,
  accessRevision: found.accessRevision,
  person: { id: personId, email, displayName, mustChangePassword },
});
