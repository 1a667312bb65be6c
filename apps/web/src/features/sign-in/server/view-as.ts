import { widens } from "@isthmus/access";
import { appendAudit, findActiveMember, setViewAs } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";

type Context = RequestContext & PersonContext;

/**
 * Looks at the organisation through another member's eyes, changing nothing, until `stopViewAs`. Never through those of
 * somebody who holds what the person does not.
 */
export async function startViewAs(ctx: Context, { personId }: { readonly personId: string }): Promise<void> {
  const { server, identity, person, wholeOrganisation } = ctx;
  if (identity.token !== undefined) {
    throw new AppError("forbidden", "This is for a person who is signed in, not for an API token.");
  }
  const member = await wholeOrganisation.transaction((tx) => findActiveMember(tx, personId));
  if (member === undefined) throw new AppError("not-found", "There is no such member.");
  if (member.id === person.id) throw new AppError("invalid-input", "That is your own view already.");
  const { database, authorities } = server;
  const theirs = await authorities.of(database, { ...identity, person: { ...person, ...member }, viewAs: null });
  if (widens(ctx.access, theirs.access).length > 0) {
    throw new AppError(
      "forbidden",
      `${member.displayName} may do what you may not, so that you cannot look as they do.`,
    );
  }
  await note(ctx, { action: "view-as.begin", member, viewAs: member.id });
}

/** Goes back to the person's own view. */
export async function stopViewAs(ctx: Context): Promise<void> {
  const { identity, wholeOrganisation } = ctx;
  const { viewAs } = identity;
  if (viewAs === null) return;
  const member = await wholeOrganisation.transaction((tx) => findActiveMember(tx, viewAs));
  const seen = member ?? { id: viewAs, displayName: "", email: "" };
  await note(ctx, { action: "view-as.end", member: seen, viewAs: null });
}

interface ViewChange {
  readonly action: "view-as.begin" | "view-as.end";
  readonly member: { readonly id: string; readonly email: string };
  readonly viewAs: string | null;
}

const note = ({ wholeOrganisation, identity, person, ip, server }: Context, change: ViewChange) =>
  wholeOrganisation.transaction(async (tx) => {
    await setViewAs(tx, { id: identity.sessionId, personId: change.viewAs });
    await appendAudit(tx, {
      actor: { kind: "person", id: person.id, name: person.displayName },
      action: change.action,
      target: { kind: "person", id: change.member.id, name: change.member.email },
      ip,
      at: new Date(server.clock.now()),
    });
  });
