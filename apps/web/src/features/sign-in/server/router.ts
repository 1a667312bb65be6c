import { z } from "zod";
import { publicProcedure, router, signedInProcedure } from "../../../server/trpc";
import { changePassword } from "./change-password";
import { shortestPassword } from "./password";
import { signIn } from "./password-sign-in";
import { ownSessions, revokeOwnSessions } from "./sessions";
import { signOut } from "./sign-out";

const password = z.string().max(1_000);

export const signInRouter = router({
  /** What the sign-in page offers: the providers for all, and those of the domain of an e-mail address. */
  providers: publicProcedure
    .input(z.object({ email: z.string().max(320).default("") }).default({ email: "" }))
    .query(async ({ ctx, input }) => {
      const domain = input.email.trim().toLowerCase().split("@")[1] ?? "";
      const offered = await ctx.server.database.lookups.listSignInProviders(domain);
      return offered.map(({ id, name, organisationName, organisationKind }) => ({
        id,
        name,
        organisation: organisationKind === "ordinary" ? organisationName : undefined,
      }));
    }),
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
  revokeOtherSessions: signedInProcedure.mutation(({ ctx }) => revokeOwnSessions(ctx, "others")),
  changePassword: signedInProcedure
    .input(
      z.object({
        current: password,
        next: password.min(shortestPassword, `A password needs at least ${shortestPassword} characters.`),
      }),
    )
    .mutation(({ ctx, input }) => changePassword(ctx, input)),
});
