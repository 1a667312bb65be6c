import { z } from "zod";
import { permitted, router, signedInProcedure } from "../../../server/trpc";
import { accessHere, find, scopeOptions } from "./service";
import { refuseBlind, watchChanges } from "./live";

export const frameRouter = router({
  /** What the person may do somewhere, for pages to leave out the rest, and where they are. */
  access: signedInProcedure.meta({ tokens: true }).query(({ ctx }) => accessHere(ctx)),

  /** Clusters and labels that a scope can be made of. */
  scopeOptions: permitted("clusters.read").query(({ ctx }) => scopeOptions(ctx)),

  /** What the command palette finds: clusters, workloads and policies whose names hold the text. */
  find: signedInProcedure
    .input(z.object({ text: z.string().max(200) }))
    .query(({ ctx, input }) => find(ctx, input.text)),

  /** Announcements of what changed in the organisation, for as long as the session lives. */
  changes: signedInProcedure.meta({ tokens: true }).subscription(({ ctx, signal }) => {
    refuseBlind(ctx);
    return watchChanges(ctx, signal);
  }),
});
