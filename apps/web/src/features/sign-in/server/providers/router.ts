import { z } from "zod";
import { permitted, router } from "../../../../server/trpc";
import { createProviderInput, updateProviderInput } from "./inputs";
import { createProvider, ownProviders, removeProvider, updateProvider } from "./manage";
import { beginProviderTest, readProviderTest } from "./try-out";

/** Single sign-on of the organisation; in the installation, that for all. */
export const providersRouter = router({
  list: permitted("providers.read").query(({ ctx }) => ownProviders(ctx)),
  /** The access file of this installation; in an organisation, and where there is none: null. */
  file: permitted("providers.read").query(({ ctx }) => {
    const followed = ctx.identity.organisationKind === "installation" ? ctx.server.accessFile?.() : undefined;
    return followed ?? null;
  }),
  create: permitted("providers.manage")
    .input(createProviderInput)
    .mutation(({ ctx, input }) => createProvider(ctx, input)),
  update: permitted("providers.manage")
    .input(updateProviderInput)
    .mutation(({ ctx, input }) => updateProvider(ctx, input)),
  remove: permitted("providers.manage")
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => removeProvider(ctx, input)),
  /** Answers with the URL to go to; the provider sends the browser back to `next`, with `test=<token>` added. */
  test: permitted("providers.manage")
    .input(z.object({ id: z.uuid(), next: z.string().max(1_000) }))
    .mutation(({ ctx, input }) => beginProviderTest(ctx, input)),
  testResult: permitted("providers.manage")
    .input(z.object({ token: z.string().max(100) }))
    .mutation(({ ctx, input }) => readProviderTest(ctx, input)),
});
