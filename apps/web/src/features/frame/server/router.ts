import { z } from "zod";
import { protectedProcedure, router } from "../../../server/trpc";
import { find, scopeOptions } from "./service";
import { watchChanges } from "./live";

export const frameRouter = router({
  /** Clusters and labels that a scope can be made of. */
  scopeOptions: protectedProcedure.query(({ ctx }) => scopeOptions(ctx)),

  /** What the command palette finds: clusters, workloads and policies whose names hold the text. */
  find: protectedProcedure
    .input(z.object({ text: z.string().max(200) }))
    .query(({ ctx, input }) => find(ctx, input.text)),

  /** Announcements of what changed in the organisation, for as long as the session lives. */
  changes: protectedProcedure.subscription(({ ctx, signal }) => watchChanges(ctx, signal)),
});
