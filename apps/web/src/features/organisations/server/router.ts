import { z } from "zod";
import { permitted, router, signedInProcedure } from "../../../server/trpc";
import { passwordLinkByEmail, takeSecondFactorByEmail } from "./help-in";
import {
  cancelDeletionOf,
  create,
  inviteFirstOwner,
  organisations,
  renameOther,
  requestDeletionOf,
} from "./installation";
import { cancelDeletion, current, rename, requestDeletion, setSignInRule } from "./service";

const name = z.string().trim().min(1, "Give it a name.").max(100);
const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .regex(/^[^\s@]+@[^\s@]+$/, "This is not an e-mail address.");
const organisationId = z.uuid();
const confirmName = z.string().max(100);

export const organisationsRouter = router({
  current: signedInProcedure.meta({ tokens: true }).query(({ ctx }) => current(ctx)),
  rename: permitted("organisation.manage")
    .input(z.object({ name }))
    .mutation(({ ctx, input }) => rename(ctx, input.name)),
  setSignInRule: permitted("organisation.manage")
    .input(z.object({ requiresOwnProvider: z.boolean() }))
    .mutation(({ ctx, input }) => setSignInRule(ctx, input.requiresOwnProvider)),
  requestDeletion: permitted("organisation.manage")
    .input(z.object({ confirmName }))
    .mutation(({ ctx, input }) => requestDeletion(ctx, input.confirmName)),
  cancelDeletion: permitted("organisation.manage").mutation(({ ctx }) => cancelDeletion(ctx)),

  // In the installation alone: no role of another organisation carries its permission.
  list: permitted("installation.manage").query(({ ctx }) => organisations(ctx)),
  create: permitted("installation.manage")
    .input(z.object({ name, ownerEmail: email }))
    .mutation(({ ctx, input }) => create(ctx, input)),
  inviteFirstOwner: permitted("installation.manage")
    .input(z.object({ organisationId, email }))
    .mutation(({ ctx, input }) => inviteFirstOwner(ctx, { id: input.organisationId, email: input.email })),
  /** For somebody who belongs to several organisations, of which none may do it. */
  takeSecondFactor: permitted("installation.manage")
    .input(z.object({ email }))
    .mutation(({ ctx, input }) => takeSecondFactorByEmail(ctx, input.email)),
  passwordLink: permitted("installation.manage")
    .input(z.object({ email }))
    .mutation(({ ctx, input }) => passwordLinkByEmail(ctx, input.email)),
  renameOther: permitted("installation.manage")
    .input(z.object({ organisationId, name }))
    .mutation(({ ctx, input }) => renameOther(ctx, input)),
  requestDeletionOf: permitted("installation.manage")
    .input(z.object({ organisationId, confirmName }))
    .mutation(({ ctx, input }) => requestDeletionOf(ctx, input)),
  cancelDeletionOf: permitted("installation.manage")
    .input(z.object({ organisationId }))
    .mutation(({ ctx, input }) => cancelDeletionOf(ctx, input.organisationId)),
});
