import { z } from "zod";
import { permitted, router } from "../../../server/trpc";
import { viewInput } from "../../../view";
import { flowsFacets, flowsHistogram, flowsPage, flowsSince, flowWithOtherEnd } from "./service";

const query = z.object({ view: viewInput, q: z.string().max(4_000) });
const pageCursor = z.string().max(2_000);
const tailCursor = z.string().regex(/^\d{1,15}$/, "is not a cursor of a tail of flows");

export const flowsRouter = router({
  page: permitted("flows.read")
    .input(query.extend({ cursor: pageCursor.nullish(), limit: z.int().min(1).max(500).default(200) }))
    .query(({ ctx, input }) => flowsPage(ctx, { ...input, cursor: input.cursor ?? undefined })),
  since: permitted("flows.read")
    .input(query.extend({ cursor: tailCursor }))
    .query(({ ctx, input }) => flowsSince(ctx, input)),
  histogram: permitted("flows.read")
    .input(query)
    .query(({ ctx, input }) => flowsHistogram(ctx, input)),
  facets: permitted("flows.read")
    .input(query)
    .query(({ ctx, input }) => flowsFacets(ctx, input)),
  detail: permitted("flows.read")
    .input(z.object({ id: z.string().min(1).max(500) }))
    .query(({ ctx, input }) => flowWithOtherEnd(ctx, input.id)),
});
