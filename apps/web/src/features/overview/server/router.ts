import { z } from "zod";
import { permitted, router } from "../../../server/trpc";
import { viewInput } from "../../../view";
import { overviewDenied, overviewState, overviewTalkers } from "./service";

const input = z.object({ view: viewInput });

const talkers = input.extend({
  side: z.enum(["source", "dest"]),
  by: z.enum(["cluster", "namespace", "workload"]),
  measure: z.enum(["bytes", "packets", "connections", "flows", "denied"]),
});

export const overviewRouter = router({
  state: permitted("clusters.read")
    .input(input)
    .query(({ ctx, input: { view } }) => overviewState(ctx, view)),
  denied: permitted("flows.read")
    .input(input)
    .query(({ ctx, input: { view } }) => overviewDenied(ctx, view)),
  talkers: permitted("flows.read")
    .input(talkers)
    .query(({ ctx, input: { view, ...asked } }) => overviewTalkers(ctx, view, asked)),
});
