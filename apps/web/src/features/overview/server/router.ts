import { z } from "zod";
import { permitted, router } from "../../../server/trpc";
import { viewInput } from "../../../view";
import { overviewDenied, overviewState } from "./service";

const input = z.object({ view: viewInput });

export const overviewRouter = router({
  state: permitted("clusters.read")
    .input(input)
    .query(({ ctx, input: { view } }) => overviewState(ctx, view)),
  denied: permitted("flows.read")
    .input(input)
    .query(({ ctx, input: { view } }) => overviewDenied(ctx, view)),
});
