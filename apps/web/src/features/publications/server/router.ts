import { operatorProcedure } from "../../../server/operator";
import { protectedProcedure, router } from "../../../server/trpc";
import { approvePublications, pairsInput, publicationOverview, withdrawPublications } from "./service";

export const publicationsRouter = router({
  overview: protectedProcedure.query(({ ctx }) => publicationOverview(ctx)),
  approve: operatorProcedure.input(pairsInput).mutation(({ ctx, input }) => approvePublications(ctx, input)),
  withdraw: operatorProcedure.input(pairsInput).mutation(({ ctx, input }) => withdrawPublications(ctx, input)),
});
