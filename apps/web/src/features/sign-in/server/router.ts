import { z } from "zod";
import { publicProcedure, router, signedInProcedure } from "../../../server/trpc";
import { shortestPassword } from "./password";
import { changePassword, ownSessions, revokeOwnSessions, signIn, signOut } from "./service";

const password = z.string().max(1_000);

export const signInRouter = router({
  signIn: publicProcedure
    .input(z.object({ email: z.string().max(320), password }))
    .mutation(({ ctx, input }) => signIn(ctx, input)),
  signOut: publicProcedure.mutation(({ ctx }) => signOut(ctx)),
  me: signedInProcedure.meta({ tokens: true }).query(({ ctx }) => ({
    ...ctx.person,
    organisation: ctx.identity.organisationName,
    roles: ctx.authority.roles,
  })),
  sessions: signedInProcedure.query(({ ctx }) => ownSessions(ctx)),
  revokeSession: signedInProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => revokeOwnSessions(ctx, { id: input.id })),
  revokeOtherSessions: signedInProcedure.mutation(({ ctx }) =>
    revokeOwnSessions(ctx, { allExcept: ctx.identity.sessionId }),
  ),
  changePassword: signedInProcedure
    .input(
      z.object({
        current: password,
        next: password.min(shortestPassword, `A password needs at least ${shortestPassword} characters.`),
      }),
    )
    .mutation(({ ctx, input }) => changePassword(ctx, input)),
});
