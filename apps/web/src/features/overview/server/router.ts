import { z } from "zod";
import { protectedProcedure, router } from "../../../server/trpc";
import { viewInput } from "../../../view";
import { overviewDenied, overviewState } from "./service";

const input = z.object({ view: viewInput });

export const overviewRouter = router({
  state: protectedProcedure.input(input).query(({ ctx, input: { view } }) => overviewState(ctx, view)),
  denied: protectedProcedure.input(input).query(({ ctx, input: { view } }) => overviewDenied(ctx, view)),
});
