import { permissions } from "@isthmus/access";
import { findPolicy, listTiers } from "@isthmus/db";
import { TRPCError } from "@trpc/server";
import type { Change } from "../../../server/changes";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError, errorKinds, type ErrorCode } from "../../../server/errors";
import { Refusal } from "../../../server/refusal";
import type { StreamEnd } from "../../../server/session-watch";

type Context = Pick<PersonContext, "identity" | "access" | "authority" | "organisation"> &
  Pick<RequestContext, "server">;

// A page that reads slowly is told "read everything again" in place of a queue that grows.
const queueLimit = 200;

/** Refuses a stream to who may do nothing at all, as after the last role was taken away. */
export function refuseBlind({ access, identity }: Context): void {
  if (permissions.some((permission) => access.may(permission))) return;
  throw new Refusal(
    "own",
    `You hold no role in ${identity.organisationName}. Whoever manages roles there can give you one.`,
  );
}

type Announced = Extract<Change, { kind: "changed" }>;

/** Says of a change whether the person may know that it happened: its id is of something that they can read. */
function announcedTo({ identity, access, authority, organisation }: Context): (change: Announced) => Promise<boolean> {
  const clusters = access.clusters("clusters.read");
  const [inventory, flows] = [access.clusters("inventory.read"), access.clusters("flows.read")];
  const holds = (limit: typeof clusters, id: string) => limit === "all" || limit.has(id);
  const policySeen = (id: string) =>
    organisation.transaction(
      async (tx) => (await findPolicy(tx, id)) !== undefined || (await listTiers(tx)).some((tier) => tier.id === id),
    );
  return async ({ topic, id }) => {
    switch (topic) {
      case "session":
        return id === identity.sessionId || holds(clusters, id);
      case "desired":
      case "status":
      case "examination":
      case "probe":
        return holds(clusters, id);
      case "inventory":
        return holds(inventory, id);
      case "evidence":
        return holds(flows, id);
      case "policy":
        return authority.reach === undefined || (clusters !== "all" && clusters.has(id)) || (await policySeen(id));
      case "audit":
        return access.may("audit.read");
      case "access":
        return id === identity.person.id || access.may("members.read") || access.may("roles.read");
    }
  };
}

/** Whether what a stream may tell is still what it was: a new revision of access is compared by what it says. */
function watcherOf({ server, identity, authority }: Context) {
  let revision = identity.accessRevision;
  return async (now: { readonly accessRevision: bigint; readonly viewAs: string | null }): Promise<boolean> => {
    if (now.viewAs !== identity.viewAs) return false;
    if (now.accessRevision === revision) return true;
    const { accessRevision } = now;
    const current = await server.authorities.of(server.database, { ...identity, accessRevision });
    if (current.fingerprint() !== authority.fingerprint()) return false;
    revision = accessRevision;
    return true;
  };
}

/** Yields what changes in the person's reach until the page goes away, the process stops, or session or access end. */
export async function* watchChanges(ctx: Context, signal: AbortSignal | undefined): AsyncGenerator<Change> {
  const { server, identity } = ctx;
  const isAnnounced = announcedTo(ctx);
  const queue: Change[] = [];
  let ended: StreamEnd | undefined;
  let wake: () => void = () => undefined;
  const unsubscribe = server.changes.subscribe(identity.organisationId, (change) => {
    if (queue.length >= queueLimit) queue.splice(0, queue.length, { kind: "maybe-missed" });
    else queue.push(change);
    wake();
  });
  const unwatch = server.sessionWatch.watch({
    organisationId: identity.organisationId,
    credentialId: identity.token?.id ?? identity.sessionId,
    isUnchanged: watcherOf(ctx),
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
      if (change === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (change.kind === "maybe-missed" || (await isAnnounced(change))) yield change;
    }
  } finally {
    signal?.removeEventListener("abort", onGone);
    unsubscribe();
    unwatch();
  }
  if (ended !== undefined) throw endings[ended]();
}

const failure = (code: ErrorCode, message: string) => () => {
  const cause = new AppError(code, message);
  return new TRPCError({ code: errorKinds[code].trpc, message, cause });
};

// An end without an error would tell the page that nothing more will come; the last two make it connect again.
const endings: Readonly<Record<StreamEnd, () => TRPCError>> = {
  "session-ended": failure("not-signed-in", "Your session has ended. Sign in again."),
  "access-changed": failure("store-unavailable", "What you may see has changed; the page asks again."),
  stopping: failure("store-unavailable", "This process stops; the page connects to another."),
};
