import { maxRetentionDays, type EvidenceKind } from "@isthmus/flow-store";
import { z } from "zod";
import { permitted, router } from "../../../server/trpc";
import { retentionOf, setRetention, storageOverview } from "./service";

const days = z.int().min(1).max(maxRetentionDays).optional();
// A kind that is absent follows the installation's default.
const retention = z.strictObject({
  flows: days,
  dns: days,
  l7: days,
  audit: days,
  minute: days,
  hour: days,
  day: days,
} satisfies Readonly<Record<EvidenceKind, typeof days>>);

export const storageRouter = router({
  overview: permitted("organisation.manage")
    // Narrows the days to one cluster's.
    .input(z.object({ clusterId: z.uuid().nullable() }))
    .query(({ ctx, input }) => storageOverview(ctx, input.clusterId)),
  retention: permitted("organisation.manage").query(({ ctx }) => retentionOf(ctx)),
  setRetention: permitted("organisation.manage")
    .input(z.object({ days: retention }))
    .mutation(({ ctx, input }) => setRetention(ctx, input.days)),
});
