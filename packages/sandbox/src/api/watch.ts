import type { JsonObject } from "../json";
import type { StoreEvent } from "../store/types";
import { endWithNewTier } from "./calico-tiers";
import type { ApiContext } from "./context";
import { apiVersionOf, resourceOf, type Kind } from "./kinds";
import { namespaceOf, requestedForm, selectObjects, selectionOf } from "./read";
import { isTrue, type ApiRequest, type ResourcePath } from "./request";
import type { Matches } from "./selectors";
import { ApiError, expired } from "./status";
import { rendered } from "./table";

/** Where a watch writes; `send` returns false when the reader is too slow and the watch must end. */
export interface WatchSink {
  /** Sends what is there already: however much it is, it does not make a reader slow. */
  present(event: JsonObject): void;
  send(event: JsonObject): boolean;
  end(): void;
  onClose(listener: () => void): void;
}

interface Call {
  readonly request: ApiRequest;
  readonly path: ResourcePath;
}

interface Plan {
  readonly kind: Kind;
  readonly matches: Matches;
  readonly namespace: string | undefined;
  readonly render: (event: JsonObject & { readonly object: StoreEvent["object"] }) => JsonObject;
}

const bookmarkEveryMs = 60_000;
const defaultTimeoutSeconds = 1_800;

/** Checks a watch before its answer begins; the function it returns then runs it on a sink. */
export function prepareWatch(context: ApiContext, kind: Kind, call: Call): (sink: WatchSink) => void {
  const plan = planOf(context, kind, call);
  const { query } = call.request;
  const version = query.get("resourceVersion") ?? "";
  if (!/^\d*$/.test(version))
    throw new ApiError({ code: 400, reason: "BadRequest" }, `invalid resource version: ${version}`);
  const initial = initialEvents(query, version);
  const beyond = Number(version) > context.store.resourceVersion;
  if (beyond) throw tooNew(version, context.store.resourceVersion);
  return (sink) => runWatch(context, plan, { call, initial, sink, version: Number(version) });
}

function tooNew(version: string, current: number): ApiError {
  const message = `Timeout: Too large resource version: ${version}, current: ${current}`;
  return new ApiError({ code: 504, reason: "Timeout" }, message, { retryAfterSeconds: 1 });
}

/** Whether the present objects come first, and whether a bookmark ends them (KEP-3157). */
function initialEvents(query: URLSearchParams, version: string): "none" | "plain" | "marked" {
  const asked = query.get("sendInitialEvents");
  if (asked === null) return version === "" || version === "0" ? "plain" : "none";
  if (query.get("resourceVersionMatch") !== "NotOlderThan") {
    const message =
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    throw new ApiError({ code: 422, reason: "Invalid" }, message);
  }
  return isTrue(asked) ? "marked" : "none";
}

function planOf(context: ApiContext, kind: Kind, { request, path }: Call): Plan {
  const named = path.name === "" ? "" : `metadata.name=${path.name}`;
  const query = new URLSearchParams(request.query);
  if (named !== "") query.set("fieldSelector", [query.get("fieldSelector"), named].filter(Boolean).join(","));
  const form = requestedForm(request);
  const include = query.get("includeObject") ?? "Metadata";
  return {
    kind,
    matches: selectionOf(kind, query),
    namespace: namespaceOf(kind, path.namespace),
    render: (event) => ({ ...event, object: rendered(event.object, form, { kind, include, now: context.now() }) }),
  };
}

interface Run {
  readonly call: Call;
  readonly initial: "none" | "plain" | "marked";
  readonly sink: WatchSink;
  readonly version: number;
}

function runWatch(context: ApiContext, plan: Plan, { call, initial, sink, version }: Run): void {
  const { query } = call.request;
  const resource = resourceOf(plan.kind);
  const missed = initial === "none" ? context.store.eventsSince(resource, version) : [];
  if (missed === "expired") {
    sink.send({ type: "ERROR", object: expired(`too old resource version: ${version}`).status() });
    return sink.end();
  }
  const forward = (event: StoreEvent) => {
    const seen = visible(event, plan);
    if (seen && !sink.send(plan.render(seen))) sink.end();
  };
  if (initial !== "none") sendPresent(context, plan, { call, sink });
  missed.forEach(forward);
  const mark = (marks: JsonObject = {}) => sink.send(bookmark(plan.kind, context.store.resourceVersion, marks));
  if (initial === "marked") mark({ annotations: { "k8s.io/initial-events-end": "true" } });
  const stop = context.store.subscribe(resource, forward);
  const leaveTiers = endWithNewTier(context, plan.kind, () => sink.end());
  const timers = timersOf(query, { end: () => sink.end(), mark: () => mark() });
  sink.onClose(() => {
    stop();
    leaveTiers();
    timers.forEach(clearTimeout);
  });
}

function sendPresent(context: ApiContext, plan: Plan, { call, sink }: Pick<Run, "call" | "sink">): void {
  for (const object of selectObjects(context, plan.kind, { path: { ...call.path, name: "" }, matches: plan.matches })) {
    sink.present(plan.render({ type: "ADDED", object }));
  }
}

/** The event as a reader with this selection sees it; `undefined` where it concerns nothing selected. */
function visible({ type, object, previous }: StoreEvent, { matches, namespace }: Plan) {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined;
  const now = type !== "DELETED" && matches(object);
  const before = previous !== undefined && matches(previous);
  if (now) return { type: before ? "MODIFIED" : "ADDED", object };
  return before || (type === "DELETED" && matches(object)) ? { type: "DELETED", object } : undefined;
}

function bookmark(kind: Kind, version: number, marks: JsonObject): JsonObject {
  const metadata = { ...marks, resourceVersion: String(version), creationTimestamp: null };
  return { type: "BOOKMARK", object: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata } };
}

function timersOf(
  query: URLSearchParams,
  { end, mark }: { end: () => void; mark: () => void },
): readonly NodeJS.Timeout[] {
  const seconds = Number(query.get("timeoutSeconds") ?? defaultTimeoutSeconds) || defaultTimeoutSeconds;
  const ending = setTimeout(end, seconds * 1_000);
  const marking = isTrue(query.get("allowWatchBookmarks")) ? [setInterval(mark, bookmarkEveryMs)] : [];
  return [ending, ...marking].map((timer) => timer.unref());
}
