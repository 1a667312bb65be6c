import { appendAudit, type AuditDetail, type OrganisationTransaction } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";

/** What an act needs to know of who does it, and to ask whether they may. */
export type Acting = Pick<
  PersonContext,
  "identity" | "person" | "organisation" | "organisationId" | "access" | "authorize"
> &
  Pick<RequestContext, "server" | "ip">;

/** What the audit log needs to know of who acts. */
type Author = Pick<Acting, "identity" | "person" | "server" | "ip">;

/** One act for the audit log. `before` and `after` hold what differs and never a secret. */
export interface Act {
  /** Noun and verb, as "policy.apply". */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly detail?: AuditDetail;
}

/** A person by name, with the API token that speaks for them. */
const actorName = ({ person, token }: Acting["identity"]): string =>
  token === undefined ? person.displayName : `${person.displayName} (token ${token.name})`;

/** Writes the act into the audit log, in the transaction that does it (invariant I6). */
export async function recordAct(tx: OrganisationTransaction, ctx: Author, act: Act): Promise<void> {
  await appendAudit(tx, {
    ...act,
    actor: { kind: "person", id: ctx.person.id, name: actorName(ctx.identity) },
    ip: ctx.ip,
    at: new Date(ctx.server.clock.now()),
  });
}
