import { permitted, router } from "../../../server/trpc";
import { approvePublications, pairsInput, publicationOverview, withdrawPublications } from "./service";

export const publicationsRouter = router({
  overview: permitted("publications.read").query(({ ctx }) => publicationOverview(ctx)),
  approve: permitted("publications.approve")
    .input(pairsInput)
    .mutation(({ ctx, input }) => approvePublications(ctx, input)),
  withdraw: permitted("publications.approve")
    .input(pairsInput)
    .mutation(({ ctx, input }) => withdrawPublications(ctx, input)),
});
