import { z } from "zod";
import { publicProcedure, router, signedInProcedure } from "../../../../server/trpc";
import { personName } from "../person-name";
import { beginConnection, confirmConnection, connections, disconnect, offeredConnection } from "./connect";
import { acknowledgeNotices, notices } from "./notices";
import { rename } from "./rename";
import { readPasswordLink, setPasswordByLink } from "./password-link";

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
  rename: signedInProcedure
    .input(z.object({ displayName: personName }))
    .mutation(({ ctx, input }) => rename(ctx, input.displayName)),
  notices: signedInProcedure.query(({ ctx }) => notices(ctx)),
  acknowledgeNotices: signedInProcedure.mutation(({ ctx }) => acknowledgeNotices(ctx)),

  /** The page of a link for a new password. */
  passwordLink: publicProcedure.input(offered).query(({ ctx, input }) => readPasswordLink(ctx, input.token)),
  setPasswordByLink: publicProcedure
    .input(offered.extend({ password: z.string().max(1_000) }))
    .mutation(({ ctx, input }) => setPasswordByLink(ctx, input)),
});
