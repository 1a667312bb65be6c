import { z } from "zod";
import { permitted, router } from "../../../server/trpc";
import { viewInput } from "../../../view";
import { edgeHistory, graphEdges } from "./service";

const end = z.object({
  clusterId: z.string().max(64).nullable(),
  kind: z.string().max(253),
  namespace: z.string().max(253),
  name: z.string().max(512),
});
const edgeKey = z.object({
  source: end,
  dest: end,
  protocol: z.string().max(16),
  port: z.number().int().min(0).max(65_535),
});

export const graphRouter = router({
  edges: permitted("flows.read")
    .input(z.object({ view: viewInput, q: z.string().max(4_000).default("") }))
    .query(({ ctx, input }) => graphEdges(ctx, input.view, input.q)),
  history: permitted("flows.read")
    .input(z.object({ view: viewInput, edge: edgeKey }))
    .query(({ ctx, input }) => edgeHistory(ctx, input.view, input.edge)),
});
