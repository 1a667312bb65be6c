import type { Permission } from "@isthmus/access";
import { initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { bindToPerson, type PersonContext, type RequestContext } from "./context";
import { AppError, errorKinds, toWireError } from "./errors";
import { Refusal, refusalOf } from "./refusal";

/** What a procedure says of itself. */
export interface ProcedureMeta {
  /** What it needs somewhere; "own": a person's own things; "public": nothing. */
  readonly permission?: Permission | "own" | "public";
  /** An own thing that an API token may ask for too. */
  readonly tokens?: true;
  /** A change that is allowed while looking through another member's eyes. */
  readonly whileViewing?: true;
}

// What superjson refuses, as a path that reaches for a prototype, is wrong input and no failure of ours.
function readInput(value: Parameters<typeof superjson.deserialize>[0]): unknown {
  try {
    return superjson.deserialize(value);
  } catch (cause) {
    throw new AppError("invalid-input", "The input is not what the API reads.", { cause });
  }
}

const t = initTRPC
  .context<RequestContext>()
  .meta<ProcedureMeta>()
  .create({
    transformer: { input: { serialize: superjson.serialize, deserialize: readInput }, output: superjson },
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
  if (cause instanceof Refusal) await noteRefusal(ctx, cause, path);
  if (cause instanceof AppError)
    throw new TRPCError({ code: errorKinds[cause.code].trpc, message: cause.message, cause });
  const seen = toWireError(cause ?? result.error, result.error.code);
  if (seen.code === "internal") ctx.log.error({ err: cause ?? result.error, type, path }, "a request failed");
  throw new TRPCError({ code: errorKinds[seen.code].trpc, message: seen.message, cause: cause ?? result.error });
});

async function noteRefusal({ server, log, identity, ip }: RequestContext, { permission }: Refusal, path: string) {
  if (identity === undefined) return;
  try {
    await server.refusals.note(server.database, { identity, permission, path, ip, nowMs: server.clock.now() });
  } catch (error) {
    log.error({ err: error, path, permission }, "a refusal could not be written into the audit log");
  }
}

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

// A stream is answered when it ends, which says nothing of how long anybody waited.
const counted = t.middleware(async ({ next, ctx, type, path }) => {
  if (type === "subscription") return next();
  const startedMs = performance.now();
  const result = await next();
  const code = result.ok ? "ok" : toWireError(result.error.cause ?? result.error, result.error.code).code;
  ctx.server.metrics.answered({ procedure: path, code, seconds: (performance.now() - startedMs) / 1_000 });
  return result;
});

const anybody = t.procedure.use(counted).use(mapped).use(sameOrigin);

/** For those who are not signed in: the sign-in itself and nothing that shows data. A closed list; a test names them. */
export const publicProcedure = anybody.meta({ permission: "public" });

/** What a person may do before they have chosen a password of their own. */
const beforeNewPassword: ReadonlySet<string> = new Set(["signIn.me", "signIn.changePassword", "signIn.signOut"]);

const identified = anybody.use(async ({ next, ctx, type, path, meta, signal }) => {
  const { identity } = ctx;
  if (identity === undefined) throw new AppError("not-signed-in", "Your session has ended. Sign in again.");
  if (identity.person.mustChangePassword && !beforeNewPassword.has(path)) {
    throw new AppError(
      "password-change-required",
      "Choose a password of your own first; the one you have was given to you.",
    );
  }
  const person = await bindToPerson(ctx.server, identity, signal);
  if (type === "mutation" && meta?.whileViewing !== true) refuseWhileViewing(person);
  return next({ ctx: { ...ctx, ...person } });
});

function refuseWhileViewing({ authority: { viewingAs }, identity }: PersonContext): void {
  if (viewingAs === undefined) return;
  throw new Refusal(
    "own",
    `You look at ${identity.organisationName} as ${viewingAs.displayName} sees it, and can change nothing. Go back to your own view first.`,
  );
}

/** For a person's own things, whatever their roles. A closed list; a test names them. */
export const signedInProcedure = identified.meta({ permission: "own" }).use(({ next, ctx, meta }) => {
  if (ctx.identity.token !== undefined && meta?.tokens !== true) {
    throw new Refusal("own", "This is for a person who is signed in, not for an API token.");
  }
  return next();
});

/** What an API token never does, whatever its role: make others, decide who gets in, look through other eyes. */
const neverByToken: ReadonlySet<Permission> = new Set(["tokens.create", "providers.manage", "organisation.view-as"]);

/**
 * For everything else: refuses who holds the permission nowhere. What is done to one thing is asked of that thing too,
 * with `ctx.authorize`; what is read is narrowed by the transaction.
 */
export const permitted = (permission: Permission) =>
  identified.meta({ permission }).use(({ next, ctx }) => {
    if (!ctx.access.may(permission)) throw refusalOf(permission, "anywhere", ctx.identity);
    if (ctx.identity.token !== undefined && neverByToken.has(permission))
      throw new Refusal(permission, "This is for a person who is signed in, not for an API token.");
    return next();
  });
