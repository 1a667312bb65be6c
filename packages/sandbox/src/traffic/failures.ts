import { createHash } from "node:crypto";
import type { Endpoint } from "../dataplane/model";
import { numberOf, stringOf, valueAt } from "../json";
import type { ObjectStore } from "../store/types";

/** Why a call did not succeed, as the caller tells it. */
export interface CallFailure {
  readonly caller: Endpoint;
  /** `payment:50051`. */
  readonly callee: string;
  readonly reason: "DeadlineExceeded" | "CallFailed" | "NameNotResolved";
  readonly message: string;
}

/** Makes failures of calls visible where an operator looks: as Events on the calling pod. */
export interface FailureLog {
  record(failure: CallFailure, nowMs: number): void;
}

interface Aggregate {
  readonly name: string;
  readonly firstMs: number;
  count: number;
  writtenMs: number;
}

const COMPONENT = "application";
const WRITE_EVERY_MS = 10_000;
const EXPIRE_EVERY_MS = 60_000;
const EVENT_LIFE_MS = 60 * 60 * 1000;

/**
 * Counts failures by caller, callee and reason into one Event each, written at most every ten seconds; Events disappear
 * an hour after the last failure, as a Kubernetes API server drops them.
 */
export function createFailureLog(store: ObjectStore): FailureLog {
  const aggregates = new Map<string, Aggregate>();
  let expiredMs = 0;
  return {
    record: (failure, nowMs) => {
      if (nowMs - expiredMs >= EXPIRE_EVERY_MS) {
        expiredMs = nowMs;
        expire(store, aggregates, nowMs);
      }
      const { caller, callee, reason } = failure;
      const key = `${caller.namespace}/${caller.name}/${callee}/${reason}`;
      const known = aggregates.get(key);
      const aggregate = known ?? recall(store, caller, { name: eventName(caller, key), nowMs });
      aggregates.set(key, aggregate);
      aggregate.count += 1;
      if (nowMs - aggregate.writtenMs < WRITE_EVERY_MS) return;
      aggregate.writtenMs = nowMs;
      write(store, failure, aggregate);
    },
  };
}

/** An aggregate goes on from the Event that a former process left. */
function recall(
  store: ObjectStore,
  caller: Endpoint,
  at: { readonly name: string; readonly nowMs: number },
): Aggregate {
  const { name, nowMs } = at;
  const event = store.get({ resource: "events", namespace: caller.namespace, name });
  const firstMs = Date.parse(stringOf(event?.["firstTimestamp"]));
  return {
    name,
    firstMs: Number.isNaN(firstMs) ? nowMs : firstMs,
    count: numberOf(event?.["count"], 0),
    writtenMs: 0,
  };
}

function eventName(caller: Endpoint, key: string): string {
  return `${caller.name}.${createHash("sha256").update(key).digest("hex").slice(0, 16)}`;
}

/** Removes Events whose last failure is an hour old, those of a former process too. */
function expire(store: ObjectStore, aggregates: Map<string, Aggregate>, nowMs: number): void {
  for (const event of store.list("events")) {
    if (valueAt(event, "source", "component") !== COMPONENT) continue;
    if (nowMs - Date.parse(stringOf(event["lastTimestamp"])) <= EVENT_LIFE_MS) continue;
    store.delete({ resource: "events", namespace: event.metadata.namespace, name: event.metadata.name });
  }
  for (const [key, aggregate] of aggregates) {
    if (nowMs - aggregate.writtenMs > EVENT_LIFE_MS) aggregates.delete(key);
  }
}

/** Whole seconds, as `metav1.Time` has them. */
const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/u, "Z");

function write(store: ObjectStore, failure: CallFailure, aggregate: Aggregate): void {
  const { caller, reason, message } = failure;
  const existing = store.get({ resource: "events", namespace: caller.namespace, name: aggregate.name });
  const pod = store.get({ resource: "pods", namespace: caller.namespace, name: caller.name });
  if (pod === undefined) return;
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: aggregate.name, namespace: caller.namespace },
    involvedObject: {
      apiVersion: "v1",
      kind: "Pod",
      namespace: caller.namespace,
      name: caller.name,
      uid: pod.metadata.uid,
    },
    type: "Warning",
    reason,
    message,
    count: aggregate.count,
    firstTimestamp: timestamp(aggregate.firstMs),
    lastTimestamp: timestamp(aggregate.writtenMs),
    source: { component: COMPONENT, host: caller.node },
    reportingComponent: COMPONENT,
    reportingInstance: caller.name,
  };
  if (existing === undefined) store.create("events", event);
  else store.update("events", { ...event, metadata: { ...existing.metadata } });
}
