import { protectedProcedure, router } from "../../../server/trpc";
import { auditFacets, auditInput, auditPage } from "./service";

export const auditRouter = router({
  list: protectedProcedure.input(auditInput).query(({ ctx, input }) => auditPage(ctx, input, ctx.server.clock.now())),
  facets: protectedProcedure.query(({ ctx }) => auditFacets(ctx)),
});
