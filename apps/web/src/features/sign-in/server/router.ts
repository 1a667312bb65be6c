import { z } from "zod";
import { protectedProcedure, publicProcedure, router } from "../../../server/trpc";
import { shortestPassword } from "./password";
import { changePassword, ownSessions, revokeOwnSessions, signIn, signOut } from "./service";

const password = z.string().max(1_000);

export const signInRouter = router({
  signIn: publicProcedure
    .input(z.object({ email: z.string().max(320), password }))
    .mutation(({ ctx, input }) => signIn(ctx, input)),
  signOut: publicProcedure.mutation(({ ctx }) => signOut(ctx)),
  me: protectedProcedure.query(({ ctx }) => ({ ...ctx.person, organisation: ctx.identity.organisationName })),
  sessions: protectedProcedure.query(({ ctx }) => ownSessions(ctx)),
  revokeSession: protectedProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => revokeOwnSessions(ctx, { id: input.id })),
  revokeOtherSessions: protectedProcedure.mutation(({ ctx }) =>
    revokeOwnSessions(ctx, { allExcept: ctx.identity.sessionId }),
  ),
  changePassword: protectedProcedure
    .input(
      z.object({
        current: password,
        next: password.min(shortestPassword, `A password needs at least ${shortestPassword} characters.`),
      }),
    )
    .mutation(({ ctx, input }) => changePassword(ctx, input)),
});
