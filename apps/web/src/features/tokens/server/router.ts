import { permitted, router, signedInProcedure } from "../../../server/trpc";
import { idInput } from "../../roles/server";
import { createToken, newTokenInput, revokeToken, tokens, whoseInput } from "./service";

export const tokensRouter = router({
  /** One's own always; everybody's with tokens.read. */
  list: signedInProcedure.input(whoseInput).query(({ ctx, input }) => tokens(ctx, input.whose)),
  create: permitted("tokens.create")
    .input(newTokenInput)
    .mutation(({ ctx, input }) => createToken(ctx, input)),
  /** One's own always; everybody's with tokens.manage. */
  revoke: signedInProcedure.input(idInput).mutation(({ ctx, input }) => revokeToken(ctx, input.id)),
});
