import { evidenceKinds, maxRetentionDays } from "@isthmus/flow-store";
import { z } from "zod";
import { permitted, router } from "../../../server/trpc";
import { retentionOf, setRetention, storageOverview } from "./service";

const days = z.int().min(1).max(maxRetentionDays);

export const storageRouter = router({
  overview: permitted("organisation.manage")
    // Narrows the days to one cluster's.
    .input(z.object({ clusterId: z.uuid().nullable() }))
    .query(({ ctx, input }) => storageOverview(ctx, input.clusterId)),
  retention: permitted("organisation.manage").query(({ ctx }) => retentionOf(ctx)),
  setRetention: permitted("organisation.manage")
    // A kind that is absent follows the installation's default.
    .input(z.object({ days: z.partialRecord(z.enum(evidenceKinds), days) }))
    .mutation(({ ctx, input }) => setRetention(ctx, input.days)),
});
