import {
  endMemberSessions,
  findMember,
  publish,
  removeMember,
  revokeInvitations,
  revokeSignInSessions,
  setMemberDisabled,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { recordAct } from "../../audit/server";
import { keepingAnOwner } from "../../roles/server";

type Context = RequestContext & PersonContext;

async function memberOf(tx: OrganisationTransaction, personId: string) {
  const member = await findMember(tx, personId);
  if (member === undefined) throw new AppError("not-found", "This person is not a member here.");
  return member;
}

const targetOf = ({ personId, email }: { readonly personId: string; readonly email: string }) => ({
  kind: "person",
  id: personId,
  name: email,
});

const now = ({ server }: RequestContext) => new Date(server.clock.now());

/** Shuts a member out: their sessions end at once, and their tokens do nothing until they are let in again. */
export const disableMember = (ctx: Context, personId: string): Promise<void> =>
  ctx.wholeOrganisation.transaction((tx) =>
    keepingAnOwner(tx, ctx.identity.organisationKind, async () => {
      const member = await memberOf(tx, personId);
      if (personId === ctx.person.id)
        throw new AppError("invalid-input", "You cannot shut yourself out. Leave the organisation instead.");
      const at = now(ctx);
      if (!(await setMemberDisabled(tx, { personId, at })))
        throw new AppError("conflict", "This person is shut out already.");
      const sessions = await endMemberSessions(tx, { personId, at });
      await revokeInvitations(tx, { createdBy: personId, at });
      await recordAct(tx, ctx, {
        action: "member.disable",
        target: targetOf(member),
        detail: { after: { sessionsEnded: sessions } },
      });
    }),
  );

/** Lets a member in again. */
export const enableMember = (ctx: Context, personId: string): Promise<void> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const member = await memberOf(tx, personId);
    if (!(await setMemberDisabled(tx, { personId, at: null })))
      throw new AppError("conflict", "This person is not shut out.");
    await recordAct(tx, ctx, { action: "member.enable", target: targetOf(member) });
  });

/** Takes a member out, with roles, tokens, sessions and the invitations that they made; oneself too. */
export const removeFromOrganisation = (ctx: Context, personId: string): Promise<void> =>
  ctx.wholeOrganisation.transaction((tx) =>
    keepingAnOwner(tx, ctx.identity.organisationKind, async () => {
      const member = await memberOf(tx, personId);
      const at = now(ctx);
      const sessions = await endMemberSessions(tx, { personId, at });
      await revokeInvitations(tx, { createdBy: personId, at });
      await removeMember(tx, personId);
      await publish(tx, { topic: "access", id: personId });
      await recordAct(tx, ctx, {
        action: personId === ctx.person.id ? "member.leave" : "member.remove",
        target: targetOf(member),
        detail: { before: { displayName: member.displayName }, after: { sessionsEnded: sessions } },
      });
    }),
  );

/** Ends one session of a member in this organisation. */
export const endSession = (ctx: Context, { personId, id }: { personId: string; id: string }): Promise<void> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const member = await memberOf(tx, personId);
    const ended = await revokeSignInSessions(tx, { personId, which: { id }, at: now(ctx) });
    if (ended.length === 0) throw new AppError("not-found", "This session has ended already.");
    await recordAct(tx, ctx, {
      action: "member.end-session",
      target: targetOf(member),
      detail: { after: { session: id } },
    });
  });

/** Ends every session of a member in this organisation. */
export const endSessions = (ctx: Context, personId: string): Promise<number> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const member = await memberOf(tx, personId);
    const ended = await endMemberSessions(tx, { personId, at: now(ctx) });
    await recordAct(tx, ctx, {
      action: "member.end-sessions",
      target: targetOf(member),
      detail: { after: { sessionsEnded: ended } },
    });
    return ended;
  });
