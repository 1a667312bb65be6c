import { permitted, router } from "../../../server/trpc";
import { policyBoard } from "./board";
import { applyPolicy, saveRevision, withdrawPolicy } from "./change";
import { policyDetail } from "./detail";
import { editorContext, textSelects } from "./editor";
import {
  applyInput,
  boardInput,
  policyView,
  moveInput,
  saveInput,
  selectsInput,
  tierInput,
  withdrawInput,
} from "./inputs";
import { movePolicy } from "./move";
import { hitSeries } from "./series";
import { makeTier } from "./tiers";

export const policiesRouter = router({
  board: permitted("policies.read")
    .input(boardInput)
    .query(({ ctx, input }) => policyBoard(ctx, input.view)),
  get: permitted("policies.read")
    .input(policyView)
    .query(({ ctx, input }) => policyDetail(ctx, input)),
  hitSeries: permitted("policies.read")
    .input(policyView)
    .query(({ ctx, input }) => hitSeries(ctx, input)),
  editor: permitted("policies.read").query(({ ctx }) => editorContext(ctx)),
  selects: permitted("policies.read")
    .input(selectsInput)
    .query(({ ctx, input }) => textSelects(ctx, input)),
  saveRevision: permitted("policies.write")
    .input(saveInput)
    .mutation(({ ctx, input }) => saveRevision(ctx, input)),
  applyRevision: permitted("policies.apply")
    .input(applyInput)
    .mutation(({ ctx, input }) => applyPolicy(ctx, input)),
  move: permitted("policies.write")
    .input(moveInput)
    .mutation(({ ctx, input }) => movePolicy(ctx, input)),
  withdraw: permitted("policies.apply")
    .input(withdrawInput)
    .mutation(({ ctx, input }) => withdrawPolicy(ctx, input)),
});

export const tiersRouter = router({
  create: permitted("tiers.manage")
    .input(tierInput)
    .mutation(({ ctx, input }) => makeTier(ctx, input)),
});
