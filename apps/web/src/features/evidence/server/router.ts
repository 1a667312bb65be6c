import { z } from "zod";
import { permitted, router } from "../../../server/trpc";
import { viewInput } from "../../../view";
import { evidenceOf } from "./service";

export const evidenceRouter = router({
  /** How complete the evidence is, by cluster, with what is missing and why. */
  summary: permitted("flows.read")
    .input(z.object({ view: viewInput }))
    .query(({ ctx, input }) => evidenceOf(ctx, input.view)),
});
