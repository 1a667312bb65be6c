import { randomUUID } from "node:crypto";
import {
  appendAudit,
  createSignInSession,
  deleteEndedSignInSessions,
  revokeSignInSessions,
  type AuditDetail,
  type SessionProof,
} from "@isthmus/db";
import type { RequestContext } from "../../../server/context";
import type { Identity } from "../../../server/identity";
import { hashSecret, newSecret } from "../../../server/random-secret";
import { sessionCookie } from "../../../server/session-token";

/** However it is used, a session ends so long after the sign-in; `identify` ends it sooner where nobody uses it. */
export const sessionLengthMs = 30 * 86_400_000;

/** A session to begin: whose, where, and by which proof. */
export interface Beginning {
  readonly organisationId: string;
  readonly person: Pick<Identity["person"], "id" | "displayName">;
  /** Given the id of the session, since what is kept of a proof is sealed for it. */
  readonly proofFor: (sessionId: string) => SessionProof;
  readonly action?: "sign-in.begin" | "sign-in.switch";
  readonly detail?: AuditDetail;
  /** When it ends, and when the person proved themselves; a session that follows another one has both from that. */
  readonly following?: { readonly expiresAt: Date; readonly provenAt: Date | null };
}

/**
 * Begins a session under a new token, sets its cookie and ends the session that the browser came with, so that no token
 * from before the sign-in is worth anything after it.
 */
export async function beginSession(ctx: RequestContext, beginning: Beginning): Promise<void> {
  const { server, ip, userAgent } = ctx;
  const { organisationId, person, proofFor, detail, action = "sign-in.begin" } = beginning;
  const token = newSecret();
  const createdAt = new Date(server.clock.now());
  const { expiresAt, provenAt } = beginning.following ?? {
    expiresAt: new Date(createdAt.getTime() + sessionLengthMs),
    provenAt: createdAt,
  };
  const id = randomUUID();
  const actor = { kind: "person", id: person.id, name: person.displayName } as const;
  await server.database.forOrganisation(organisationId).transaction(async (tx) => {
    await deleteEndedSignInSessions(tx, new Date(createdAt.getTime() - sessionLengthMs));
    await createSignInSession(tx, {
      id,
      personId: person.id,
      tokenHash: hashSecret(token),
      createdAt,
      provenAt,
      expiresAt,
      ip,
      userAgent,
      proof: proofFor(id),
    });
    await appendAudit(tx, {
      actor,
      action,
      target: { kind: "session", id, name: userAgent },
      ...(detail === undefined ? {} : { detail }),
      ip,
      at: createdAt,
    });
  });
  await endFormerSession(ctx, createdAt);
  ctx.responseHeaders.append("set-cookie", sessionCookie({ publicUrl: server.config.publicUrl, token, expiresAt }));
}

/** Ends the session that a request came with, and says so in its organisation's audit log. */
export async function endFormerSession({ server, identity, ip, userAgent }: RequestContext, at: Date): Promise<void> {
  if (identity === undefined) return;
  await server.database.forOrganisation(identity.organisationId).transaction(async (tx) => {
    const which = { id: identity.sessionId };
    await revokeSignInSessions(tx, { personId: identity.person.id, which, at });
    await appendAudit(tx, {
      actor: { kind: "person", id: identity.person.id, name: identity.person.displayName },
      action: "sign-in.end",
      target: { kind: "session", id: identity.sessionId, name: userAgent },
      ip,
      at,
    });
  });
}
