import { z } from "zod";
import { permitted, publicProcedure, router, signedInProcedure } from "../../../server/trpc";
import { idInput } from "../../roles/server";
import { disableMember, enableMember, endSession, endSessions, removeFromOrganisation } from "./change";
import { inviteInput, newAccountInput, personInput, secretInput } from "./inputs";
import { invite, withdrawInvitation } from "./invite";
import { acceptInvitation, joinWithPassword, readInvitation } from "./join";
import { memberAccount, members, memberSessions } from "./read";
import { passwordLinkFor, takeSecondFactorFrom } from "./recover";

export const membersRouter = router({
  list: permitted("members.read").query(({ ctx }) => members(ctx)),
  sessions: permitted("members.manage")
    .input(personInput)
    .query(({ ctx, input }) => memberSessions(ctx, input.personId)),
  invite: permitted("members.manage")
    .input(inviteInput)
    .mutation(({ ctx, input }) => invite(ctx, input)),
  withdrawInvitation: permitted("members.manage")
    .input(idInput)
    .mutation(({ ctx, input }) => withdrawInvitation(ctx, input.id)),
  disable: permitted("members.manage")
    .input(personInput)
    .mutation(({ ctx, input }) => disableMember(ctx, input.personId)),
  enable: permitted("members.manage")
    .input(personInput)
    .mutation(({ ctx, input }) => enableMember(ctx, input.personId)),
  remove: permitted("members.manage")
    .input(personInput)
    .mutation(({ ctx, input }) => removeFromOrganisation(ctx, input.personId)),
  endSession: permitted("members.manage")
    .input(personInput.extend({ id: z.uuid() }))
    .mutation(({ ctx, input }) => endSession(ctx, input)),
  endSessions: permitted("members.manage")
    .input(personInput)
    .mutation(({ ctx, input }) => endSessions(ctx, input.personId)),
  /** What opens a member's account beside a provider. */
  account: permitted("members.manage")
    .input(personInput)
    .query(({ ctx, input }) => memberAccount(ctx, input.personId)),
  takeSecondFactor: permitted("members.manage")
    .input(personInput)
    .mutation(({ ctx, input }) => takeSecondFactorFrom(ctx, input.personId)),
  passwordLink: permitted("members.manage")
    .input(personInput)
    .mutation(({ ctx, input }) => passwordLinkFor(ctx, input.personId)),
  leave: signedInProcedure.mutation(({ ctx }) => removeFromOrganisation(ctx, ctx.person.id)),

  /** The page of an invitation's link. */
  invitation: publicProcedure.input(secretInput).query(({ ctx, input }) => readInvitation(ctx, input.token)),
  joinWithPassword: publicProcedure.input(newAccountInput).mutation(({ ctx, input }) => joinWithPassword(ctx, input)),
  accept: signedInProcedure.input(secretInput).mutation(({ ctx, input }) => acceptInvitation(ctx, input.token)),
});
