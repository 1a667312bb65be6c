import { backoffDelayMs, type Backoff, type Clock } from "@isthmus/std";
import type { KubeError } from "../errors";
import type { KubeObject, ResourceKind } from "../object";
import type { FollowObjects, WatchEvent } from "../ports";

/** Who is told what a collection holds and how it changes. */
export interface CollectionListener {
  /** The whole collection as of one moment; what it does not name is gone. */
  replaced(objects: readonly KubeObject[]): void;
  upserted(object: KubeObject): void;
  deleted(object: KubeObject): void;
  /** A list or a watch failed and is tried again after `delayMs`; what was told before still stands. */
  failed(error: KubeError, delayMs: number): void;
}

/** How to follow a collection. */
export interface FollowOptions {
  readonly kind: ResourceKind;
  readonly listener: CollectionListener;
  /** What to keep of each object, applied as early as possible to hold little. */
  readonly keep: (object: KubeObject) => KubeObject;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly pageSize?: number;
}

const RETRY: Backoff = { baseMs: 500, maxMs: 30_000 };
/** A kind that is not served, or that we may not read, changes only when somebody acts. */
const REFUSED_RETRY_MS = 60_000;
const PAGE_SIZE = 500;
const WATCH_SECONDS = 240;
const WATCH_SPREAD_SECONDS = 60;

type Outcome =
  | { readonly kind: "listed"; readonly resourceVersion: string }
  | { readonly kind: "ended"; readonly resourceVersion: string; readonly progressed: boolean }
  | { readonly kind: "expired" }
  | { readonly kind: "failed"; readonly error: KubeError; readonly resourceVersion: string };

/**
 * Lists a collection and follows it with watches until the signal aborts. A watch resumes after the newest version
 * that it saw, bookmarks included; a version that the server no longer knows (410) means a new list.
 */
export async function followCollection(api: FollowObjects, options: FollowOptions): Promise<void> {
  const { signal, listener, clock, random } = options;
  let resourceVersion = "";
  let attempt = 0;
  while (!signal.aborted) {
    const outcome = await (resourceVersion === "" ? listAll(api, options) : watchOnce(api, options, resourceVersion));
    if (signal.aborted) return;
    resourceVersion = outcome.kind === "expired" ? "" : outcome.resourceVersion;
    // Only a watch that got somewhere counts as success: a list that is followed by a refused watch does not.
    if (outcome.kind === "ended" && outcome.progressed) attempt = 0;
    if (outcome.kind === "listed" || (outcome.kind === "ended" && outcome.progressed)) continue;
    const delayMs = delayOf(outcome, attempt, random);
    if (outcome.kind === "failed") listener.failed(outcome.error, delayMs);
    attempt += 1;
    await clock.sleep(delayMs, signal).catch(() => undefined);
  }
}

function delayOf(outcome: Outcome, attempt: number, random: () => number): number {
  if (outcome.kind !== "failed") return backoffDelayMs(RETRY, attempt, random());
  const { code, retryAfterMs } = outcome.error;
  if (code === "forbidden" || code === "not-found") return REFUSED_RETRY_MS / 2 + (REFUSED_RETRY_MS / 2) * random();
  return Math.max(retryAfterMs ?? 0, backoffDelayMs(RETRY, attempt, random()));
}

async function listAll(api: FollowObjects, options: FollowOptions): Promise<Outcome> {
  const { kind, signal, keep, listener } = options;
  const kept: KubeObject[] = [];
  let continueToken = "";
  for (;;) {
    const limit = options.pageSize ?? PAGE_SIZE;
    const page = await api.list(kind, { limit, continueToken, signal });
    if (!page.ok) {
      if (page.error.code === "gone") return { kind: "expired" };
      return { kind: "failed", error: page.error, resourceVersion: "" };
    }
    for (const item of page.value.items) kept.push(keep(item));
    continueToken = page.value.continueToken;
    if (continueToken === "") {
      listener.replaced(kept);
      return { kind: "listed", resourceVersion: page.value.resourceVersion };
    }
  }
}

async function watchOnce(api: FollowObjects, options: FollowOptions, from: string): Promise<Outcome> {
  const { kind, signal, clock, random } = options;
  const timeoutSeconds = WATCH_SECONDS + Math.floor(WATCH_SPREAD_SECONDS * random());
  const startedAtMs = clock.now();
  const events = await api.watch(kind, { resourceVersion: from, timeoutSeconds, signal });
  if (!events.ok) {
    if (events.error.code === "gone") return { kind: "expired" };
    return { kind: "failed", error: events.error, resourceVersion: from };
  }
  let resourceVersion = from;
  for await (const event of events.value) {
    if (event.kind === "error") {
      if (event.error.code === "gone") return { kind: "expired" };
      return { kind: "failed", error: event.error, resourceVersion };
    }
    resourceVersion = tell(options, event) || resourceVersion;
  }
  // A server that ends watches at once, with nothing in them, must not be asked again at once.
  const progressed = resourceVersion !== from || clock.now() - startedAtMs > 1_000;
  return { kind: "ended", resourceVersion, progressed };
}

/** Tells the listener, and answers with the version that the watch has reached. */
function tell({ listener, keep }: FollowOptions, event: Exclude<WatchEvent, { kind: "error" }>): string {
  if (event.kind === "bookmark") return event.resourceVersion;
  if (event.kind === "upsert") listener.upserted(keep(event.object));
  else listener.deleted(keep(event.object));
  return event.object.metadata.resourceVersion ?? "";
}
