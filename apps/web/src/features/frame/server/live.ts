import { TRPCError } from "@trpc/server";
import type { Change } from "../../../server/changes";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";

type Context = Pick<PersonContext, "identity"> & Pick<RequestContext, "server">;

// A page that reads slowly is told "read everything again" in place of a queue that grows.
const queueLimit = 200;

/** Yields the organisation's changes until the page goes away, the process stops or the session ends. */
export async function* watchChanges(
  { server, identity }: Context,
  signal: AbortSignal | undefined,
): AsyncGenerator<Change> {
  const queue: Change[] = [];
  let ended: "session-ended" | "stopping" | undefined;
  let wake: () => void = () => undefined;
  const unsubscribe = server.changes.subscribe(identity.organisationId, (change) => {
    if (queue.length >= queueLimit) queue.splice(0, queue.length, { kind: "maybe-missed" });
    else queue.push(change);
    wake();
  });
  const unwatch = server.sessionWatch.watch({
    organisationId: identity.organisationId,
    sessionId: identity.sessionId,
    end: (why) => {
      ended = why;
      wake();
    },
  });
  const onGone = () => wake();
  signal?.addEventListener("abort", onGone);
  try {
    // What changed between the page's first read and this moment is not known.
    yield { kind: "maybe-missed" };
    while (signal?.aborted !== true && ended === undefined) {
      const change = queue.shift();
      if (change !== undefined) yield change;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener("abort", onGone);
    unsubscribe();
    unwatch();
  }
  if (ended === "session-ended") {
    const cause = new AppError("not-signed-in", "Your session has ended. Sign in again.");
    throw new TRPCError({ code: "UNAUTHORIZED", message: cause.message, cause });
  }
  // An end without an error would tell the page that nothing more will come; this one makes it connect again.
  if (ended === "stopping") {
    const cause = new AppError("store-unavailable", "This process stops; the page connects to another.");
    throw new TRPCError({ code: "SERVICE_UNAVAILABLE", message: cause.message, cause });
  }
}
