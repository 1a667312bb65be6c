import { objectOf, stringOf, stringsOf, valueAt, type JsonObject } from "../../json";
import type { KubeObject } from "../../store/types";
import { admitUpdate } from "../admission/admit";
import { withDefaults } from "../admission/defaults";
import type { Target } from "../context";
import { resourceOf, type Kind } from "../kinds";
import { recordUpdate } from "../patch/managed-fields";
import { conflict, modified, notFound } from "../status";
import type { WriteOptions, Written } from "./options";
import { asInput, asStored, fitted, refuseInvalid, withGeneration, withServerMetadata } from "./steps";

/** A change to an object that exists. */
export interface Change {
  readonly live: KubeObject;
  readonly next: JsonObject;
}

/** Replaces an object, or its status alone where the path says so. */
export function updateObject(target: Target, change: Change, options: WriteOptions): Written {
  const { kind } = target;
  const { live, next } = change;
  const { object, warnings } = prepareUpdate(target, change, options);
  const recorded = recordUpdate(kind.schema, { live: withGivenManagers(live, next), next: object }, options.writer);
  checkVersion(kind, live, next);
  return commit(target, { live, next: recorded, warnings, dryRun: options.dryRun });
}

/** A writer may rewrite who manages what, as kubectl does when it changes to server-side apply. */
function withGivenManagers(live: KubeObject, next: JsonObject): KubeObject {
  const given = valueAt(next, "metadata", "managedFields");
  return Array.isArray(given) ? { ...live, metadata: { ...live.metadata, managedFields: given } } : live;
}

/** Refuses a change that was based on another version than the present one. */
export function checkVersion(kind: Kind, live: KubeObject, next: JsonObject): void {
  const version = stringOf(valueAt(next, "metadata", "resourceVersion"));
  if (version !== "" && version !== live.metadata.resourceVersion) throw modified(kind, live.metadata.name);
}

/** The next state of an object: fitted, defaulted, admitted and valid. */
export function prepareUpdate(
  { context, kind }: Target,
  { live, next }: Change,
  options: WriteOptions,
): { object: JsonObject; warnings: readonly string[] } {
  const { kept, warnings } = fitted(kind, next, { ...options, extent: "whole" });
  checkUid(kind, live, kept);
  const part = partOf(kind, { live, next: kept }, options.writer.subresource);
  const candidate = admitUpdate(context, kind, { live, next: withDefaults(kind, withServerMetadata(part, live)) });
  refuseInvalid(kind, candidate, live);
  return { object: withGeneration(kind, candidate, live), warnings };
}

function checkUid(kind: Kind, { metadata }: KubeObject, next: JsonObject): void {
  const uid = stringOf(valueAt(next, "metadata", "uid"));
  if (uid === "" || uid === metadata.uid) return;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
  throw conflict(kind, metadata.name, why);
}

/** The object with only that part changed which the path addresses. */
function partOf(kind: Kind, { live, next }: Change, subresource: string): JsonObject {
  if (subresource === "status") return { ...live, status: next["status"] };
  if (!kind.subresources.includes("status")) return next;
  const { status: _status, ...rest } = next;
  return live["status"] === undefined ? rest : { ...rest, status: live["status"] };
}

/** A change that is ready to be stored. */
export interface Commit extends Change {
  readonly warnings: readonly string[];
  readonly dryRun: boolean;
}

/** Stores a change, unless this is a dry run; an object whose last finalizer goes while it is being deleted goes too. */
export function commit({ context, kind }: Target, { live, next, warnings, dryRun }: Commit): Written {
  const { resourceVersion } = live.metadata;
  const object = { ...next, metadata: { ...objectOf(next["metadata"]), resourceVersion } };
  if (dryRun) return { object: asStored(object), created: false, warnings };
  const resource = resourceOf(kind);
  const written = context.store.update(resource, asInput(object));
  if (!written.ok) {
    throw written.error.code === "not-found" ? notFound(kind, live.metadata.name) : modified(kind, live.metadata.name);
  }
  if (lostLastFinalizer(live, written.value)) {
    const { namespace, name } = live.metadata;
    context.store.delete({ resource, namespace, name });
  }
  return { object: written.value, created: false, warnings };
}

function lostLastFinalizer({ metadata }: KubeObject, written: KubeObject): boolean {
  const before = stringsOf(metadata.finalizers).length;
  return metadata.deletionTimestamp !== undefined && before > 0 && stringsOf(written.metadata.finalizers).length === 0;
}
