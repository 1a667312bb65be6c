import { z } from "zod";
import { router, signedInProcedure } from "../../../../server/trpc";
import { beginConnection, confirmConnection, connections, disconnect, offeredConnection } from "./connect";

const changedProvider = z.object({
  id: z.uuid(),
  password: z.string().max(1_000).optional(),
  code: z.string().max(100).optional(),
});
const offered = z.object({ token: z.string().max(100) });

/** A person's own account, in every organisation. */
export const accountRouter = router({
  connections: signedInProcedure.query(({ ctx }) => connections(ctx)),
  /** Answers with the URL to go to; the provider sends the browser back to the settings, with `connect=<token>`. */
  connect: signedInProcedure.input(changedProvider).mutation(({ ctx, input }) => beginConnection(ctx, input)),
  offeredConnection: signedInProcedure.input(offered).query(({ ctx, input }) => offeredConnection(ctx, input)),
  confirmConnection: signedInProcedure.input(offered).mutation(({ ctx, input }) => confirmConnection(ctx, input)),
  disconnect: signedInProcedure.input(changedProvider).mutation(({ ctx, input }) => disconnect(ctx, input)),
});
