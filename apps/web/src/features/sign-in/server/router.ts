import { z } from "zod";
import { permitted, publicProcedure, router, signedInProcedure } from "../../../server/trpc";
import { changePassword } from "./change-password";
import { ownOrganisations, switchOrganisation } from "./organisations";
import { shortestPassword } from "./password";
import { signIn, signInWithCode } from "./password-sign-in";
import {
  beginSecondFactor,
  confirmSecondFactor,
  disableSecondFactor,
  renewRecoveryCodes,
  secondFactorState,
} from "./second-factor";
import { startViewAs, stopViewAs } from "./view-as";
import { ownSessions, revokeOwnSessions } from "./sessions";
import { signOut } from "./sign-out";

const password = z.string().max(1_000);
const code = z.string().max(100);

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
  /** The second step, with the ticket of the first: a code of the authenticator app, or a recovery code. */
  signInWithCode: publicProcedure
    .input(z.object({ ticket: z.string().max(100), code }))
    .mutation(({ ctx, input }) => signInWithCode(ctx, input)),
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
  organisations: signedInProcedure.query(({ ctx }) => ownOrganisations(ctx)),
  switchOrganisation: signedInProcedure
    .meta({ whileViewing: true })
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => switchOrganisation(ctx, input)),
  viewAs: permitted("organisation.view-as")
    .input(z.object({ personId: z.uuid() }))
    .mutation(({ ctx, input }) => startViewAs(ctx, input)),
  stopViewAs: signedInProcedure.meta({ whileViewing: true }).mutation(({ ctx }) => stopViewAs(ctx)),
  secondFactor: signedInProcedure.query(({ ctx }) => secondFactorState(ctx)),
  beginSecondFactor: signedInProcedure
    .input(z.object({ password }))
    .mutation(({ ctx, input }) => beginSecondFactor(ctx, input)),
  confirmSecondFactor: signedInProcedure
    .input(z.object({ code }))
    .mutation(({ ctx, input }) => confirmSecondFactor(ctx, input)),
  disableSecondFactor: signedInProcedure
    .input(z.object({ password, code }))
    .mutation(({ ctx, input }) => disableSecondFactor(ctx, input)),
  renewRecoveryCodes: signedInProcedure
    .input(z.object({ code }))
    .mutation(({ ctx, input }) => renewRecoveryCodes(ctx, input)),
});
