import { appendAudit, type PersonSession } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { isConfined } from "./confined";

type Context = RequestContext & PersonContext;

/** The person's sessions, the one in use marked: everywhere, or here alone where the session is good here alone. */
export async function ownSessions(ctx: Context) {
  const sessions = await visibleSessions(ctx);
  return sessions.map((session) => ({ ...session, current: session.id === ctx.identity.sessionId }));
}

async function visibleSessions({ server, person, identity }: Context): Promise<readonly PersonSession[]> {
  const nowMs = server.clock.now();
  const sessions = await server.database.lookups.listPersonSessions(person.id);
  return sessions.filter(
    (each) =>
      each.expiresAt.getTime() > nowMs && (!isConfined(identity) || each.organisationId === identity.organisationId),
  );
}

/** Which of the person's sessions to end. */
export type SessionsToEnd = { readonly id: string } | "others";

/** Ends sessions of the person, each of which they see in their list; returns how many there were. */
export async function revokeOwnSessions(ctx: Context, which: SessionsToEnd): Promise<number> {
  const { server, identity, person, ip } = ctx;
  const at = new Date(server.clock.now());
  const chosen = (await visibleSessions(ctx)).filter((each) =>
    which === "others" ? each.id !== identity.sessionId : each.id === which.id,
  );
  for (const { id, organisationId } of chosen) {
    await server.database.lookups.revokePersonSessions({ personId: person.id, which: { id }, at });
    await server.database.forOrganisation(organisationId).transaction((tx) =>
      appendAudit(tx, {
        actor: { kind: "person", id: person.id, name: person.displayName },
        action: "sign-in.revoke",
        target: { kind: "session", id, name: "" },
        ip,
        at,
      }),
    );
  }
  return chosen.length;
}
