import type { AnswerSource } from "@isthmus/flow-store";
import { z } from "zod";
import { permitted, router } from "../../../server/trpc";
import { viewInput } from "../../../view";
import { evidenceOf } from "./service";

const source = z.enum(["flows", "edges", "hits"]) satisfies z.ZodType<AnswerSource>;

export const evidenceRouter = router({
  /** How complete the evidence is for answers of a kind, by cluster, with what is missing and why. */
  summary: permitted("flows.read")
    .input(z.object({ view: viewInput, answeredFrom: z.array(source).min(1).default(["flows"]) }))
    .query(({ ctx, input }) => evidenceOf(ctx, input)),
});
