import { operatorProcedure } from "../../../server/operator";
import { protectedProcedure, router } from "../../../server/trpc";
import { policyBoard } from "./board";
import { applyPolicy, saveRevision, withdrawPolicy } from "./change";
import { policyDetail } from "./detail";
import { editorContext, textSelects } from "./editor";
import { applyInput, boardInput, policyView, saveInput, selectsInput, tierInput, withdrawInput } from "./inputs";
import { hitSeries } from "./series";
import { makeTier } from "./tiers";

export const policiesRouter = router({
  board: protectedProcedure.input(boardInput).query(({ ctx, input }) => policyBoard(ctx, input.view)),
  get: protectedProcedure.input(policyView).query(({ ctx, input }) => policyDetail(ctx, input)),
  hitSeries: protectedProcedure.input(policyView).query(({ ctx, input }) => hitSeries(ctx, input)),
  editor: protectedProcedure.query(({ ctx }) => editorContext(ctx)),
  selects: protectedProcedure.input(selectsInput).query(({ ctx, input }) => textSelects(ctx, input)),
  saveRevision: operatorProcedure.input(saveInput).mutation(({ ctx, input }) => saveRevision(ctx, input)),
  applyRevision: operatorProcedure.input(applyInput).mutation(({ ctx, input }) => applyPolicy(ctx, input)),
  withdraw: operatorProcedure.input(withdrawInput).mutation(({ ctx, input }) => withdrawPolicy(ctx, input)),
});

export const tiersRouter = router({
  create: operatorProcedure.input(tierInput).mutation(({ ctx, input }) => makeTier(ctx, input)),
});
