import { z } from "zod";
import { protectedProcedure, router } from "../../../server/trpc";
import { viewInput } from "../../../view";
import { flowsFacets, flowsHistogram, flowsPage, flowsSince, flowWithOtherEnd } from "./service";

const query = z.object({ view: viewInput, q: z.string().max(4_000) });
const cursor = z.string().max(2_000);

export const flowsRouter = router({
  page: protectedProcedure
    .input(query.extend({ cursor: cursor.nullish(), limit: z.int().min(1).max(500).default(200) }))
    .query(({ ctx, input }) => flowsPage(ctx, { ...input, cursor: input.cursor ?? undefined })),
  since: protectedProcedure.input(query.extend({ cursor })).query(({ ctx, input }) => flowsSince(ctx, input)),
  histogram: protectedProcedure.input(query).query(({ ctx, input }) => flowsHistogram(ctx, input)),
  facets: protectedProcedure.input(query).query(({ ctx, input }) => flowsFacets(ctx, input)),
  detail: protectedProcedure
    .input(z.object({ id: z.string().min(1).max(500) }))
    .query(({ ctx, input }) => flowWithOtherEnd(ctx, input.id)),
});
