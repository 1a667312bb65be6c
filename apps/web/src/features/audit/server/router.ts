import { protectedProcedure, router } from "../../../server/trpc";
import { verifyAuditLog } from "./verify";
import { auditFacets, auditInput, auditPage } from "./service";

export const auditRouter = router({
  list: protectedProcedure.input(auditInput).query(({ ctx, input }) => auditPage(ctx, input, ctx.server.clock.now())),
  verify: protectedProcedure.query(({ ctx }) => verifyAuditLog(ctx)),
  facets: protectedProcedure.query(({ ctx }) => auditFacets(ctx)),
});
