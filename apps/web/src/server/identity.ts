import { touchSignInSession, type Database } from "@isthmus/db";
import { hashSessionToken } from "./session-token";

/** What a role may do. The access model of a later issue widens this one place. */
export type Role = "owner" | "operator" | "viewer";

/** Who a request speaks for. Organisation and person come from the session's row, never from the request. */
export interface Identity {
  readonly sessionId: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly person: {
    readonly id: string;
    readonly email: string;
    readonly displayName: string;
    readonly role: Role;
    readonly mustChangePassword: boolean;
  };
}

// "Last seen" is for people who look at their sessions; to the minute is enough.
const touchAfterMs = 60_000;
// A session that nobody used for so long is over, whatever its expiry says.
const idleLimitMs = 7 * 86_400_000;

/** The identity that a session token proves now; undefined when the session is unknown, revoked, expired or idle too long. */
export async function identify(database: Database, token: string, nowMs: number): Promise<Identity | undefined> {
  const found = await database.lookups.findSignInSession(hashSessionToken(token));
  if (found === undefined || found.revokedAt !== null || found.membershipDisabledAt !== null) return undefined;
  if (found.expiresAt.getTime() <= nowMs || nowMs - found.lastSeenAt.getTime() > idleLimitMs) return undefined;
  if (nowMs - found.lastSeenAt.getTime() > touchAfterMs) {
    await database
      .forOrganisation(found.organisationId)
      .transaction((tx) => touchSignInSession(tx, { id: found.id, at: new Date(nowMs) }));
  }
  return {
    sessionId: found.id,
    organisationId: found.organisationId,
    organisationName: found.organisationName,
    person: {
      id: found.personId,
      email: found.email,
      displayName: found.displayName,
      role: "owner",
      mustChangePassword: found.mustChangePassword,
    },
  };
}
