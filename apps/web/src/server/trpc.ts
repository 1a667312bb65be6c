import { initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { bindToPerson, type RequestContext } from "./context";
import { AppError, errorKinds, toWireError } from "./errors";

const t = initTRPC.context<RequestContext>().create({
  transformer: superjson,
  isDev: false,
  sse: {
    ping: { enabled: true, intervalMs: 15_000 },
    client: { reconnectAfterInactivityMs: 40_000 },
  },
  errorFormatter: ({ shape, error }) => ({
    code: shape.code,
    message: toWireError(error.cause ?? error, error.code).message,
    data: toWireError(error.cause ?? error, error.code),
  }),
});

/** Makes a router of procedures: one a feature, each one line of `router.ts`. */
export const router = t.router;

/** Makes callers for tests: `createCaller(appRouter)(context)`. */
export const createCallerFactory = t.createCallerFactory;

// What a feature throws carries a code of the map; tRPC's own code is derived from it in this one place.
const mapped = t.middleware(async ({ next, ctx, type, path }) => {
  const result = await next();
  if (result.ok) return result;
  const cause = result.error.cause;
  if (cause instanceof AppError)
    throw new TRPCError({ code: errorKinds[cause.code].trpc, message: cause.message, cause });
  const seen = toWireError(cause ?? result.error, result.error.code);
  if (seen.code === "internal") ctx.log.error({ err: cause ?? result.error, type, path }, "a request failed");
  throw new TRPCError({ code: errorKinds[seen.code].trpc, message: seen.message, cause: cause ?? result.error });
});

// A cookie alone must not act: a mutation comes from a page of ours (threat model: cross-site request forgery).
const sameOrigin = t.middleware(({ next, ctx, type }) => {
  if (type === "mutation" && !ctx.sameOrigin) {
    throw new AppError(
      "wrong-origin",
      "This request did not come from a page of Isthmus at its public address. Check ISTHMUS_PUBLIC_URL.",
    );
  }
  return next();
});

/** For those who are not signed in: the sign-in itself and nothing that shows data. */
export const publicProcedure = t.procedure.use(mapped).use(sameOrigin);

/** For a signed-in person; the context carries the organisation's stores, bound to it and to the person's scope. */
export const protectedProcedure = publicProcedure.use(({ next, ctx }) => {
  if (ctx.identity === undefined) throw new AppError("not-signed-in", "Your session has ended. Sign in again.");
  return next({ ctx: { ...ctx, ...bindToPerson(ctx.server, ctx.identity) } });
});
