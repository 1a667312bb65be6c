import { permitted, router } from "../../../server/trpc";
import { verifyAuditLog } from "./verify";
import { auditFacets, auditInput, auditPage } from "./service";

export const auditRouter = router({
  list: permitted("audit.read")
    .input(auditInput)
    .query(({ ctx, input }) => auditPage(ctx, input, ctx.server.clock.now())),
  verify: permitted("audit.read").query(({ ctx }) => verifyAuditLog(ctx)),
  facets: permitted("audit.read").query(({ ctx }) => auditFacets(ctx)),
});
